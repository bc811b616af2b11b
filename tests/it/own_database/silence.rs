//! A connection to the bot's own database falls silent: packets are lost, and nobody says that it is over.

use std::time::{Duration, Instant};

use apono::store::{ReadSettings, Received, Store, StoreError};
use sea_orm::DbBackend;
use slack_simulator::Submitted;
use tokio::time::timeout;

use super::{change_url, target, url_of};
use crate::support::bot::{Setup, run_test_on};
use crate::support::databases::{START, fresh_postgres};
use crate::support::silent_way::SilentWay;

/// The limit of a statement, and some time for a busy machine.
const IN_TIME: Duration = Duration::from_secs(20);

const LEASE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn clicks_and_ends_go_on_over_new_connections_when_the_open_ones_fall_silent() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        let path = ctx.folder.path().join("database_url");
        let url: url::Url = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let port = url.port();
        let way = SilentWay::to(port.unwrap()).await;
        change_url(ctx, |url| url.set_port(Some(way.port)).unwrap()).await;
        ctx.granted("2h").await;
        ctx.quiet().await;

        way.fall_silent();
        // Each acknowledgement is in time; this is checked at the end.
        let asked = ctx.ask("dana", "write", "30m", "incident 4712").await;
        assert_eq!(asked, Submitted::Closed);
        ctx.sees("dana", "AR-2 · Granted").await;
        ctx.quiet().await;

        way.fall_silent();
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "AR-1 · Expired").await;
        ctx.sees("dana", "AR-2 · Expired").await;
        change_url(ctx, |url| url.set_port(port).unwrap()).await;
    })
    .await;
}

/// An open store over a way that can fall silent.
async fn store_over_a_way() -> Option<(Store, SilentWay)> {
    let mut url = url_of(&fresh_postgres().await?);
    let way = SilentWay::to(url.port().unwrap()).await;
    url.set_port(Some(way.port)).unwrap();
    let store = Store::open(&target(&url)).await.unwrap();
    store.migrate(START).await.unwrap();
    Some((store, way))
}

/// Waits until every connection that fell silent was thrown away.
async fn nobody_is_held(way: &SilentWay) {
    let gone = async {
        while way.silent_and_held() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(IN_TIME, gone)
        .await
        .expect("a connection that fell silent is kept");
}

async fn receive(store: &Store, key: &str) -> Result<Received, StoreError> {
    store.receive(key, "decision", "{}", START, "us", LEASE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_committed_with_a_lost_answer_is_not_done_twice() {
    let Some((store, way)) = store_over_a_way().await else {
        return;
    };
    let began = Instant::now();
    way.lose_the_answer_to("COMMIT");
    let lost = receive(&store, "click").await.map(|_| ());
    assert_eq!(
        lost,
        Err(StoreError::Unavailable("it did not answer in time".to_owned()))
    );
    assert!(began.elapsed() < IN_TIME, "{:?}", began.elapsed());
    // Slack sends it again, or somebody clicks again.
    let again = receive(&store, "click").await;
    assert!(
        matches!(again, Ok(Received::Known { handled: false })),
        "{again:?}"
    );
    let other = receive(&store, "another click").await;
    assert!(matches!(other, Ok(Received::New(_))), "{other:?}");
    store.close().await.unwrap();
    nobody_is_held(&way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_answers_fails_in_time_and_its_connection_is_thrown_away() {
    let Some((store, way)) = store_over_a_way().await else {
        return;
    };
    let mut tx = store.write().await.unwrap();
    way.fall_silent();
    let began = Instant::now();
    let unanswered = tx.put_setting("a", "b").await;
    assert_eq!(
        unanswered,
        Err(StoreError::Unavailable("it did not answer in time".to_owned()))
    );
    drop(tx);
    assert!(began.elapsed() < IN_TIME, "{:?}", began.elapsed());
    // The server keeps its transaction until its own limit; the row is free for others.
    assert_eq!(store.setting("a").await, Ok(None));
    let mut tx = store.write().await.unwrap();
    tx.put_setting("a", "c").await.unwrap();
    tx.seal(Vec::new()).await.unwrap();
    assert_eq!(store.setting("a").await, Ok(Some("c".to_owned())));
    store.close().await.unwrap();
    nobody_is_held(&way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_nobody_reaches_is_said_in_time_and_used_again_when_it_answers() {
    let Some((store, way)) = store_over_a_way().await else {
        return;
    };
    way.silence_everybody(true);
    let began = Instant::now();
    let lost = receive(&store, "click").await.map(|_| ());
    assert_eq!(
        lost,
        Err(StoreError::Unavailable("no connection in time".to_owned()))
    );
    assert!(began.elapsed() < IN_TIME, "{:?}", began.elapsed());
    way.silence_everybody(false);
    let again = receive(&store, "click").await;
    assert!(matches!(again, Ok(Received::New(_))), "{again:?}");
    store.close().await.unwrap();
}
