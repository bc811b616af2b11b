//! `[mail]` and `[reports]`.

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
