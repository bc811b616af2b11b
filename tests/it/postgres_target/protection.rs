//! The connection to the server: what has to be configured before anything is granted, and what is reported if it fails.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;
use std::time::Instant;

use apono::integrations::postgres::{AccountKind, Postgres};
use apono::integrations::{Discovers, GrantOrder, Integration, IntegrationError, KeepsState};
use apono::secrets::SecretRef;
use apono::store::{DatabaseTarget, Store};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::context::{Context, PATIENCE, in_seconds, order, run_alone, run_test};

/// An address of this machine that does not look like one, as a host on the network would not.
fn from_afar(url: &str) -> String {
    url.replace("@127.0.0.1:", "@127.1:")
}

fn unsaid(url: &str) -> String {
    url.replace("?sslmode=disable", "")
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, IntegrationError>) -> String {
    match outcome {
        Err(IntegrationError::Refuse { said: why, .. }) => why,
        other => panic!("not refused: {other:?}"),
    }
}

impl Context {
    fn admin_url(&self) -> String {
        self.target.admin_url.expose_secret().to_owned()
    }
}

#[tokio::test]
async fn without_an_sslmode_nothing_is_granted_off_this_machine_and_everything_ends() {
    run_test("unsaid", async |ctx| {
        let afar = from_afar(&ctx.admin_url());
        ctx.change_secret(&afar);
        ctx.reopen();
        let granted = ctx.prepare("unsaidaa", "read");
        ctx.postgres.grant(&granted, in_seconds(60)).await.unwrap();
        ctx.postgres.ready().await.unwrap();

        ctx.change_secret(&unsaid(&afar));
        let order = order("unsaidaa", &[&ctx.target.database], &["write"]);
        for why in [
            refusal(ctx.postgres.ready().await),
            refusal(ctx.postgres.prepare(&order)),
            refusal(ctx.postgres.grant(&granted, in_seconds(90)).await),
        ] {
            assert!(why.contains("sslmode=verify-full"), "{why}");
        }
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert!(revoked.proof.contains("locked"), "{revoked:?}");
        ctx.postgres.clean_up(&granted).await.unwrap();
        ctx.postgres.reap().await.unwrap();
        let left = ctx.postgres.inspect(&order.install).await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_membership_and_a_replica_need_an_sslmode_as_well() {
    run_test("unsaid_more", async |ctx| {
        let afar = unsaid(&from_afar(&ctx.admin_url()));
        let folder = tempfile::tempdir().unwrap();
        let replica = folder.path().join("replica");
        fs::write(&replica, &afar).unwrap();
        let mut settings = ctx.settings.clone();
        settings.replicas = vec![SecretRef::File(replica.clone())];
        let why = refusal(Postgres::new(settings.clone()).unwrap().ready().await);
        assert!(
            why.contains(replica.to_str().unwrap()) && why.contains("sslmode"),
            "{why}"
        );

        settings.replicas = Vec::new();
        settings.url = SecretRef::File(replica);
        settings.account = AccountKind::Personal {
            roles: vec!["dana".to_owned()],
        };
        let order = GrantOrder {
            account: Some("dana".to_owned()),
            ..order("unsaidbb", &[&ctx.target.database], &["read"])
        };
        let why = refusal(Postgres::new(settings).unwrap().prepare(&order));
        assert!(why.contains("sslmode"), "{why}");
    })
    .await;
}

#[tokio::test]
async fn a_parameter_that_the_driver_would_not_read_is_refused_and_never_shown() {
    run_test("misread", async |ctx| {
        let url = unsaid(&ctx.admin_url());
        for parameter in [
            "ssl=hunter2",
            "sslMode=hunter2",
            "sslpassword=hunter2",
            "sslmode=hunter2",
        ] {
            ctx.change_secret(&format!("{url}?{parameter}"));
            let why = refusal(ctx.postgres.discover().await);
            assert!(!why.contains("hunter2"), "{why}");
            let why = refusal(Postgres::new(ctx.settings.clone()));
            assert!(
                why.contains("cannot be used") && !why.contains("hunter2"),
                "{why}"
            );
        }
    })
    .await;
}

/// An authority, and a server's certificate for `name`, switched on in a running server.
async fn switch_tls_on(ctx: &Context, name: &str) -> TempDir {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let data = ctx.server.folder().join("data");
    let owner = fs::metadata(&data).unwrap();
    for (file, text) in [
        ("server.crt", certificate.pem()),
        ("server.key", key.serialize_pem()),
    ] {
        let path = data.join(file);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let url = ctx.server.superuser_url("postgres");
    let mut admin = PgConnection::connect(url.expose_secret()).await.unwrap();
    for sql in ["ALTER SYSTEM SET ssl = on", "SELECT pg_reload_conf()"] {
        admin.execute(sql).await.unwrap();
    }
    let encrypted = url.expose_secret().replace("=disable", "=require");
    let began = Instant::now();
    while PgConnection::connect(&encrypted).await.is_err() {
        assert!(began.elapsed() < PATIENCE, "the server offers no TLS");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("root.pem"), authority.pem()).unwrap();
    folder
}

fn with_mode(url: &str, mode: &str, root: Option<&Path>) -> String {
    let root = root.map_or_else(String::new, |root| format!("&sslrootcert={}", root.display()));
    url.replace("sslmode=disable", &format!("sslmode={mode}{root}"))
}

#[tokio::test]
async fn a_certificate_that_is_not_accepted_says_what_to_write() {
    run_alone("tls", async |ctx| {
        let url = ctx.admin_url();
        let folder = switch_tls_on(ctx, "db.example.com").await;
        let root = folder.path().join("root.pem");
        let asks = async |mode: &str, root: Option<&Path>| {
            ctx.change_secret(&with_mode(&url, mode, root));
            ctx.postgres.discover().await
        };
        insta::assert_snapshot!(refusal(asks("verify-full", None).await), @"while connecting: the server's certificate is not trusted; add the root certificate that signed it to the URL as sslrootcert");
        insta::assert_snapshot!(refusal(asks("verify-full", Some(&root)).await), @"while connecting: the server's certificate does not match the host in the URL; write the name in the certificate, or sslmode=verify-ca, which does not compare names");
        asks("verify-ca", Some(&root)).await.unwrap();
        asks("require", None).await.unwrap();
        let gone = folder.path().join("gone.pem");
        insta::assert_snapshot!(refusal(asks("verify-ca", Some(&gone)).await), @"while connecting: a file that the URL names as sslrootcert, sslcert or sslkey does not exist");

        let own = ctx.server.superuser_url("postgres");
        let own = |mode: &str, root: Option<&Path>| {
            let url = with_mode(own.expose_secret(), mode, root);
            DatabaseTarget::Postgres(SecretString::from(url))
        };
        let said = |error: Result<Store, apono::store::StoreError>| error.unwrap_err().to_string();
        insta::assert_snapshot!(said(Store::open(&own("verify-full", None)).await), @"the database is unavailable: the server's certificate is not trusted; add the root certificate that signed it to the URL as sslrootcert");
        insta::assert_snapshot!(said(Store::open(&own("verify-full", Some(&root))).await), @"the database is unavailable: the server's certificate does not match the host in the URL; write the name in the certificate, or sslmode=verify-ca, which does not compare names");
        let store = Store::open(&own("verify-ca", Some(&root))).await.unwrap();
        store.close().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_poolers_address_is_named_as_such() {
    run_test("pooler", async |ctx| {
        // What PgBouncer answers to a start-up that names a setting which it does not know.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let pooler = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut length = [0; 4];
                client.read_exact(&mut length).await.unwrap();
                let length = usize::try_from(u32::from_be_bytes(length)).unwrap();
                let mut startup = vec![0; length - 4];
                client.read_exact(&mut startup).await.unwrap();
                let fields = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0";
                let mut answer = vec![b'E'];
                answer.extend(u32::try_from(fields.len() + 4).unwrap().to_be_bytes());
                answer.extend(fields);
                client.write_all(&answer).await.unwrap();
            }
        });
        ctx.change_secret(&format!(
            "postgres://bot:hunter2@127.0.0.1:{port}/orders?sslmode=disable"
        ));
        ctx.reopen();
        insta::assert_snapshot!(refusal(ctx.postgres.discover().await), @"while connecting: there is a connection pooler at this address, or something else that is not a PostgreSQL server; the URL has to name the server itself (08P01)");
        pooler.abort();
    })
    .await;
}
