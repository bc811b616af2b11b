//! Programs of Debian's packages that some tests need.

use std::io::Write;
use std::path::{Path, PathBuf};

/// Where Debian puts programs for administrators, whose folder is not in everybody's PATH.
const FOR_ADMINISTRATORS: &str = "/usr/sbin";

/// A program of a package. `None` only if it is not installed, and then the test says that it left itself out; if the variable
/// `required` is 1, the test fails instead.
pub(crate) fn find(program: &str, package: &str, required: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain([PathBuf::from(FOR_ADMINISTRATORS)]);
    let found = folders
        .map(|folder| folder.join(program))
        .find(|found| found.is_file());
    if found.is_none() {
        left_out(program, &format!("apt install {package}"), required);
    }
    found
}

/// A file whose path a variable says; the rest is as for a program.
pub(crate) fn file_at(variable: &str, required: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    let found = path.filter(|path| Path::is_file(path));
    if found.is_none() {
        left_out(variable, "scripts/test fetches it", required);
    }
    found
}

/// Says that the test leaves itself out; if the variable `required` is 1, the test fails instead.
pub(crate) fn left_out(what: &str, remedy: &str, required: &str) {
    let is_required = std::env::var_os(required).is_some_and(|value| value == "1");
    assert!(
        !is_required,
        "{what} was not found; on Debian and Ubuntu: {remedy}"
    );
    let thread = std::thread::current();
    let line = format!("left out {}: no {what}\n", thread.name().unwrap_or("a test"));
    std::io::stderr().write_all(line.as_bytes()).unwrap();
}
