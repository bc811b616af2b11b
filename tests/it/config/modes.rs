//! Who else can read or write what the bot goes by, as `apono check` says it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use tempfile::TempDir;

use crate::support::process;

const CONFIG: &str = r#"version = 1
[slack]
app_token = { file = "app" }
bot_token = { file = "secrets/bot" }
audit_channel = "audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
[[integrations]]
name = "bastion"
kind = "ssh"
ca_key = { made = "ca" }
resources = ["bastion"]
permissions = { login = "deploy" }
[[flows]]
name = "Log in"
requesters = ["ada@example.com"]
integration = "bastion"
approval = "automatic"
max_duration = "1h"
"#;

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A folder that everybody enters, with everything in it for its owner alone.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    mode(folder.path(), 0o755);
    fs::create_dir(folder.path().join("secrets")).unwrap();
    mode(&folder.path().join("secrets"), 0o755);
    for (name, text) in [
        ("config.toml", CONFIG),
        ("app", "xapp-1-SECRET"),
        ("secrets/bot", "xoxb-SECRET"),
        ("ca", "SECRET"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
        mode(&folder.path().join(name), 0o600);
    }
    folder
}

/// Whether it is content, and what it has against the modes.
fn said(folder: &TempDir) -> (bool, String) {
    let output = process::check(folder.path());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("SECRET"), "{said}");
    (
        output.status.success(),
        said.replace(folder.path().to_str().unwrap(), ""),
    )
}

#[test]
fn what_its_owner_alone_reads_and_writes_is_well() {
    let folder = folder();
    assert_eq!(said(&folder), (true, String::new()));
    mode(&folder.path().join("config.toml"), 0o644);
    assert_eq!(
        said(&folder),
        (true, String::new()),
        "everybody may read a config"
    );
}

#[test]
fn a_secret_that_others_read_and_a_config_that_others_write_are_problems() {
    let folder = folder();
    mode(&folder.path().join("config.toml"), 0o664);
    mode(&folder.path().join("app"), 0o644);
    mode(&folder.path().join("secrets/bot"), 0o620);
    mode(&folder.path().join("ca"), 0o604);
    let (content, said) = said(&folder);
    insta::assert_snapshot!(said, @"
    /config.toml:1:1: Other users can write to /config.toml (mode 664), and so decide who gets access to what: chmod go-w /config.toml
    /config.toml:3:13: Other users can read /app (mode 644): chmod 600 /app
    /config.toml:4:13: Other users can write to /secrets/bot (mode 620): chmod go-w /secrets/bot
    /config.toml:10:1: Other users can read /ca (mode 604): chmod 600 /ca
    ");
    assert!(!content);
}

#[test]
fn a_folder_that_others_write_and_what_a_link_leads_to_count() {
    let folder = folder();
    let elsewhere = tempfile::tempdir().unwrap();
    mode(elsewhere.path(), 0o755);
    let token = elsewhere.path().join("token");
    fs::write(&token, "xapp-1-SECRET").unwrap();
    mode(&token, 0o644);
    fs::remove_file(folder.path().join("app")).unwrap();
    symlink(&token, folder.path().join("app")).unwrap();
    mode(&folder.path().join("secrets"), 0o777);
    let (content, told) = said(&folder);
    insta::assert_snapshot!(told, @"
    /config.toml:3:13: Other users can read /app (mode 644): chmod 600 /app
    /config.toml:4:13: Other users can add and replace files in /secrets (mode 777): chmod go-w /secrets
    ");
    assert!(!content);
    mode(&token, 0o600);
    mode(&folder.path().join("secrets"), 0o1777);
    assert_eq!(
        said(&folder),
        (true, String::new()),
        "nobody replaces others' files there"
    );
}

#[test]
fn behind_a_folder_that_nobody_else_enters_modes_do_not_matter() {
    let folder = folder();
    for name in ["config.toml", "app", "secrets/bot", "ca"] {
        mode(&folder.path().join(name), 0o666);
    }
    mode(folder.path(), 0o700);
    assert_eq!(said(&folder), (true, String::new()));
}
