//! The password of the bot's own database changes while the bot runs.

use std::path::Path;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use apono::secrets::SecretRef;
use apono::store::{Store, StoreError};
use sea_orm::DbBackend;
use slack_simulator::Submitted;
use url::Url;

use super::{change_url, target, url_of};
use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::canary::Secret;
use crate::support::databases::{START, fresh_postgres};
use crate::support::postgres_server;

const OLD: &str = "the_former_password_of_the_database";
const NEW: &str = "the_later_password_of_the_database";

async fn on_server(sql: String) {
    use sea_orm::ConnectionTrait;
    use secrecy::ExposeSecret;
    let url = postgres_server::shared().unwrap().superuser_url("postgres");
    let server = sea_orm::Database::connect(url.expose_secret()).await.unwrap();
    server.execute_unprepared(&sql).await.unwrap();
    server.close().await.unwrap();
}

fn with_password(url: &Url, user: &str, password: &str) -> Url {
    let mut url = url.clone();
    url.set_username(user).unwrap();
    url.set_password(Some(password)).unwrap();
    url
}

fn write(path: &Path, url: &Url) {
    std::fs::write(path, format!("{url}\n")).unwrap();
}

/// A role of the server's that may do what the bot has to.
async fn role(name: &str) {
    on_server(format!("CREATE ROLE {name} SUPERUSER LOGIN PASSWORD '{OLD}'")).await;
}

/// Nobody logs in by the old password any more, and nobody is logged in.
async fn rotate(name: &str) {
    on_server(format!("ALTER ROLE {name} PASSWORD '{NEW}'")).await;
    on_server(format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{name}'"
    ))
    .await;
}

async fn state(ctx: &Context, number: i64) -> State {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(RequestNumber(number)).await.unwrap();
    request.unwrap().state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_whose_password_was_rotated_goes_on_with_the_new_one() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        for (what, secret) in [("the old password", OLD), ("the new password", NEW)] {
            ctx.secrets.push(Secret::new(what, secret));
        }
        let name = format!("rotated_{}", ctx.target.database);
        role(&name).await;
        change_url(ctx, |url| *url = with_password(url, &name, OLD)).await;
        ctx.granted("2h").await;
        ctx.quiet().await;

        let path = ctx.folder.path().join("database_url");
        let url: Url = std::fs::read_to_string(&path).unwrap().parse().unwrap();
        write(&path, &with_password(&url, &name, NEW));
        rotate(&name).await;

        assert_eq!(
            ctx.ask("dana", "write", "30m", "incident 4712").await,
            Submitted::Closed
        );
        ctx.sees("dana", "AR-2 · Granted").await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "AR-1 · Expired").await;
        assert_eq!(state(ctx, 1).await.word(), "Expired");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_leads_elsewhere_is_not_used_and_one_that_comes_late_is() {
    let (Some(ours), Some(other)) = (fresh_postgres().await, fresh_postgres().await) else {
        return;
    };
    role("rotated_late").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("database_url");
    let [ours, other] = [ours, other].map(|database| with_password(&url_of(&database), "rotated_late", OLD));
    let store = Store::open(&target(&ours)).await.unwrap();
    store.url_stands_in(SecretRef::File(path.clone()));
    store.migrate(START).await.unwrap();
    let install = store.install().await.unwrap();

    rotate("rotated_late").await;
    let refused = async || match store.install().await {
        Err(StoreError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    };
    let why = r#"password authentication failed for user "rotated_late""#;
    assert_eq!(refused().await, why, "the file is not there");
    write(&path, &ours);
    assert_eq!(refused().await, why, "the file has what was used already");
    write(&path, &with_password(&other, "rotated_late", NEW));
    assert_eq!(refused().await, why, "another database is not ours");
    write(&path, &with_password(&ours, "rotated_late", NEW));
    assert_eq!(store.install().await, Ok(install));
    store.close().await.unwrap();
}
