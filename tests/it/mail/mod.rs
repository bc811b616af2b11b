//! Mail, against a real server from `PyPI`: what arrives, and what each failure is told as.

mod reports;
mod server;

use std::fs;
use std::time::Duration;

use insta::assert_snapshot;

use self::server::{How, Smtp};
use apono::access::time::Timestamp;
use apono::mail::{Address, Attachment, Letter, Login, MailError, Server};
use apono::network::{Network, install_crypto_provider};
use apono::secrets::SecretRef;

const NOW: Timestamp = Timestamp::from_seconds(1_796_000_000);

fn letter(to: &str) -> Letter {
    Letter {
        to: to.to_owned(),
        subject: "Who has what now".to_owned(),
        text: "3 rows".to_owned(),
        html: "<p>3 rows</p>".to_owned(),
        attachment: None,
        key: "report-7-run-12".to_owned(),
    }
}

/// Lets the server take what it is given with the right password, and trusts its authority.
fn sends_to(smtp: &Smtp, within: Duration) -> Server {
    install_crypto_provider();
    let password = smtp.folder.path().join("password");
    fs::write(&password, "hunter2\n").unwrap();
    let scheme = if smtp.how == How::Tls { "smtps" } else { "smtp" };
    Server {
        address: Address::parse(&format!("{scheme}://localhost:{}", smtp.port)).unwrap(),
        login: Some(Login {
            user: "apono".to_owned(),
            password: SecretRef::File(password),
        }),
        from: "apono@example.com".to_owned(),
        within,
        network: Network {
            proxy: None,
            ca_file: Some(smtp.folder.path().join("ca.pem")),
        },
    }
}

const WITHIN: Duration = Duration::from_secs(20);

/// Which kind of error it is, and what it says.
fn shown(sent: Result<(), MailError>) -> String {
    match sent {
        Ok(()) => "taken".to_owned(),
        Err(error) => {
            let text = format!("{error:?}");
            assert!(!text.contains("hunter2"), "{text}");
            text
        }
    }
}

#[tokio::test]
async fn a_letter_arrives_over_tls_and_starttls_with_its_file_and_one_key() {
    let mut heads = Vec::new();
    for how in [How::Tls, How::StartTls] {
        let Some(mut smtp) = Smtp::start(how) else {
            return;
        };
        let server = sends_to(&smtp, WITHIN);
        let mut letter = letter("dana@example.com");
        letter.subject = "Zugriffe im März\r\nBcc: eve@example.com".to_owned();
        letter.attachment = Some(Attachment {
            name: "März\r\nX-Evil: 1.csv".to_owned(),
            media_type: "text/csv",
            bytes: b"id\r\nAR-1\r\n".to_vec(),
        });
        server.send(letter.clone(), NOW).await.unwrap();
        server.send(letter, NOW).await.unwrap();
        let taken = smtp.taken();
        let [first, second] = &taken[..] else {
            panic!("{taken:?}");
        };
        assert_eq!(
            (first.from.as_str(), &first.to[..], first.login),
            ("apono@example.com", &["dana@example.com".to_owned()][..], true)
        );
        let (head, body) = first.text.split_once("\r\n\r\n").unwrap();
        heads.push(head_of(head));
        assert!(second.text.contains("Message-ID: <report-7-run-12@example.com>"));
        let names = body
            .lines()
            .filter(|line| line.starts_with("Bcc") || line.starts_with("X-Evil"));
        assert_eq!(names.count(), 0, "{body}");
        assert!(
            body.contains("<p>3 rows</p>") && body.contains("aWQNCkFSLTENCg=="),
            "{body}"
        );
    }
    assert_eq!(heads[0], heads[1]);
    assert_snapshot!(heads[0], @r#"
    From: "apono" <apono@example.com>
    To: <dana@example.com>
    Date: Mon, 30 Nov 2026 00:53:20 +0000
    Subject: =?utf-8?Q?Zugriffe_im_M=C3=A4rz__Bcc:_eve@example.com?=
    Message-ID: <report-7-run-12@example.com>
    Auto-Submitted: auto-generated
    MIME-Version: 1.0
    Content-Type: multipart/mixed;
     [boundary]
    "#);
}

/// The head without the boundary, which is random.
fn head_of(head: &str) -> String {
    let (before, after) = head.split_once("boundary=\"").unwrap();
    let (_, rest) = after.split_once('"').unwrap();
    format!("{before}[boundary]{rest}").replace("\r\n", "\n")
}

#[tokio::test]
async fn each_failure_says_whether_to_try_again() {
    let Some(mut smtp) = Smtp::start(How::StartTls) else {
        return;
    };
    let server = sends_to(&smtp, WITHIN);
    let later = server.send(letter("later@example.com"), NOW).await;
    assert_snapshot!(shown(later), @r#"Later("the server does not take it now (SMTP code 451)")"#);
    let never = server.send(letter("never@example.com"), NOW).await;
    assert_snapshot!(shown(never), @r#"Refused("the server refused the letter (SMTP code 550)")"#);
    let silent = sends_to(&smtp, Duration::from_millis(700));
    let silent = silent.send(letter("silent@example.com"), NOW).await;
    assert_snapshot!(shown(silent), @r#"Later("the server did not answer in time")"#);
    fs::write(smtp.folder.path().join("password"), "wrong").unwrap();
    let login = server.send(letter("dana@example.com"), NOW).await;
    assert_snapshot!(shown(login), @r#"Held("the server refused the login (SMTP code 535)")"#);
    fs::remove_file(smtp.folder.path().join("password")).unwrap();
    let missing = shown(server.send(letter("dana@example.com"), NOW).await);
    assert!(missing.starts_with("Held(\"file "), "{missing}");
    let mut nowhere = sends_to(&smtp, WITHIN);
    nowhere.address.port = 1;
    assert_snapshot!(shown(nowhere.send(letter("dana@example.com"), NOW).await), @r#"Later("the server cannot be reached, or it ended the connection")"#);
    assert_eq!(smtp.taken().len(), 0);
}

#[tokio::test]
async fn nothing_is_sent_to_a_server_without_encryption_or_with_a_strange_certificate() {
    let Some(mut plain) = Smtp::start(How::Plain) else {
        return;
    };
    let stripped = sends_to(&plain, WITHIN)
        .send(letter("dana@example.com"), NOW)
        .await;
    assert_snapshot!(shown(stripped), @r#"Held("it offers neither the encryption nor the login that are needed")"#);
    assert_eq!(plain.taken().len(), 0);
    for how in [How::Tls, How::StartTls] {
        let mut smtp = Smtp::start(how).unwrap();
        let mut server = sends_to(&smtp, WITHIN);
        server.network.ca_file = None;
        let strange = server.send(letter("dana@example.com"), NOW).await;
        assert_eq!(
            shown(strange),
            "Held(\"its certificate is not trusted, or it speaks no TLS\")"
        );
        assert_eq!(smtp.taken().len(), 0);
    }
}

#[tokio::test]
async fn one_letter_has_one_recipient_and_a_key_that_is_no_header() {
    let Some(smtp) = Smtp::start(How::Tls) else {
        return;
    };
    let server = sends_to(&smtp, WITHIN);
    for to in [
        "a@example.com, b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "Dana <a@example.com>",
        "",
    ] {
        let refused = server.send(letter(to), NOW).await;
        assert_eq!(
            shown(refused),
            "Refused(\"the recipient is no e-mail address\")",
            "{to}"
        );
    }
    for key in ["", "1>\r\nBcc: b@example.com", "a b"] {
        let mut letter = letter("a@example.com");
        key.clone_into(&mut letter.key);
        let refused = server.send(letter, NOW).await;
        assert_eq!(
            shown(refused),
            "Refused(\"its key can be in no header\")",
            "{key}"
        );
    }
}

#[test]
fn an_address_is_a_host_with_or_without_a_port() {
    let read = |text: &str| match Address::parse(text) {
        Ok(Address { host, port, over }) => format!("{host} {port} {over:?}"),
        Err(sentence) => sentence.to_owned(),
    };
    let texts = [
        "smtps://mail.example.com",
        "smtp://mail.example.com",
        "smtps://mail.example.com:4650/",
        "smtps://me:hunter2@mail.example.com",
        "https://mail.example.com",
        "smtps://",
        "smtps://mail.example.com/?tls=none",
        "mail.example.com",
    ];
    assert_snapshot!(texts.map(|text| format!("{text}: {}", read(text))).join("\n"), @r"
    smtps://mail.example.com: mail.example.com 465 Tls
    smtp://mail.example.com: mail.example.com 587 StartTls
    smtps://mail.example.com:4650/: mail.example.com 4650 Tls
    smtps://me:hunter2@mail.example.com: User and password do not belong in this address; they have lines of their own.
    https://mail.example.com: Write smtps://HOST, or smtp://HOST for a server with STARTTLS.
    smtps://: Write smtps://HOST, or smtp://HOST for a server with STARTTLS.
    smtps://mail.example.com/?tls=none: Write smtps://HOST, or smtp://HOST for a server with STARTTLS.
    mail.example.com: Write smtps://HOST, or smtp://HOST for a server with STARTTLS.
    ");
}
