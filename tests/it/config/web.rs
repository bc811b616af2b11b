//! `[web]`: what leaves this machine is encrypted.

use insta::assert_snapshot;

use super::{LEAST, parse, problems};

/// What is wrong with a section `[web]`; its first key is on line 11.
fn with(keys: &str) -> String {
    problems(&format!("{LEAST}[web]\n{keys}\n"))
}

#[test]
fn the_portal_is_off_unless_it_has_an_address() {
    assert_eq!(parse(LEAST).unwrap().web, None);
    let off = parse(&format!(
        "{LEAST}[web]\npublic_url = \"https://access.example.com\""
    ))
    .unwrap();
    assert_eq!(off.web, None);
    let on = parse(&format!("{LEAST}[web]\nlisten = \"127.0.0.1:8080\"")).unwrap();
    assert_eq!(on.web.unwrap().listen.to_string(), "127.0.0.1:8080");
}

#[test]
fn off_this_machine_it_is_https_and_somebody_serves_that() {
    let https = "public_url = \"https://access.example.com\"";
    let tls = "tls_cert = \"access.pem\"\ntls_key = { file = \"access.key\" }";
    let open = "listen = \"0.0.0.0:8443\"";
    assert_snapshot!(with(open), @"config.toml:11:10: Other machines can reach this address, so public_url has to say which https:// address people use.");
    assert_snapshot!(with(&format!("{open}\n{https}")), @"config.toml:12:14: Nothing serves https:// here: write tls_cert and tls_key, or trusted_proxies if a reverse proxy does.");
    assert_snapshot!(with(&format!("{open}\npublic_url = \"http://access.example.com\"\n{tls}")), @"config.toml:12:14: Write https://: http:// is only accepted if the portal listens on this machine alone (127.0.0.1).");
    assert_snapshot!(with("listen = \"127.0.0.1:8080\"\npublic_url = \"http://access.example.com\""), @"config.toml:12:14: Write https://: http:// is only accepted if the portal listens on this machine alone (127.0.0.1).");
    assert_snapshot!(with(&format!("listen = \"127.0.0.1:8080\"\npublic_url = \"http://localhost:8080\"\n{tls}")), @"config.toml:12:14: Write https://, because of tls_cert.");
    assert_snapshot!(with(&format!("listen = \"127.0.0.1:8080\"\n{tls}")), @"config.toml:11:10: With tls_cert, public_url has to say which https:// address people use.");
    let right = "right: 0 integrations, 0 flows, 0 groups, 1 person";
    for keys in [
        format!("{open}\n{https}\n{tls}"),
        format!("{open}\n{https}\ntrusted_proxies = [\"10.0.0.7\", \"fd00::/8\"]"),
        format!("listen = \"127.0.0.1:8080\"\n{https}\ntrusted_proxies = [\"127.0.0.1\"]"),
        "listen = \"[::1]:8080\"\npublic_url = \"http://localhost:8080\"".to_owned(),
        "listen = \"127.0.0.1:0\"".to_owned(),
    ] {
        assert_eq!(with(&keys), right, "{keys}");
    }
}

#[test]
fn each_wrong_key_says_what_to_write() {
    assert_snapshot!(with("listen = \"localhost\"\npublic_url = \"https://access.example.com/portal\"\ntls_cert = \"access.pem\"\ntrusted_proxies = [\"proxy\"]"), @r#"
    config.toml:11:10: Write an IP address and a port, such as "127.0.0.1:8080" or "[::]:8443".
    config.toml:12:14: Write https:// and a host's name, such as "https://access.example.com", with nothing after it.
    config.toml:13:12: tls_cert needs tls_key beside it.
    config.toml:14:20: Write an IP address or a network, such as "10.0.0.7" or "10.0.0.0/24".
    "#);
    assert_snapshot!(with("listen = \"0.0.0.0:0\"\ntls_key = \"-----BEGIN PRIVATE KEY-----\""), @r#"
    config.toml:11:10: Write a port; 0 (a free one) is for 127.0.0.1.
    config.toml:12:11: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:12:11: tls_key needs tls_cert beside it.
    "#);
    assert_snapshot!(with("listen = \"127.0.0.1:0\"\npublic_url = \"http://127.0.0.1:8080\""), @"config.toml:11:10: Write a port, so that public_url can lead to it.");
}

#[test]
fn a_proxy_that_anybody_can_be_is_doubted() {
    let text = format!("{LEAST}[web]\ntrusted_proxies = [\"0.0.0.0/0\"]");
    let doubts = parse(&text).unwrap().doubts;
    assert_snapshot!(doubts[0].text, @"Anybody can say which address they come from: write only the addresses of your reverse proxies.");
}

#[test]
fn an_address_that_changes_is_doubted_where_an_issuer_has_to_know_it() {
    let text = format!(
        "{LEAST}[web]\nlisten = \"127.0.0.1:0\"\n[web.oidc]\nissuer = \"https://id.example.com\"\nclient_id = \"apono\""
    );
    let doubts = parse(&text).unwrap().doubts;
    assert_snapshot!(doubts[0].text, @"The portal gets another address at each start, so no issuer can know its redirect address: write a port.");
}

/// What is wrong with a section `[web.oidc]`; its first key is on line 13.
fn with_oidc(keys: &str) -> String {
    with(&format!("listen = \"127.0.0.1:8080\"\n[web.oidc]\n{keys}"))
}

#[test]
fn an_issuer_is_encrypted_and_spelt_as_it_spells_itself() {
    let client = "client_id = \"apono\"";
    assert_snapshot!(with_oidc(""), @r#"
    config.toml:12:1: [web.oidc] needs a line such as `issuer = "https://id.example.com"`.
    config.toml:12:1: [web.oidc] needs a line such as `client_id = "apono"`.
    "#);
    for (issuer, name) in [
        ("https://slack.com", "Slack"),
        ("https://accounts.google.com", "Google"),
        ("https://login.microsoftonline.com/b1d0/v2.0", "Microsoft"),
        ("https://id.example.com/realms/main", "id.example.com"),
        ("http://127.0.0.1:9000", "127.0.0.1"),
    ] {
        let text =
            format!("{LEAST}[web]\nlisten = \"127.0.0.1:8080\"\n[web.oidc]\nissuer = \"{issuer}\"\n{client}");
        let oidc = parse(&text).unwrap().web.unwrap().oidc.unwrap();
        assert_eq!((oidc.issuer.as_str(), oidc.name.as_str()), (issuer, name));
    }
    let mut said = String::new();
    for issuer in [
        "http://id.example.com",
        "id.example.com",
        "https://me@id.example.com",
        "https://id.example.com?tenant=1",
        "https://id.example.com/.well-known/openid-configuration",
    ] {
        said.push_str(&with_oidc(&format!("issuer = \"{issuer}\"\n{client}")));
        said.push('\n');
    }
    assert_snapshot!(said, @r#"
    config.toml:13:10: Write https://: http:// is only accepted for an issuer on this machine (127.0.0.1).
    config.toml:13:10: Write the issuer as it spells itself in its discovery document, such as "https://id.example.com".
    config.toml:13:10: Write the issuer as it spells itself in its discovery document, such as "https://id.example.com".
    config.toml:13:10: Write the issuer as it spells itself in its discovery document, such as "https://id.example.com".
    config.toml:13:10: Leave /.well-known/openid-configuration out: the bot adds it.
    "#);
    assert_snapshot!(with_oidc(&format!("issuer = \"https://id.example.com\"\n{client}\nclient_secret = \"hunter2\"\nname = \"{}\"", "x".repeat(41))), @r#"
    config.toml:15:17: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:16:8: Write at most 40 characters: this is in a button.
    "#);
}
