//! `permissions` of a PostgreSQL target: the group role that each one stands for, and what it may do beyond that.

use super::integrations::{LONGEST_ROLE, PLACEHOLDER};
use super::keys;
use super::tree::{Document, Section, Value};

/// What a permission stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionConfig {
    /// Template of the group role's name; `{resource}` stands for the database.
    pub group: String,
    /// Members may become the group by `SET ROLE`, where the server can say no.
    pub set_role: bool,
    /// Code of a login that others' objects call stays.
    pub leave_code: bool,
    /// The role that gets what a login made; none leaves it with the locked login.
    pub heir: Option<String>,
}

impl<'a> Document<'a> {
    /// A group role by itself, or a table that says more.
    pub(super) fn group_role(&self, value: &'a Value<'a>) -> Option<PermissionConfig> {
        let Some(table) = value.get_ref().as_table() else {
            return Some(PermissionConfig {
                group: self.role_template(value)?,
                set_role: false,
                leave_code: false,
                heir: None,
            });
        };
        let section = Section::open(self, table, value.span(), "This permission", keys::PERMISSION);
        let group = section.must("group", r#""{resource}_write""#, |v| self.role_template(v));
        Some(PermissionConfig {
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
            "The only placeholder of a group role's name is {resource}."
        } else if fixed.len() > LONGEST_ROLE {
            "PostgreSQL cuts role names at 63 bytes; name a shorter role."
        } else {
            return Some(template.to_owned());
        };
        self.problem(value.span(), problem);
        None
    }
}
