//! The keys of sinks.

use insta::assert_snapshot;

use super::{LEAST, parse, problems};

/// A sink from line 10 on, with these lines.
fn sink(lines: &str) -> String {
    problems(&format!("{LEAST}[[sinks]]\nname = \"siem\"\n{lines}"))
}

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
