//! `[roles]` and `[groups]`: the admins and auditors, and names for several people at once.

use std::collections::{BTreeMap, BTreeSet};

use super::keys;
use crate::access::flows::PersonRef;
use crate::document::Section;

/// The names of all groups, including those whose people could not be read.
pub(super) type GroupNames<'a> = BTreeSet<&'a str>;

/// The people `[roles]` names.
pub(super) struct Roles {
    pub(super) admins: Vec<PersonRef>,
    pub(super) auditors: Vec<PersonRef>,
    pub(super) outside_auditors: Vec<PersonRef>,
}

pub(super) fn read(root: &Section<'_>) -> Option<Roles> {
    let section = root.must_section("roles", "[roles]", keys::ROLES)?;
    let doc = section.doc;
    let admins = section.must("admins", r#"["ada@example.com"]"#, |v| {
        doc.full_list(v, "name at least one admin", |item| doc.person(item))
    });
    let auditors = section.or("auditors", Vec::new(), |v| doc.list(v, |item| doc.person(item)));
    let outside_auditors = section.or("outside_auditors", Vec::new(), |v| {
        doc.list(v, |item| doc.address(item))
    });
    Some(Roles {
        admins: admins?,
        auditors,
        outside_auditors,
    })
}

/// The people of each group that could be read, and all names.
pub(super) fn read_groups<'a>(root: &Section<'a>) -> (BTreeMap<String, Vec<PersonRef>>, GroupNames<'a>) {
    let doc = root.doc;
    let mut groups = BTreeMap::new();
    let mut names = GroupNames::new();
    let Some(table) = root.get("groups").and_then(|value| doc.table(value)) else {
        return (groups, names);
    };
    for (key, value) in table {
        let name = &**key.get_ref();
        doc.check_name(name, key.span());
        if let Some(twin) = names.iter().find(|twin| twin.eq_ignore_ascii_case(name)) {
            doc.problem(
                key.span(),
                format!("Group {name:?} differs from {twin:?} only in upper and lower case; rename one."),
            );
        }
        let people = doc.full_list(value, "name people, or remove the group", |item| doc.person(item));
        if let Some(people) = people {
            groups.insert(name.to_owned(), people);
        }
        names.insert(name);
    }
    (groups, names)
}
