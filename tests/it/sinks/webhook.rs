//! `kind = "webhook"`, against a server that fails in every way that servers do.

use std::fs;
use std::time::Duration;

use data_encoding::HEXLOWER;
use ring::hmac;
use sea_orm::DbBackend;

use super::receiver::{Answer, Got, Receiver};
use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::canary::Secret;

const SECRET: &str = "a secret of thirty-two characters";
const NEXT: &str = "the next secret, as long as that one";

/// The config of a sink to `to`.
fn sink(to: &Receiver, more: &str) -> String {
    format!(
        "[[sinks]]\nname = \"siem\"\nkind = \"webhook\"\nurl = \"{}/apono\"\nsecrets = [{{ file = \"siem_secret\" }}]\n{more}",
        to.url()
    )
}

async fn with_sink(ctx: &mut Context, to: &Receiver, more: &str) {
    fs::write(ctx.folder.path().join("siem_secret"), SECRET).unwrap();
    ctx.secrets.push(Secret::new("the webhook's secret", SECRET));
    ctx.add_to_config(&sink(to, more)).await;
}

/// The events of requests, in order, as canonical JSON.
fn events(requests: &[Got]) -> Vec<(u64, String)> {
    let records = requests
        .iter()
        .flat_map(|got| got.json()["events"].as_array().unwrap().clone());
    records
        .map(|record| {
            let event = serde_json_canonicalizer::to_string(&record["event"]).unwrap();
            (record["seq"].as_u64().unwrap(), event)
        })
        .collect()
}

/// Whether the request has a signature of the secret, as docs/sinks.md says how to check it.
fn is_signed(got: &Got, secret: &str) -> bool {
    let header = got.header("apono-signature");
    let (time, signatures) = header.strip_prefix("t=").unwrap().split_once(",v1=").unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let signed = format!("{time}.{}", got.body);
    signatures.split(",v1=").any(|signature| {
        let tag = HEXLOWER.decode(signature.as_bytes()).unwrap();
        hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_arrives_once_in_order_and_signed() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        with_sink(ctx, &receiver, "").await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        ctx.stop_when_quiet().await;
        ctx.run().await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        let took = receiver.took();
        assert_eq!(events(&took), ctx.trail().await);
        assert!(
            took.iter()
                .all(|got| is_signed(got, SECRET) && !is_signed(got, NEXT))
        );
        assert!(
            took.iter()
                .all(|got| got.path == "/apono" && got.header("content-type") == "application/json")
        );
        let install = ctx.app().core().install.to_string();
        let first = events(&took[..1]).last().unwrap().0;
        let key = took[0].header("idempotency-key");
        assert!(key.starts_with(&format!("{install}-1-{first}-")), "{key}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_secrets_change_both_sign_and_no_restart_is_needed() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        fs::write(ctx.folder.path().join("siem_secret"), SECRET).unwrap();
        fs::write(ctx.folder.path().join("next_secret"), NEXT).unwrap();
        ctx.secrets
            .extend([Secret::new("one", SECRET), Secret::new("another", NEXT)]);
        let both = sink(&receiver, "").replace(
            "[{ file = \"siem_secret\" }]",
            "[{ file = \"siem_secret\" }, { file = \"next_secret\" }]",
        );
        ctx.add_to_config(&both).await;
        ctx.until_sink_has_all("siem").await;
        assert!(
            receiver
                .took()
                .iter()
                .all(|got| is_signed(got, SECRET) && is_signed(got, NEXT))
        );

        fs::write(ctx.folder.path().join("siem_secret"), NEXT).unwrap();
        let before = receiver.took().len();
        ctx.asks("dana", "read", "30m", "one more").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        let took = receiver.took().split_off(before);
        assert!(!took.is_empty() && took.iter().all(|got| !is_signed(got, SECRET)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_sent_again_in_order_and_one_that_hangs_holds_up_no_other() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        let asked = ("retry-after", "120".to_owned());
        receiver.answers_next([
            Answer::status(500),
            Answer::Says(429, vec![asked], String::new()),
            Answer::Hangs,
        ]);
        with_sink(ctx, &receiver, "").await;
        ctx.add_to_config("[[sinks]]\nname = \"trail\"\nkind = \"file\"\npath = \"trail.jsonl\"\n")
            .await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        ctx.until("the server was asked twice", async || receiver.got().len() >= 2)
            .await;
        ctx.until("it hangs", async || {
            ctx.clock.advance(Duration::from_mins(1));
            receiver.got().len() >= 3
        })
        .await;
        ctx.asks("dana", "read", "30m", "meanwhile").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("trail").await;
        ctx.until("it is asked again", async || {
            ctx.clock.advance(Duration::from_mins(1));
            !receiver.took().is_empty()
        })
        .await;
        ctx.until_sink_has_all("siem").await;
        assert_eq!(events(&receiver.took()), ctx.trail().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_too_large_is_halved_and_an_event_that_is_refused_alone_is_set_aside() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        receiver.answers(|got| {
            let events = got.json()["events"].as_array().unwrap().len();
            let poisonous = got.body.contains("{\\\"requested\\\":") || got.body.contains("{\"requested\":");
            match events {
                1 if poisonous => Some(Answer::status(400)),
                1..=3 if !poisonous => None,
                _ => Some(Answer::status(413)),
            }
        });
        with_sink(ctx, &receiver, "").await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        let trail = ctx.trail().await;
        let rest: Vec<_> = trail
            .iter()
            .filter(|(_, event)| !event.contains("{\"requested\":"))
            .cloned()
            .collect();
        assert_eq!(trail.len() - rest.len(), 1);
        assert_eq!(events(&receiver.took()), rest);
        let posts = ctx.audit_posts("SET ASIDE").await;
        insta::assert_snapshot!(posts.join("\n"), @"
        📭 *SET ASIDE* event #5 was refused by sink siem, which goes on without it
        Sink said: it answered HTTP 400
        #6 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_refuses_everything_loses_nothing() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        receiver.answers(|_| Some(Answer::status(400)));
        with_sink(ctx, &receiver, "").await;
        ctx.granted("30m").await;
        let told = ctx.reads("ada", "Sink siem is held").await;
        insta::assert_snapshot!(told, @"⚠️ Sink siem is held: it answered HTTP 400 to one event after the other. Events wait in order, and are tried again every few minutes.");
        ctx.quiet().await;
        assert_eq!(ctx.audit_posts("SET ASIDE").await.len(), 3, "no more than a few");

        // A restart is no reason to give up more of them.
        ctx.stop().await;
        ctx.start_app().await;
        for _ in 0..8 {
            let before = receiver.got().len();
            ctx.until("it is tried again", async || {
                ctx.clock.advance(Duration::from_mins(1));
                receiver.got().len() > before
            })
            .await;
        }
        receiver.answers(|_| None);
        ctx.until("it takes events again", async || {
            ctx.clock.advance(Duration::from_mins(1));
            !receiver.took().is_empty()
        })
        .await;
        ctx.until_sink_has_all("siem").await;
        ctx.quiet().await;
        assert_eq!(ctx.audit_posts("SET ASIDE").await.len(), 3, "also after a restart");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_knows_us_not_holds_the_sink_and_the_admins_are_told() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        receiver.answers(|_| Some(Answer::status(401)));
        with_sink(ctx, &receiver, "").await;
        insta::assert_snapshot!(ctx.reads("ada", "Sink siem is held").await, @"⚠️ Sink siem is held: it answered HTTP 401. Events wait in order, and are tried again every few minutes.");
        receiver.answers(|_| None);
        ctx.until("it is tried again", async || {
            ctx.clock.advance(Duration::from_mins(1));
            !receiver.took().is_empty()
        })
        .await;
        ctx.until_sink_has_all("siem").await;
        ctx.sees("ada", "Sink siem takes events again").await;
        assert_eq!(events(&receiver.took()), ctx.trail().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_gets_only_what_it_wants_and_no_words_if_it_wants_none() {
    run_test(async |ctx| {
        let receiver = Receiver::start().await;
        let more = "events = [\"access\", \"requested\"]\nintegrations = [\"orders-db\"]\nwords = false\n";
        with_sink(ctx, &receiver, more).await;
        ctx.granted("30m").await;
        ctx.quiet().await;
        ctx.until_sink_has_all("siem").await;
        let took = receiver.took();
        let kinds: Vec<String> = took
            .iter()
            .flat_map(|got| got.json()["events"].as_array().unwrap().clone())
            .map(|record| {
                record["event"]["what"]
                    .as_object()
                    .unwrap()
                    .keys()
                    .next()
                    .unwrap()
                    .clone()
            })
            .collect();
        assert_eq!(kinds, ["requested", "granted"]);
        assert!(took.iter().all(|got| !got.body.contains("incident 4711")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sink_that_is_too_far_behind_is_an_alarm() {
    run_test_on(&[DbBackend::Sqlite], Setup::default, async |ctx| {
        let receiver = Receiver::start().await;
        receiver.answers(|_| Some(Answer::status(503)));
        with_sink(ctx, &receiver, "lag = \"5m\"\n").await;
        ctx.clock.advance(Duration::from_mins(6));
        insta::assert_snapshot!(ctx.reads("ada", "Sink siem is behind").await, @"⚠️ Sink siem is behind: the oldest event that it has not taken is more than 5 min old. Nothing is lost.");
        receiver.answers(|_| None);
        ctx.until("it is tried again", async || {
            ctx.clock.advance(Duration::from_secs(30));
            !receiver.took().is_empty()
        })
        .await;
        ctx.until_sink_has_all("siem").await;
        ctx.clock.advance(Duration::from_mins(1));
        ctx.sees("ada", "Sink siem has caught up").await;
    })
    .await;
}
