//! `[[integrations]]`: the targets in the config, each read by its kind.

use std::ops::Range;
use std::sync::Arc;

use toml::de::DeTable;

use super::KINDS;
use super::kind::{self, Kind, Settings};
use crate::document::{Document, Place, Section, Value, suggestion};

/// A configured target.
#[derive(Clone, Debug)]
pub struct IntegrationConfig {
    /// Unique, ignoring case.
    pub name: String,
    /// The position of its `[[integrations]]`.
    pub place: Place,
    /// Nothing is granted on it any more; live access ends on time.
    pub retired: bool,
    /// Permissions that are marked wherever they are asked for.
    pub sensitive: Vec<String>,
    pub settings: Arc<dyn Settings>,
}

/// What flows may refer to, even for an integration that could not be read.
pub(crate) struct Declared<'a> {
    pub(crate) name: &'a str,
    /// `None` if unknown.
    pub(crate) permissions: Option<Vec<&'a str>>,
}

/// The integrations that could be read, and what all integrations declare.
pub(crate) fn read<'a>(root: &Section<'a>) -> (Vec<IntegrationConfig>, Vec<Declared<'a>>) {
    let doc = root.doc;
    let mut integrations = Vec::new();
    let mut declared: Vec<Declared<'a>> = Vec::new();
    for (table, span) in root.tables("integrations") {
        let found = read_kind(doc, table, span.clone()).and_then(|kind| {
            let section = Section::open(doc, table, span, "This integration", kind.keys());
            let name = read_name(&section, &declared);
            let retired = section.or("retired", false, |v| doc.boolean(v));
            let settings = kind.read(&section, name.as_deref().unwrap_or_default(), &integrations);
            let sensitive = read_sensitive(&section, permissions_of(table).as_deref());
            name.zip(settings).map(|(name, settings)| IntegrationConfig {
                name,
                place: doc.place(section.span),
                retired,
                sensitive,
                settings,
            })
        });
        if let Some(name) = table.get("name").and_then(|name| name.get_ref().as_str()) {
            declared.push(Declared {
                name,
                permissions: permissions_of(table),
            });
        }
        integrations.extend(found);
    }
    (integrations, declared)
}

fn permissions_of<'a>(table: &'a DeTable<'a>) -> Option<Vec<&'a str>> {
    let permissions = table.get("permissions")?.get_ref().as_table()?;
    Some(permissions.keys().map(|key| &**key.get_ref()).collect())
}

/// `permissions` are those of the integration; `None` if they could not be read.
fn read_sensitive(section: &Section<'_>, permissions: Option<&[&str]>) -> Vec<String> {
    let doc = section.doc;
    let one = |item| {
        let name = doc.text(item)?;
        let known = permissions?;
        if !known.contains(&name) {
            let problem = format!(
                "This integration has no permission {name:?}{}",
                suggestion(name, known.iter().copied())
            );
            doc.problem(item.span(), problem);
            return None;
        }
        Some(name.to_owned())
    };
    section.or("sensitive", Vec::new(), |v| doc.list(v, one))
}

/// The kind is read first because it decides which keys there are.
fn read_kind<'a>(
    doc: &Document<'a>,
    table: &'a DeTable<'a>,
    span: Range<usize>,
) -> Option<&'static dyn Kind> {
    let Some(value) = table.get("kind") else {
        doc.problem(
            span,
            "This integration needs a line such as `kind = \"postgres\"`.",
        );
        return None;
    };
    let name = doc.text(value)?;
    let found = kind::named(name);
    if found.is_none() {
        let known = KINDS.iter().map(|kind| kind.name());
        doc.problem(
            value.span(),
            format!("Unknown kind {name:?}{}", suggestion(name, known)),
        );
    }
    found
}

fn read_name(section: &Section<'_>, earlier: &[Declared<'_>]) -> Option<String> {
    section.must("name", "\"orders-db\"", |v| {
        let name = section.doc.name(v)?;
        if earlier.iter().any(|it| it.name.eq_ignore_ascii_case(name)) {
            section.doc.problem(
                v.span(),
                format!("There is already an integration {name:?}; rename one."),
            );
        }
        Some(name.to_owned())
    })
}

impl<'a> Document<'a> {
    /// Permissions in file order; `read` gets the name of each and what it means on the target.
    pub(crate) fn permissions<T>(
        &self,
        value: &'a Value<'a>,
        read: impl Fn(&str, &'a Value<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut entries: Vec<_> = self.table(value)?.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.problem(
                value.span(),
                "This integration has no permissions; add at least one.",
            );
            return None;
        }
        let read: Vec<Option<T>> = entries
            .into_iter()
            .map(|(key, template)| {
                let name = &**key.get_ref();
                let sound = self.check_name(name, key.span());
                let permission = read(name, template)?;
                sound.then_some(permission)
            })
            .collect();
        read.into_iter().collect()
    }
}
