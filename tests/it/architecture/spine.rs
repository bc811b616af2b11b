//! The walk in ARCHITECTURE.md only goes forward: reading its files in order, no file calls back to an earlier one.

use std::collections::BTreeMap;
use std::fs;

use super::{Source, is_test, names, none, root, sources};

/// The files that the walk names, in order.
fn spine() -> Vec<String> {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, walk) = page
        .split_once("\n## One walk")
        .expect("the walk has its heading");
    let walk = walk.split("\n## ").next().unwrap_or_default();
    let items = walk
        .lines()
        .filter(|line| line.starts_with(|c: char| c.is_ascii_digit()));
    let quoted = items.flat_map(|item| item.split('`').skip(1).step_by(2));
    quoted
        .filter(|name| name.strip_suffix(".rs").is_some())
        .map(|name| format!("src/{name}"))
        .collect()
}

/// All files of the bot, by path.
struct Tree(BTreeMap<String, Source>);

impl Tree {
    fn read() -> Self {
        let files = sources("src").into_iter();
        Self(files.map(|file| (file.path.clone(), file)).collect())
    }

    /// The file of the module that holds what `name` names in `file`, seen through what a module only passes on.
    fn file_of(&self, file: &Source, name: &str) -> Option<&str> {
        let path = absolute(file, name);
        let own = file.path.as_str();
        let (found, rest) = (1..=path.len())
            .rev()
            .find_map(|length| Some((self.file_at(&path[..length])?, &path[length..])))
            .filter(|(found, _)| *found != own)?;
        let passed_on = rest.first().and_then(|item| {
            let module = &self.0[found];
            let mut passed_on = imports(module).into_iter().filter(|import| import.is_public);
            passed_on.find_map(|import| {
                let is_it = import.name.rsplit("::").next() == Some(*item);
                is_it.then(|| self.file_of(module, &import.name)).flatten()
            })
        });
        passed_on.or(Some(found))
    }

    fn file_at(&self, module: &[&str]) -> Option<&str> {
        let stem = format!("src/{}", module.join("/"));
        [format!("{stem}.rs"), format!("{stem}/mod.rs")]
            .iter()
            .find_map(|path| self.0.get_key_value(path))
            .map(|(path, _)| path.as_str())
    }
}

/// `name` from the crate's root down; what is neither `crate`, `super` nor `self` may be a module in this one.
fn absolute<'a>(file: &'a Source, name: &'a str) -> Vec<&'a str> {
    let mut path = file.module();
    let mut segments = name.split("::").peekable();
    match segments.peek() {
        Some(&"crate") => {
            path.clear();
            segments.next();
        }
        Some(&"self") => {
            segments.next();
        }
        _ => {
            while segments.next_if_eq(&"super").is_some() {
                path.pop();
            }
        }
    }
    path.extend(segments);
    path
}

/// A name that a file imports.
struct Import {
    name: String,
    is_public: bool,
}

fn imports(file: &Source) -> Vec<Import> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for (_, line) in file.production_code() {
        let begins = line.starts_with("use ") || (line.starts_with("pub") && line.contains(" use "));
        if begins {
            open = Some(String::new());
        }
        let Some(statement) = &mut open else { continue };
        statement.push_str(line.trim());
        if !line.ends_with(';') {
            continue;
        }
        if let Some((visibility, tree)) = statement.trim_end_matches(';').split_once("use ") {
            let mut spelled_out = Vec::new();
            spell_out("", tree, &mut spelled_out);
            let is_public = visibility.starts_with("pub");
            found.extend(spelled_out.into_iter().map(|name| Import { name, is_public }));
        }
        open = None;
    }
    found
}

/// Every path of a tree: `a::{b, c::{self, d}}` is `a::b`, `a::c` and `a::c::d`.
fn spell_out(above: &str, tree: &str, into: &mut Vec<String>) {
    let Some((head, group)) = tree.split_once('{') else {
        let name = tree.split(" as ").next().unwrap_or(tree).trim();
        let path = format!("{above}{name}");
        into.push(path.trim_end_matches("::self").to_owned());
        return;
    };
    let above = format!("{above}{}", head.trim());
    let group = group.trim_end().strip_suffix('}').unwrap_or(group);
    let (mut depth, mut begin) = (0, 0);
    for (at, c) in group.char_indices().chain([(group.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let part = group[begin..at].trim();
                if !part.is_empty() {
                    spell_out(&above, part, into);
                }
                begin = at + 1;
            }
            _ => {}
        }
    }
}

/// What `file` names of other modules, in its imports and anywhere else.
fn named(file: &Source) -> Vec<String> {
    let code = file.production_code();
    let inline = code
        .flat_map(|(_, line)| names(line))
        .filter(|name| name.starts_with("crate::") || name.starts_with("super::"));
    let imported = imports(file).into_iter().map(|import| import.name);
    imported.chain(inline.map(str::to_owned)).collect()
}

#[test]
fn the_walk_names_each_file_once_and_each_is_there() {
    let spine = spine();
    assert!(spine.len() > 20, "the walk names few files: {spine:?}");
    let tree = Tree::read();
    let missing = spine.iter().filter(|path| !tree.0.contains_key(*path)).cloned();
    none(
        "the walk names files that are not there",
        &missing.collect::<Vec<_>>(),
    );
    let twice = (0..spine.len()).filter(|at| spine[..*at].contains(&spine[*at]));
    none(
        "the walk comes back to these",
        &twice.map(|at| spine[at].clone()).collect::<Vec<_>>(),
    );
}

#[test]
fn no_file_of_the_walk_uses_one_that_was_passed_before_it() {
    let (spine, tree) = (spine(), Tree::read());
    let mut offenders = Vec::new();
    for (at, path) in spine.iter().enumerate() {
        let file = &tree.0[path];
        if is_test(file) {
            continue;
        }
        for name in named(file) {
            let used = tree.file_of(file, &name);
            if let Some(used) = used.filter(|used| spine[..at].iter().any(|passed| passed == used)) {
                offenders.push(format!("{path} uses {used}: {name}"));
            }
        }
    }
    none("these climb back", &offenders);
}

#[test]
fn imports_are_spelled_out_and_found_wherever_they_lead() {
    let mut spelled_out = Vec::new();
    spell_out("", "super::{self, a as b, c::{D, e::F}, g}", &mut spelled_out);
    assert_eq!(
        spelled_out,
        ["super", "super::a", "super::c::D", "super::c::e::F", "super::g"]
    );

    let tree = Tree::read();
    let from = |path: &str, name: &str| tree.file_of(&tree.0[path], name).unwrap_or("nowhere").to_owned();
    let revoke = "src/workers/revoke.rs";
    assert_eq!(from(revoke, "crate::usecases::step"), "src/usecases/step.rs");
    assert_eq!(
        from(revoke, "crate::usecases::step::done"),
        "src/usecases/step.rs"
    );
    assert_eq!(
        from(revoke, "crate::usecases::ending::gone"),
        "src/usecases/ending/gone.rs"
    );
    assert_eq!(
        from(revoke, "crate::usecases::Receipt"),
        "src/usecases/receipt.rs"
    );
    assert_eq!(from(revoke, "super::jobs::Jobs"), "src/workers/jobs.rs");
    assert_eq!(from(revoke, "std::time::Duration"), "nowhere");
    let delivery = "src/slack/delivery/mod.rs";
    assert_eq!(from(delivery, "work::Deliver"), "src/slack/delivery/work.rs");
    assert_eq!(
        from(delivery, "super::handlers::Bot"),
        "src/slack/handlers/mod.rs"
    );
}
