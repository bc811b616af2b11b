//! Who else on this machine can read or write the files the bot depends on: the config, secrets, CA keys.
//!
//! Invariant: it only looks, and shows only paths and modes. A file below a folder that only its owner can enter is safe,
//! whatever its own mode.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Config;
use crate::document::{Holds, Place, Problem};

/// Bits of a mode that apply to everyone except the owner.
const READ: u32 = 0o044;
const EVERYBODY_READS: u32 = 0o004;
const WRITE: u32 = 0o022;
const ENTER: u32 = 0o011;
/// In such a folder people can only replace their own files.
const STICKY: u32 = 0o1000;

const ROOT: u32 = 0;

/// What was found; each has the position at which the config names the file.
#[derive(Debug, Default)]
pub struct Modes {
    pub problems: Vec<Problem>,
    /// Something the bot cannot change and somebody else may want to.
    pub doubts: Vec<Problem>,
}

#[derive(Debug, PartialEq, Eq)]
enum Found {
    Problem(String),
    Doubt(String),
}

impl Config {
    /// Looks at the modes of the config, of every secret file and of every CA key.
    pub fn look_at_modes(&self) -> Modes {
        let start = Place { line: 1, column: 1 };
        let files = self.secrets.iter().filter_map(|used| used.file());
        let keys = self.integrations.iter().flat_map(|it| {
            let files = it.settings.kept_files().into_iter();
            files.map(|file| (it.place, file, Holds::Secret))
        });
        let machine = Machine::read();
        let mut modes = Modes::default();
        let all = std::iter::once((start, self.path.as_path(), Holds::Config));
        for (Place { line, column }, path, holds) in all.chain(files).chain(keys) {
            for found in machine.look(path, holds) {
                let (list, text) = match found {
                    Found::Problem(text) => (&mut modes.problems, text),
                    Found::Doubt(text) => (&mut modes.doubts, text),
                };
                list.push(Problem { line, column, text });
            }
        }
        for list in [&mut modes.problems, &mut modes.doubts] {
            list.sort_by_key(|problem| (problem.line, problem.column));
            list.dedup();
        }
        modes
    }
}

/// What matters besides the mode.
struct Machine {
    mounts: Vec<Mount>,
    /// The user the bot runs as, if known.
    user: Option<u32>,
}

struct Mount {
    at: PathBuf,
    read_only: bool,
    in_memory: bool,
}

impl Machine {
    fn read() -> Self {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Self {
            mounts: mounts.lines().filter_map(Mount::parse).collect(),
            user: fs::metadata("/proc/self").ok().map(|process| process.uid()),
        }
    }

    /// Finds nothing for a missing file: that is reported where the file is read.
    fn look(&self, path: &Path, holds: Holds) -> Vec<Found> {
        let Ok(real) = path.canonicalize() else {
            return Vec::new();
        };
        let Ok(file) = fs::metadata(&real) else {
            return Vec::new();
        };
        // The innermost mount; of several at the same path the last one, which is on top.
        let mounts = self.mounts.iter().filter(|mount| real.starts_with(&mount.at));
        let mount = mounts.max_by_key(|mount| mount.at.components().count());
        let read_only = mount.is_some_and(|mount| mount.read_only);
        let mut found = Vec::new();
        if !is_closed(&real) {
            if file.mode() & WRITE != 0 && !read_only {
                found.push(written_by_others(path, holds, file.mode()));
            }
            if holds == Holds::Secret && file.mode() & READ != 0 {
                let handed_in = read_only && mount.is_some_and(|mount| mount.in_memory) && file.uid() == ROOT;
                found.extend(self.read_by_others(path, file.mode(), file.uid(), handed_in));
            }
        }
        if !read_only {
            // Anyone who can change the link's folder, or the file's, can put another file there.
            let mut folders: Vec<&Path> = [path.parent(), real.parent()].into_iter().flatten().collect();
            folders.dedup();
            found.extend(folders.into_iter().filter_map(replaced_by_others));
        }
        found
    }

    fn read_by_others(&self, path: &Path, mode: u32, owner: u32, handed_in: bool) -> Option<Found> {
        let shown = path.display();
        let octal = mode & 0o777;
        // This is how root gives a file to the bot's group; PostgreSQL accepts its server key this way too.
        let by_group =
            mode & EVERYBODY_READS == 0 && owner == ROOT && self.user.is_some_and(|user| user != ROOT);
        if by_group {
            return None;
        }
        Some(if handed_in {
            Found::Doubt(format!(
                "{shown} can be read by everybody in this container (mode {octal:03o}); mount the secret with defaultMode: 0400 (Kubernetes, with fsGroup if the bot does not run as root) or mode: 0400 (Docker)."
            ))
        } else {
            Found::Problem(format!(
                "Other users can read {shown} (mode {octal:03o}): chmod 600 {shown}"
            ))
        })
    }
}

impl Mount {
    /// A line of `/proc/self/mountinfo`; proc(5) describes the format.
    fn parse(line: &str) -> Option<Self> {
        let (mount, filesystem) = line.split_once(" - ")?;
        let mut fields = mount.split(' ').skip(4);
        let (at, options) = (fields.next()?, fields.next()?);
        let mut fields = filesystem.split(' ');
        let (kind, options_of_all) = (fields.next()?, fields.nth(1).unwrap_or_default());
        let read_only = |options: &str| options.split(',').any(|option| option == "ro");
        Some(Self {
            at: PathBuf::from(at.replace("\\040", " ")),
            read_only: read_only(options) || read_only(options_of_all),
            in_memory: kind == "tmpfs",
        })
    }
}

fn written_by_others(path: &Path, holds: Holds, mode: u32) -> Found {
    let shown = path.display();
    let octal = mode & 0o777;
    let why = match holds {
        Holds::Config => ", and so decide who gets access to what",
        Holds::Secret | Holds::Trust => "",
    };
    Found::Problem(format!(
        "Other users can write to {shown} (mode {octal:03o}){why}: chmod go-w {shown}"
    ))
}

fn replaced_by_others(folder: &Path) -> Option<Found> {
    let mode = fs::metadata(folder).ok()?.mode();
    let is_open = mode & WRITE != 0 && mode & STICKY == 0 && !is_closed(folder);
    is_open.then(|| {
        let shown = folder.display();
        Found::Problem(format!(
            "Other users can add and replace files in {shown} (mode {:03o}): chmod go-w {shown}",
            mode & 0o777
        ))
    })
}

/// Whether one of the parent folders lets in only its owner.
fn is_closed(path: &Path) -> bool {
    let closed = |folder: &Path| fs::metadata(folder).is_ok_and(|folder| folder.mode() & ENTER == 0);
    path.ancestors().skip(1).any(closed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn machine(mounts: &str, user: u32) -> Machine {
        Machine {
            mounts: mounts.lines().filter_map(Mount::parse).collect(),
            user: Some(user),
        }
    }

    /// A file with this mode in a folder that everybody can enter.
    fn file(mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("secret");
        fs::write(&path, "x").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn a_secret_that_is_mounted_for_everybody_is_a_doubt_and_no_problem() {
        let (folder, path) = file(0o644);
        let owner = fs::metadata(&path).unwrap().uid();
        let at = folder.path().canonicalize().unwrap();
        let line = |options: &str, kind: &str| {
            format!(
                "1 0 0:1 / / rw - overlay overlay rw\n2 1 0:2 / {} {options} - {kind} tmpfs rw",
                at.display()
            )
        };
        let found = machine(&line("ro,relatime", "tmpfs"), 1000).look(&path, Holds::Secret);
        let is_doubt = matches!(&found[..], [Found::Doubt(text)] if text.contains("defaultMode: 0400"));
        // Only a mount by root counts as handed in.
        assert_eq!(is_doubt, owner == ROOT, "{found:?}");
        for elsewhere in [line("rw", "tmpfs"), line("ro", "ext4"), String::new()] {
            let found = machine(&elsewhere, 1000).look(&path, Holds::Secret);
            assert!(matches!(&found[..], [Found::Problem(_)]), "{found:?}");
        }
    }

    #[test]
    fn a_group_reads_only_what_root_gave_it() {
        let (_folder, path) = file(0o640);
        let is_roots = fs::metadata(&path).unwrap().uid() == ROOT;
        let found = machine("", 1000).look(&path, Holds::Secret);
        assert_eq!(found.is_empty(), is_roots, "{found:?}");
        assert!(!machine("", ROOT).look(&path, Holds::Secret).is_empty());
    }

    #[test]
    fn what_cannot_be_written_to_is_written_by_nobody() {
        let (folder, path) = file(0o666);
        let at = folder.path().canonicalize().unwrap();
        let read_only = format!("2 1 0:2 / {} ro - ext4 /dev/sda rw", at.display());
        assert!(machine(&read_only, 1000).look(&path, Holds::Config).is_empty());
        assert_eq!(machine("", 1000).look(&path, Holds::Config).len(), 1);
    }
}
