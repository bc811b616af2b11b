//! What `apono check` says about the portal's certificate, and about who listens where.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use tempfile::TempDir;

use crate::support::certified::Certified;
use crate::support::process;

const REST: &str = r#"version = 1
[slack]
app_token = { file = "app" }
bot_token = { file = "bot" }
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

const WEB: &str = r#"
[web]
listen = "127.0.0.1:8443"
public_url = "https://access.example.com:8443"
tls_cert = "cert.pem"
tls_key = { file = "key.pem" }
"#;

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Whether the check succeeds, and what it has against this config.
fn check(config: &str, cert: &str, key: &str) -> (bool, String) {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    for (name, text) in [
        ("config.toml", format!("{REST}{config}").as_str()),
        ("app", "xapp-1-SECRET"),
        ("bot", "xoxb-SECRET"),
        ("ca", "SECRET"),
        ("cert.pem", cert),
        ("key.pem", key),
    ] {
        write(path, name, text);
    }
    let output = process::check(path);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains("SECRET") && !said.contains("PRIVATE"), "{said}");
    (output.status.success(), said.replace(path.to_str().unwrap(), ""))
}

#[test]
fn a_certificate_that_browsers_would_not_accept_is_told_before_the_start() {
    let right = Certified::named("access.example.com");
    let other = Certified::named("elsewhere.example.com");
    let (cert, key) = (right.certificate.pem(), right.key.serialize_pem());
    assert_eq!(check(WEB, &cert, &key), (true, String::new()));
    let (sound, said) = check(WEB, &other.certificate.pem(), &other.key.serialize_pem());
    assert!(!sound);
    insta::assert_snapshot!(said, @"/config.toml: [web]: problem  the certificate in tls_cert is not for access.example.com, the host of public_url; fix: get one for that name, or correct public_url");
    let (sound, said) = check(WEB, &cert, &other.key.serialize_pem());
    assert!(!sound);
    insta::assert_snapshot!(said, @"/config.toml: [web]: problem  tls_key does not belong to the certificate in tls_cert; fix: write the key that this certificate was made for");
    for (from, to, words) in [(2000, 2020, "has expired"), (2500, 2600, "is not valid yet")] {
        let mut params = CertificateParams::new(["access.example.com".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(to, 1, 1);
        let key = KeyPair::generate().unwrap();
        let cert = params.self_signed(&key).unwrap();
        let (sound, said) = check(WEB, &cert.pem(), &key.serialize_pem());
        assert!(!sound && said.contains(words), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn the_portal_and_the_metrics_do_not_listen_in_one_place() {
    for (web, metrics, sound) in [
        ("127.0.0.1:8080", "127.0.0.1:8080", false),
        ("127.0.0.1:8080", "0.0.0.0:8080", false),
        ("127.0.0.1:8080", "127.0.0.1:9090", true),
        ("127.0.0.1:8080", "127.0.0.2:8080", true),
        ("127.0.0.1:0", "127.0.0.1:0", true),
    ] {
        let config = format!("\n[web]\nlisten = \"{web}\"\n[metrics]\nlisten = \"{metrics}\"\n");
        let (is_sound, said) = check(&config, "", "");
        assert_eq!(is_sound, sound, "{web} {metrics}: {said}");
        let told = "The portal listens there: [web] has the same listen. Write another port.";
        assert_eq!(said.contains(told), !sound, "{said}");
    }
}
