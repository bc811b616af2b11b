//! A group role is for one database: a grantee who gets it for one database has it on every other database it is used for.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::Permission;
use super::target::{Plan, group_of};

/// What a group role means in the config: a database, and a permission there.
type Means<'a> = BTreeSet<(&'a str, &'a str)>;

/// The group roles that are used for more than one of `databases`, each with what it means on them.
pub(crate) fn shared<'a>(
    permissions: &'a [Permission],
    databases: &'a [String],
) -> BTreeMap<String, Means<'a>> {
    let mut leads: BTreeMap<String, Means<'_>> = BTreeMap::new();
    for permission in permissions {
        for database in databases {
            let group = group_of(&permission.group, database);
            leads
                .entry(group)
                .or_default()
                .insert((database, &permission.name));
        }
    }
    leads.retain(|_, means| {
        let databases: BTreeSet<&str> = means.iter().map(|(database, _)| *database).collect();
        databases.len() > 1
    });
    leads
}

/// What is wrong with a group role of [`shared`].
pub(crate) fn told(group: &str, means: &Means<'_>) -> String {
    let means = means
        .iter()
        .map(|(database, permission)| format!("{permission} on {database}"));
    format!(
        "the group role {group} is used for {}: access to one database would be access to the others",
        means.collect::<Vec<_>>().join(", ")
    )
}

/// Refuses a plan with a group role that is used for several of the databases on offer.
pub(crate) fn must_be_one(
    permissions: &[Permission],
    databases: &[String],
    plan: &Plan,
) -> Result<(), IntegrationError> {
    let shared = shared(permissions, databases);
    let mut units = plan.target.units.iter();
    match units.find_map(|unit| shared.get_key_value(&unit.group)) {
        Some((group, means)) => Err(IntegrationError::refuse(Trouble::TooMuch, told(group, means))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_that_two_templates_lead_to_is_found() {
        let permissions = [
            Permission::of("read", "{resource}_ro"),
            Permission::of("write", "{resource}"),
        ];
        let databases = ["billing", "shop", "shop_ro"].map(str::to_owned);
        let shared = shared(&permissions, &databases);
        let found: Vec<String> = shared.iter().map(|(group, means)| told(group, means)).collect();
        insta::assert_snapshot!(found.join("\n"), @"the group role shop_ro is used for read on shop, write on shop_ro: access to one database would be access to the others");
    }
}
