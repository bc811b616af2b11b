//! How many sessions somebody has, and that what runs for them ends with theirs.

use std::time::Duration;

use apono::access::ids::{RequestId, RequestNumber, TextId};
use apono::access::request::{Request, State};
use apono::audit::words::Words;
use axum::body::{Body, to_bytes};
use http::{Method, header};
use sea_orm::DbBackend;

use super::browser::Browser;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_on, run_test_with};

#[tokio::test(flavor = "multi_thread")]
async fn one_more_session_than_fits_ends_the_oldest() {
    run_test_with(with_portal, async |ctx| {
        let mut first = signed_in(ctx, "dana").await;
        let mut second = signed_in(ctx, "dana").await;
        let mut omar = signed_in(ctx, "omar").await;
        for _ in 2..20 {
            ctx.clock.advance(Duration::from_secs(10));
            ctx.advance_slack(Duration::from_secs(10));
            signed_in(ctx, "dana").await;
        }
        assert_eq!(first.open("/").await.path, "/");
        signed_in(ctx, "dana").await;
        assert_eq!(first.open("/").await.path, "/sign-in");
        assert_eq!(second.open("/").await.path, "/");
        assert_eq!(omar.open("/").await.path, "/", "others keep theirs");
        ctx.settle().await;
        let posts = ctx.audit_posts("SIGNED OUT").await;
        assert_eq!(posts.len(), 1);
        assert!(
            posts[0].contains("1 session, ended because newer ones took their place"),
            "{}",
            posts[0]
        );
    })
    .await;
}

/// So many long requests of Dana's that no buffer on the way holds them.
async fn long_history(ctx: &Context) {
    let core = ctx.app().core();
    let like = core
        .store
        .request_by_number(RequestNumber(1))
        .await
        .unwrap()
        .unwrap();
    let mut tx = core.store.write().await.unwrap();
    for number in 2..=4_000 {
        let id = format!("{}{number:08}", &like.id.as_str()[..24]);
        let words = Words::new(TextId::new(&id), [7; 16], "x".repeat(8_000));
        tx.insert_words(&words).await.unwrap();
        tx.insert_request(&Request {
            id: RequestId::new(&id),
            number: RequestNumber(number),
            justification: words.id.clone(),
            state: State::Cancelled,
            ..like.clone()
        })
        .await
        .unwrap();
    }
    tx.seal(Vec::new()).await.unwrap();
}

/// Starts an export of all requests, and reads nothing of it yet.
async fn begins(browser: &mut Browser) -> Body {
    let token = browser.open("/sessions").await.token();
    let form = format!("form={token}&rows=requests&format=csv&filter=");
    let (head, body) = browser.begin(Method::POST, "/activity/export", Some(form)).await;
    assert_eq!(head.status, 200);
    assert!(head.headers.contains_key(header::CONTENT_DISPOSITION));
    body
}

/// How much of the file arrives; an error if it is not whole.
async fn rest(body: Body) -> Result<usize, axum::Error> {
    to_bytes(body, usize::MAX).await.map(|whole| whole.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_ends_when_its_reader_signs_out_or_is_blocked() {
    run_test_on(&[DbBackend::Sqlite], with_portal, async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        long_history(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let whole = rest(begins(&mut sam).await).await.unwrap();
        assert!(whole > 30_000_000, "{whole}");
        let body = begins(&mut sam).await;
        let token = sam.open("/sessions").await.token();
        sam.send("/sign-out", &[("form", &token)]).await;
        assert!(rest(body).await.is_err(), "it went on after signing out");
        let mut sam = signed_in(ctx, "sam").await;
        let body = begins(&mut sam).await;
        ctx.says("ada", "block <@U0SAM|sam>").await;
        assert!(rest(body).await.is_err(), "it went on for somebody blocked");
    })
    .await;
}
