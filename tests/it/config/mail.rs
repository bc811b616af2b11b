//! `[mail]` and `[reports]`.

use std::path::Path;

use apono::config::Config;
use insta::assert_snapshot;

use super::{LEAST, problems};

#[test]
fn a_mail_server_is_named_whole_and_encrypted() {
    let text = LEAST.to_owned()
        + "[mail]\nserver = \"http://mail.example.com\"\nfrom = \"apono\"\nuser = \"apono\"\n[reports]\nemail_domains = [\"dana@example.com\", \"example\"]\n";
    assert_snapshot!(problems(&text), @r#"
    config.toml:11:10: Write smtps://HOST, or smtp://HOST for a server with STARTTLS.
    config.toml:12:8: Write an e-mail address alone, such as "apono@example.com".
    config.toml:15:18: Write what comes after the @ of an address, such as "example.com".
    config.toml:15:38: Write what comes after the @ of an address, such as "example.com".
    "#);
    let half = LEAST.to_owned()
        + "[mail]\nserver = \"smtps://mail.example.com\"\nfrom = \"apono@example.com\"\nuser = \"apono\"\n";
    assert_snapshot!(problems(&half), @"config.toml:10:1: Write both `user` and `password`, or neither.");
    let secret = half.replace("smtps://", "smtps://apono:hunter2@");
    assert_snapshot!(problems(&secret), @"config.toml:11:10: User and password do not belong in this address; they have lines of their own.");
    let nowhere = LEAST.to_owned() + "[reports]\nemail_domains = [\"example.com\"]\n";
    assert_snapshot!(problems(&nowhere), @"config.toml:11:17: Nothing goes there without a mail server: add a section [mail], or remove this line.");
}

#[test]
fn fonts_are_tried_where_they_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    std::fs::write(folder.path().join("text.ttf"), "no font").unwrap();
    let font = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/paper/fonts/NotoSans-Regular.ttf");
    std::fs::copy(font, folder.path().join("noto.ttf")).unwrap();
    let text = LEAST.to_owned() + "[reports]\nfonts = [\"text.ttf\", \"none.ttf\", \"noto.ttf\"]\n";
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let about_fonts = config
        .check_secrets()
        .into_iter()
        .filter(|problem| problem.line == 11);
    let shown: Vec<String> = about_fonts
        .map(|problem| problem.shown_in(Path::new("config.toml")))
        .collect();
    let shown = shown
        .join("\n")
        .replace(folder.path().to_str().unwrap(), "FOLDER");
    assert_snapshot!(shown, @r"
    config.toml:11:10: This file holds no font: name a .ttf, .otf or .ttc file.
    config.toml:11:22: This file cannot be read: FOLDER/none.ttf: No such file or directory (os error 2).
    ");
}
