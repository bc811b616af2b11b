//! The keys of `kind = "files"`: a folder, and what can be requested there.

use super::FilesSettings;
use crate::document::Section;
use crate::integrations::reconciled::{self, Reconciled};

pub(super) const KEYS: &[&str] = &[
    "name",
    "kind",
    "folder",
    "resources",
    "permissions",
    "reconcile",
    "reconcile_every",
    "retired",
    "sensitive",
];

/// What the config says about one integration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesConfig {
    pub target: FilesSettings,
    pub reconciled: Reconciled,
}

pub(super) fn read(section: &Section<'_>, name: &str) -> Option<FilesConfig> {
    let doc = section.doc;
    let folder = section.must("folder", "\"grants\"", |v| {
        let path = std::path::absolute(doc.folder.join(doc.text(v)?)).ok();
        let path = path.filter(|path| path.to_str().is_some());
        if path.is_none() {
            doc.problem(
                v.span(),
                "This folder's absolute path is not valid text; use another folder.",
            );
        }
        path
    });
    let resources = section.must("resources", r#"["orders"]"#, |v| {
        doc.full_list(v, "name at least one", |item| doc.name(item).map(str::to_owned))
    });
    let permissions = section.must("permissions", r#"{ read = "r" }"#, |v| {
        doc.permissions(v, |name, letters| {
            Some((name.to_owned(), doc.text(letters)?.to_owned()))
        })
    });
    let reconciled = reconciled::read(section);
    Some(FilesConfig {
        target: FilesSettings {
            name: name.to_owned(),
            folder: folder?,
            resources: resources?,
            permissions: permissions?,
        },
        reconciled,
    })
}
