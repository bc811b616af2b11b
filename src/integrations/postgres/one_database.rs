//! A group role is for one database: whoever was granted it there would have it on every other one that it stands for.

use std::collections::{BTreeMap, BTreeSet};

use super::super::IntegrationError;
use super::Permission;
use super::target::{Plan, group_of};

/// The group roles that stand for more than one of `databases`, each with these.
pub(crate) fn shared<'d>(
    permissions: &[Permission],
    databases: &'d [String],
) -> BTreeMap<String, BTreeSet<&'d str>> {
    let mut leads: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for permission in permissions {
        for database in databases {
            let group = group_of(&permission.group, database);
            leads.entry(group).or_default().insert(database);
        }
    }
    leads.retain(|_, databases| databases.len() > 1);
    leads
}

/// What is wrong with a group role of [`shared`].
pub(crate) fn told(group: &str, databases: &BTreeSet<&str>) -> String {
    let databases: Vec<&str> = databases.iter().copied().collect();
    format!(
        "the group role {group} stands for the databases {}: access to one would be access to all of them",
        databases.join(", ")
    )
}

/// Refuses a plan with a group role that stands for several of the databases on offer.
pub(crate) fn must_be_one(
    permissions: &[Permission],
    databases: &[String],
    plan: &Plan,
) -> Result<(), IntegrationError> {
    let shared = shared(permissions, databases);
    let mut units = plan.target.units.iter();
    match units.find_map(|unit| shared.get_key_value(&unit.group)) {
        Some((group, databases)) => Err(IntegrationError::Refuse(told(group, databases))),
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
        let found: Vec<String> = shared
            .iter()
            .map(|(group, databases)| told(group, databases))
            .collect();
        insta::assert_snapshot!(found.join("\n"), @"the group role shop_ro stands for the databases shop, shop_ro: access to one would be access to all of them");
    }
}
