//! The portal serves https:// itself, and takes a renewed certificate without a restart.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use insta::assert_snapshot;
use rustls::pki_types::ServerName;
use sea_orm::DbBackend;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::browser::{Browser, trust_in};
use super::signing_in::{enter, handed};
use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::canary::Secret;
use crate::support::certified::Certified;

/// The certificate's files, in a folder that nobody else enters.
struct Files(TempDir);

impl Files {
    fn write(&self, certified: &Certified) {
        let write = |name: &str, text: String| std::fs::write(self.at(name), text).unwrap();
        write("key.pem", certified.key.serialize_pem());
        write("cert.pem", certified.certificate.pem());
    }

    fn at(&self, name: &str) -> String {
        Path::join(self.0.path(), name).display().to_string()
    }
}

/// Runs a test on a portal that has the files of the first certificate.
async fn run(first: &Certified, test: impl AsyncFn(&mut Context, &Files, u16)) {
    let files = Files(tempfile::tempdir().unwrap());
    files.write(first);
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let setup = || {
        let setup = Setup::default();
        let (cert, key) = (files.at("cert.pem"), files.at("key.pem"));
        let web = format!(
            "\n[web]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"https://localhost:{port}\"\n\
             tls_cert = \"{cert}\"\ntls_key = {{ file = \"{key}\" }}\n"
        );
        Setup {
            config: web + &setup.config,
            ..setup
        }
    };
    run_test_on(&[DbBackend::Sqlite], setup, async |ctx| {
        test(ctx, &files, port).await;
    })
    .await;
}

/// Whether somebody who trusts this authority alone would talk to the portal.
async fn is_trusted(port: u16, certified: &Certified) -> bool {
    let connector = TlsConnector::from(Arc::new(trust_in(&certified.ca)));
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    connector.connect(name, stream).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn over_its_own_tls_cookies_are_bound_to_the_host_and_nothing_is_answered_without() {
    let certified = Certified::named("localhost");
    run(&certified, async |ctx, _, port| {
        let origin = ctx.app().portal().unwrap().origin().to_owned();
        let mut browser = Browser::trusting(&origin, &certified.ca);
        let handed = handed(ctx, "dana").await;
        let page = enter(&mut browser, &handed.path, &handed.code).await;
        let begun = browser.post("/sign-in", &[("form", &page.token())]).await;
        let session = &browser.cookies["__Host-apono-session"];
        ctx.secrets.push(Secret::new("what opens a session", session));
        let lines = begun.headers.get_all("set-cookie").iter();
        let lines: Vec<String> = lines
            .map(|line| line.to_str().unwrap().replace(session, "[secret]"))
            .collect();
        assert_snapshot!(lines.join("\n"), @"
        __Host-apono-session=[secret]; Path=/; HttpOnly; SameSite=Lax; Secure
        __Host-apono-claim=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0
        __Host-apono-next=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0
        ");
        let page = browser.open("/").await;
        assert_eq!((page.status, page.path.as_str()), (200, "/"));
        assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
        let mut plain = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let ask = format!("GET /sign-in HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        plain.write_all(ask.as_bytes()).await.unwrap();
        let mut said = Vec::new();
        let _ = plain.read_to_end(&mut said).await;
        assert!(!String::from_utf8_lossy(&said).contains("HTTP"), "{said:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_used_and_one_that_is_broken_is_not() {
    let (old, new) = (Certified::named("localhost"), Certified::named("localhost"));
    run(&old, async |ctx, files, port| {
        assert!(is_trusted(port, &old).await && !is_trusted(port, &new).await);
        std::fs::write(files.at("cert.pem"), "half of a certif").unwrap();
        ctx.until("it is read again", async || {
            assert!(is_trusted(port, &old).await);
            let lines = ctx.listener.lines("ERROR", "it keeps the previous one");
            lines.iter().any(|line| line.contains("holds no certificate"))
        })
        .await;
        files.write(&new);
        ctx.until("the new one", async || is_trusted(port, &new).await)
            .await;
        assert!(!is_trusted(port, &old).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_beside_the_running_portal_says_that_something_listens_there() {
    let certified = Certified::named("localhost");
    run(&certified, async |ctx, _, port| {
        let (_, said) = ctx.check_online().await;
        let lines = said.lines().filter(|line| line.contains(" web: "));
        let lines = lines.collect::<Vec<_>>().join("\n").replace(&port.to_string(), "[port]");
        assert_snapshot!(lines, @"unseen   web: something listens on 127.0.0.1:[port] already; fix: ignore this if it is the running bot; otherwise stop the other program, or write another port");
    })
    .await;
}
