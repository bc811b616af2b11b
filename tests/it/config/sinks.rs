//! The keys of sinks.

use insta::assert_snapshot;

use super::{LEAST, parse, problems};

/// A sink from line 10 on, with these lines.
fn sink(lines: &str) -> String {
    problems(&format!("{LEAST}[[sinks]]\nname = \"siem\"\n{lines}"))
}

const KEYS: &str = "access_key_id = { env = \"ID\" }\nsecret_access_key = { env = \"SECRET\" }\n";

#[test]
fn a_server_for_syslog_has_a_way_a_host_and_a_port() {
    for to in [
        "tls://logs.example.com:6514",
        "tcp://127.0.0.1:514",
        "udp://[::1]:514",
    ] {
        let said = sink(&format!("kind = \"syslog\"\nto = \"{to}\""));
        assert!(said.starts_with("right"), "{to}: {said}");
    }
    for to in [
        "logs.example.com:6514",
        "tls://logs.example.com",
        "https://logs.example.com:6514",
        "tls://logs.example.com:6514/path",
        "tls://me:hunter2@logs.example.com:6514",
        "tcp://:514",
    ] {
        let said = sink(&format!("kind = \"syslog\"\nto = \"{to}\""));
        assert!(
            said.contains("config.toml:13:6: Write tls://, tcp:// or udp://"),
            "{to}: {said}"
        );
        assert!(!said.contains("hunter2"), "{said}");
    }
    let doubted = parse(&format!(
        "{LEAST}[[sinks]]\nname = \"siem\"\nkind = \"syslog\"\nto = \"tcp://logs.example.com:514\""
    ));
    let doubts = doubted.unwrap().doubts;
    assert_snapshot!(doubts.iter().map(|doubt| doubt.text.as_str()).collect::<Vec<_>>().join("\n"), @"Everybody on the way can read and change what is sent there; with tls:// nobody can.");
}

#[test]
fn a_certificate_for_a_server_has_its_key_and_needs_tls() {
    let more = |to: &str, more: &str| sink(&format!("kind = \"syslog\"\nto = \"{to}\"\n{more}"));
    assert_snapshot!(more("tls://logs.example.com:6514", "client_cert = \"client.pem\""), @"config.toml:10:1: Write both client_cert and client_key, or neither.");
    assert_snapshot!(more("tcp://127.0.0.1:514", "client_cert = \"client.pem\"\nclient_key = { file = \"client.key\" }"), @"config.toml:10:1: client_cert and client_key are for tls:// only.");
}

#[test]
fn an_object_is_locked_for_as_long_as_is_written_or_not_at_all() {
    let s3 = |more: &str| {
        sink(&format!(
            "kind = \"s3\"\nbucket = \"apono-trail\"\nregion = \"eu-central-1\"\n{KEYS}{more}"
        ))
    };
    for more in [
        "keep_for = \"365d\"",
        "keep_for = \"2557d\"\nlock = \"governance\"",
        "lock = \"off\"",
    ] {
        assert!(s3(more).starts_with("right"), "{more}: {}", s3(more));
    }
    assert_snapshot!(s3(""), @r#"config.toml:10:1: This sink needs a line such as `keep_for = "365d"`."#);
    assert_snapshot!(s3("lock = \"off\"\nkeep_for = \"1d\""), @"config.toml:10:1: Without a lock there is no keep_for; leave one of the two lines out.");
    assert_snapshot!(s3("lock = \"worm\"\nkeep_for = \"1y\""), @r#"
    config.toml:17:8: Write "compliance", "governance" or "off" here.
    config.toml:18:12: Write a number of days from 1d to 36500d, such as "365d".
    "#);
}

#[test]
fn names_in_s3_need_no_encoding_and_an_address_is_encrypted() {
    let s3 = |more: &str| sink(&format!("kind = \"s3\"\n{KEYS}lock = \"off\"\n{more}"));
    assert_snapshot!(s3("bucket = \"Trail\"\nregion = \"eu central\"\nprefix = \"/apono\""), @r#"
    config.toml:16:10: Write 3 to 63 characters out of a-z 0-9 -, beginning with a letter or digit.
    config.toml:17:10: Write 1 to 63 characters out of a-z 0-9 -, beginning with a letter or digit.
    config.toml:18:10: Write names out of a-z A-Z 0-9 - _ . with a slash between them, such as "apono/prod".
    "#);
    assert_snapshot!(s3("bucket = \"trail.example.com\"\nregion = \"eu-central-1\""), @"config.toml:16:10: Write 3 to 63 characters out of a-z 0-9 -, beginning with a letter or digit.");
    let elsewhere = "region = \"eu-central-1\"\nbucket = \"trail.example.com\"\nendpoint = ";
    assert!(s3(&format!("{elsewhere}\"https://s3.example.com\"")).starts_with("right"));
    assert_snapshot!(s3(&format!("{elsewhere}\"http://s3.example.com\"")), @"config.toml:18:12: Write an https:// address without user and password; http:// is only accepted for this machine (127.0.0.1).");
}
