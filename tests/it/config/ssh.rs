//! `kind = "ssh"` in config.toml.

use std::path::PathBuf;

use apono::integrations::ssh::{AgentSocket, AuthorityKey, KeyType};
use insta::assert_snapshot;

use super::{LEAST, parse, problems, ssh};

/// A whole integration with some of its lines.
fn with(lines: &str) -> String {
    format!("{LEAST}[[integrations]]\nname = \"bastion\"\nkind = \"ssh\"\n{lines}")
}

const USUAL: &str = r#"ca_key = { made = "ca" }
resources = ["bastion"]
permissions = { login = "deploy" }
"#;

#[test]
fn the_least_is_a_key_hosts_and_accounts() {
    let config = parse(&with(USUAL)).unwrap();
    let read = ssh(&config, 0);
    assert_eq!(
        read.authority,
        AuthorityKey::Made {
            path: PathBuf::from("/etc/apono/ca"),
            key_type: KeyType::Ed25519
        }
    );
    assert_eq!(read.resources[0].hosts, ["bastion"]);
    assert_eq!(read.resources[0].port, 22);
    assert_eq!(read.principal, "{account}");
    assert_snapshot!(problems(&with("")), @r#"
    config.toml:10:1: This integration needs a line such as `ca_key = { made = "ssh_ca" }`.
    config.toml:10:1: This integration needs a line such as `resources = ["bastion"]`.
    config.toml:10:1: This integration needs a line such as `permissions = { login = "deploy" }`.
    "#);
}

#[test]
fn several_resources_need_a_principal_that_names_them() {
    let several = USUAL.replace(
        r#"["bastion"]"#,
        r#"["bastion", { name = "web", hosts = ["web-1", "web-2"], port = 2222 }]"#,
    );
    assert_snapshot!(problems(&with(&several)), @r#"config.toml:10:1: With more than one resource a certificate must say which one it is for: write `principal = "{account}@{resource}"`, and set up the hosts as `apono ssh trust` prints."#);
    let named = format!("{several}principal = \"{{account}}@{{resource}}\"\n");
    let config = parse(&with(&named)).unwrap();
    assert_eq!(ssh(&config, 0).resources[1].hosts, ["web-1", "web-2"]);
    for template in ["{account}", "{resource}", "{account} {resource}", "{user}"] {
        let wrong = format!("{several}principal = \"{template}\"\n");
        assert!(problems(&with(&wrong)).contains(":16:13:"), "{template}");
    }
}

#[test]
fn the_key_is_in_exactly_one_place() {
    for wrong in [
        "\"ca\"",
        "{ }",
        r#"{ made = "ca", file = "ca" }"#,
        r#"{ agent = "/run/agent" }"#,
        r#"{ agent = "/run/agent", fingerprint = "MD5:aa" }"#,
        r#"{ made = "ca", fingerprint = "SHA256:x" }"#,
        r#"{ made = "ca", type = "rsa" }"#,
        r#"{ file = "ca", type = "ecdsa-p256" }"#,
        r#"{ agent = "/run/agent", fingerprint = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", type = "ed25519" }"#,
        r#"{ madee = "ca" }"#,
    ] {
        let text = USUAL.replace(r#"{ made = "ca" }"#, wrong);
        assert!(parse(&with(&text)).is_err(), "{wrong}");
    }
    let fips = USUAL.replace(r#"{ made = "ca" }"#, r#"{ made = "ca", type = "ecdsa-p256" }"#);
    assert_eq!(
        ssh(&parse(&with(&fips)).unwrap(), 0).authority,
        AuthorityKey::Made {
            path: PathBuf::from("/etc/apono/ca"),
            key_type: KeyType::EcdsaP256
        }
    );
    let fingerprint = "A".repeat(43);
    let agent = format!(r#"{{ agent = "$SSH_AUTH_SOCK", fingerprint = "SHA256:{fingerprint}" }}"#);
    let config = parse(&with(&USUAL.replace(r#"{ made = "ca" }"#, &agent))).unwrap();
    assert_eq!(
        ssh(&config, 0).authority,
        AuthorityKey::Agent {
            socket: AgentSocket::Env("SSH_AUTH_SOCK".to_owned()),
            fingerprint: format!("SHA256:{fingerprint}"),
        }
    );
}

#[test]
fn everything_wrong_is_said_at_once() {
    assert_snapshot!(problems(&with(r#"ca_key = { made = "ca" }
resources = ["bastion", { name = "web", hosts = ["a b"] }, 3]
permissions = { login = "-oProxyCommand=x" }
certificate_for = "2h"
clock_skew = "2h"
allow = ["port-forwardin"]
source_address = ["10.0.0.0/33"]
certificat_for = "5m"
"#)), @r#"
    config.toml:14:50: Write only a host's name or address; the port goes in port, and the account in the permission.
    config.toml:14:60: Write a host's name, or { name = "web", hosts = ["web-1.example.com"], port = 22 }.
    config.toml:15:25: Write the name of an account on the hosts: 1 to 32 characters, out of a-z A-Z 0-9 . _ -
    config.toml:16:19: A certificate cannot be revoked, so it is valid for at most 1h; people click Connect for another.
    config.toml:17:14: Write at most 1h, and keep the hosts' clocks in sync with NTP.
    config.toml:18:10: Unknown forwarding "port-forwardin"; did you mean "port-forwarding"?
    config.toml:19:19: Write an address, or a range such as "10.0.0.0/8", where the address is all zeros after its prefix.
    config.toml:20:1: Unknown key "certificat_for"; did you mean "certificate_for"?
    "#);
}

#[test]
fn no_two_accounts_share_a_principal() {
    let colliding = r#"ca_key = { made = "ca" }
resources = ["prod-admin", "admin"]
permissions = { login = "web", deploy = "web-prod" }
principal = "{account}-{resource}"
"#;
    assert_snapshot!(problems(&with(colliding)), @r#"config.toml:16:13: web on prod-admin and web-prod on admin would both be "web-prod-admin", so access to one would be access to the other; put a character between {account} and {resource} that occurs in neither, such as @."#);
    parse(&with(&colliding.replace("}-{", "}@{"))).unwrap();
    let one_account_twice = USUAL.replace(
        r#"{ login = "deploy" }"#,
        r#"{ login = "deploy", again = "deploy" }"#,
    );
    parse(&with(&one_account_twice)).unwrap();
}

#[test]
fn no_two_integrations_share_a_ca_key() {
    let fingerprint = "A".repeat(43);
    let agent = |socket: &str| format!(r#"{{ agent = "{socket}", fingerprint = "SHA256:{fingerprint}" }}"#);
    let two = |first: &str, second: &str| {
        let of = |key: &str| USUAL.replace(r#"{ made = "ca" }"#, key);
        format!(
            "{}[[integrations]]\nname = \"web\"\nkind = \"ssh\"\n{}",
            with(&of(first)),
            of(second)
        )
    };
    let (made, file, env) = (r#"{ made = "ca" }"#, r#"{ file = "ca" }"#, r#"{ env = "CA" }"#);
    assert_snapshot!(problems(&two(made, made)), @r#"config.toml:19:10: This is also the CA key of "bastion", so access to the hosts of one would be access to the hosts of the other; give each its own key, or write the hosts as resources of one integration."#);
    for (first, second) in [(made, file), (env, env), (&*agent("/one"), &*agent("$TWO"))] {
        assert!(problems(&two(first, second)).contains("also the CA key of \"bastion\""));
    }
    for (first, second) in [
        (made, r#"{ made = "other" }"#),
        (made, env),
        (file, &*agent("/one")),
    ] {
        let problems = parse(&two(first, second)).err().map(|error| error.to_string());
        assert!(!problems.unwrap_or_default().contains("also the CA key of"));
    }
}
