//! `permissions` of a PostgreSQL target: the group role behind each one, and what else it may do.

use std::collections::BTreeMap;

use super::config::{LONGEST_ROLE, PERMISSION, PLACEHOLDER};
use super::{Permission, Power};
use crate::document::{Document, Section, Value, suggestion};

impl<'a> Document<'a> {
    /// Group roles and the powers that each may have.
    pub(super) fn allowed_powers(&self, value: &'a Value<'a>) -> Option<BTreeMap<String, Vec<String>>> {
        if value.get_ref().as_array().is_some() {
            self.problem(
                value.span(),
                "List each power that a group role may have: allow_roles = { orders_write = [\"owns\"] }.",
            );
            return None;
        }
        let mut allowed = BTreeMap::new();
        for (group, powers) in self.table(value)? {
            let powers = self.full_list(powers, "list the powers, or leave the role out", |item| {
                let word = self.text(item)?;
                if !Power::named(word).is_some_and(Power::can_be_allowed) {
                    let known = Power::ALL.into_iter().filter(|power| power.can_be_allowed());
                    let known = known.map(Power::name);
                    self.problem(
                        item.span(),
                        format!("Unknown power {word:?}{}", suggestion(word, known)),
                    );
                    return None;
                }
                Some(word.to_owned())
            })?;
            allowed.insert(group.get_ref().to_string(), powers);
        }
        Some(allowed)
    }

    /// A role that no permission uses is a typo, and would allow nothing.
    pub(super) fn only_group_roles(
        &self,
        section: &Section<'_>,
        allowed: &BTreeMap<String, Vec<String>>,
        permissions: &[Permission],
    ) {
        let leads_to = |template: &str, role: &str| match template.split_once(PLACEHOLDER) {
            None => template == role,
            Some((before, after)) => {
                let inner = role
                    .strip_prefix(before)
                    .and_then(|rest| rest.strip_suffix(after));
                inner.is_some_and(|database| !database.is_empty())
            }
        };
        for role in allowed.keys() {
            let mut templates = permissions
                .iter()
                .flat_map(|permission| permission.heir.iter().chain([&permission.group]));
            if !templates.any(|template| leads_to(template, role)) {
                self.problem(
                    section.span.clone(),
                    format!("allow_roles contains {role:?}, which no permission of this integration uses."),
                );
            }
        }
    }

    /// If two databases shared a group role, a request for one would give access to the other too.
    pub(super) fn one_group_for_each(
        &self,
        section: &Section<'_>,
        permissions: &[Permission],
        resources: Option<&[String]>,
    ) {
        if resources.is_some_and(|resources| resources.len() < 2) {
            return;
        }
        for Permission { name, group, .. } in permissions {
            if !group.contains(PLACEHOLDER) {
                self.problem(
                    section.span.clone(),
                    format!(
                        "{name} uses the group role {group:?} on every database, so access to one would be access to all; put \
                         {PLACEHOLDER} in its name, or list only one database in `resources`."
                    ),
                );
                return;
            }
        }
        let mut leads: BTreeMap<String, (&str, &str)> = BTreeMap::new();
        for database in resources.unwrap_or_default() {
            for Permission { name, group, .. } in permissions {
                let group = group.replace(PLACEHOLDER, database);
                let (other, first) = *leads.entry(group.clone()).or_insert((name, database));
                if first != database {
                    self.problem(
                        section.span.clone(),
                        format!(
                            "{other} on {first} and {name} on {database} both use the group role {group:?}, so access to one would be \
                             access to the other; give each its own."
                        ),
                    );
                    return;
                }
            }
        }
    }

    /// Only a group role, or a table with more settings.
    pub(super) fn group_role(&self, name: &str, value: &'a Value<'a>) -> Option<Permission> {
        let Some(table) = value.get_ref().as_table() else {
            return Some(Permission::of(name, &self.role_template(value)?));
        };
        let section = Section::open(self, table, value.span(), "This permission", PERMISSION);
        let group = section.must("group", r#""{resource}_write""#, |v| self.role_template(v));
        Some(Permission {
            name: name.to_owned(),
            set_role: section.or("set_role", false, |v| self.boolean(v)),
            leave_code: section.or("leave_code", false, |v| self.boolean(v)),
            heir: section.may("heir", |v| self.role_template(v)),
            group: group?,
        })
    }

    fn role_template(&self, value: &'a Value<'a>) -> Option<String> {
        let template = self.text(value)?;
        let fixed = template.replace(PLACEHOLDER, "");
        let problem = if fixed.contains(['{', '}']) {
            "The only placeholder in a group role's name is {resource}."
        } else if fixed.len() > LONGEST_ROLE {
            "PostgreSQL truncates role names to 63 bytes; use a shorter name."
        } else {
            return Some(template.to_owned());
        };
        self.problem(value.span(), problem);
        None
    }
}
