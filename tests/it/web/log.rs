//! The audit log: who reads it, what it finds, how its pages turn, and what it says about the chain.

use std::time::Duration;

use apono::access::ids::PersonId;
use apono::access::reader::Reader;
use apono::audit::wanted::WantedEvents;
use apono::store::{Listed, Page as Turn};
use sea_orm::DbBackend;

use super::browser::Page;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_on, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// The words of the events on a page, newest first.
fn words(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.text());
    let words = page.html.split("<div><p><strong>").skip(1);
    words
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_finds_events_by_kind_actor_integration_and_time() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.says("ada", "freeze orders-db a migration").await;
        ctx.says("ada", "thaw orders-db").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/log").await;
        let all = words(&page);
        assert!(
            all.starts_with(&["READ", "SIGNED IN", "THAWED", "FROZEN"].map(str::to_owned)),
            "{all:?}"
        );
        assert_eq!(all.last().unwrap(), "INSTALLED");
        assert!(page.text().contains("a migration"), "{}", page.text());
        assert!(
            page.text().contains("The chain has not been verified yet"),
            "{}",
            page.text()
        );
        for (query, expected) in [
            ("kind=access", &["GRANTED"][..]),
            ("actor=omar%40example.com", &["APPROVED"]),
            ("actor=U0ADA&kind=administration", &["THAWED", "FROZEN"]),
            ("event=Frozen", &["FROZEN"]),
            ("integration=orders-db&kind=administration", &["THAWED", "FROZEN"]),
            ("actor=apono&kind=access&time=1h..", &["GRANTED"]),
            ("time=..2020-01-01", &[]),
            ("event=blocked", &[]),
            ("about=AR-1&kind=access", &["GRANTED"]),
            ("about=dana%40example.com&kind=access", &["GRANTED"]),
            ("about=U0ADA", &[]),
        ] {
            let page = sam.open(&format!("/log?{query}")).await;
            assert_eq!(words(&page), expected, "{query}");
            assert_eq!(
                page.text()
                    .contains("No event fits this filter. Clear the filter"),
                expected.is_empty(),
                "{query}"
            );
        }
        let page = sam.open("/log?kind=administration").await;
        assert!(words(&page).contains(&"STARTED".to_owned()), "{:?}", words(&page));
        for (query, why) in [
            ("kind=evil", "There is no kind \"evil\"."),
            (
                "actor=zoe%40example.com",
                "Nobody known to the bot is \"zoe@example.com\".",
            ),
            ("time=soon", "\"soon\" is not a time."),
            ("time=2026-11-30..2026-11-01", "A range ends before it begins."),
        ] {
            let page = sam.open(&format!("/log?{query}")).await;
            assert_eq!(page.status, 400, "{query}");
            assert!(page.text().contains(why), "{}", page.text());
        }
        let mut dana = signed_in(ctx, "dana").await;
        assert_eq!(dana.open("/log").await.status, 404);
        assert!(!dana.open("/").await.html.contains("href=\"/log\""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_in_the_config_is_in_the_log_before_and_after() {
    run(async |ctx| {
        ctx.settle().await;
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"4h\""));
        ctx.app().reload().await.unwrap();
        ctx.settle().await;
        let mut ada = signed_in(ctx, "ada").await;
        let page = ada.open("/log?event=policy_changed").await;
        let said = ctx.plain(&page.text());
        let sentence = said.lines().find(|line| line.contains("max_duration"));
        assert_eq!(sentence, Some("flow \"Developers read\": max_duration 8h → 4h"));
        let (_, beside) = said.split_once("What changed\n").unwrap();
        let beside: Vec<&str> = beside.lines().take(6).collect();
        assert_eq!(
            beside.join(" | "),
            "Key | Before | After | flows.\"Developers read\".max_duration | 8h | 4h"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_what_the_verifier_found() {
    run(async |ctx| {
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the day is summed up", async || {
            ctx.audit_posts("DAY").await.len() == 1
        })
        .await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/log?kind=days").await;
        assert_eq!(words(&page), ["DAY"]);
        let said = page.text();
        assert!(
            said.contains("The chain fits, verified from #1 to #") && said.contains("; checked 20"),
            "{said}"
        );
    })
    .await;
}

/// Every page, from the newest down.
async fn turned(ctx: &Context, wanted: &WantedEvents, limit: usize) -> Vec<Vec<u64>> {
    let store = &ctx.app().core().store;
    let (mut page, mut pages) = (Turn::First, Vec::new());
    loop {
        let found = store
            .events_like(&Reader::operator(), wanted, page, limit)
            .await
            .unwrap();
        pages.push(found.items.iter().map(Listed::seq).collect());
        let Some(older) = found.older else {
            return pages;
        };
        page = Turn::Before(i64::try_from(older).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_log_have_every_event_once_and_lead_back_up() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let store = &ctx.app().core().store;
        let last = store.head().await.unwrap().seq;
        let pages = turned(ctx, &WantedEvents::default(), 3).await;
        let all: Vec<u64> = pages.concat();
        let expected: Vec<u64> = (1..=last).rev().collect();
        assert_eq!(all, expected);
        let second = &pages[1];
        let back = Turn::After(i64::try_from(second[0]).unwrap());
        let everybody = Reader::operator();
        let up = store
            .events_like(&everybody, &WantedEvents::default(), back, 3)
            .await
            .unwrap();
        let up_seqs: Vec<u64> = up.items.iter().map(Listed::seq).collect();
        assert_eq!((&up_seqs, up.newer), (&pages[0], None));
        assert_eq!(up.older, Some(second[0] + 1));
        let own = Reader::own(PersonId::new("nobody"));
        let none = store
            .events_like(&own, &WantedEvents::default(), Turn::First, 3)
            .await
            .unwrap();
        assert!(none.items.is_empty() && none.older.is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_shows_an_event_that_somebody_changed_as_unreadable() {
    run_test_on(&[DbBackend::Sqlite], with_portal, async |ctx: &mut Context| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        ctx.execute("DROP TRIGGER audit_event_no_update").await;
        ctx.execute("UPDATE audit_event SET payload = '!' || payload WHERE kind = 'approved'")
            .await;
        let mut is_unreadable = async || {
            for address in ["/log", "/log?integration=orders-db", "/log?time=1h.."] {
                let page = sam.open(address).await;
                let found = words(&page);
                assert!(found.contains(&"UNREADABLE".to_owned()), "{address}: {found:?}");
                assert!(found.contains(&"GRANTED".to_owned()), "{address}: {found:?}");
                assert!(
                    page.text().contains("This event cannot be read"),
                    "{}",
                    page.text()
                );
            }
        };
        is_unreadable().await;
        // What is not even text.
        for odd in ["x'fffe' || payload", "CAST(x'fffe' || payload AS BLOB)"] {
            let spoil = format!("UPDATE audit_event SET payload = {odd} WHERE kind = 'approved'");
            ctx.execute(&spoil).await;
            is_unreadable().await;
            ctx.execute(
                "UPDATE audit_event SET payload = CAST(substr(CAST(payload AS BLOB), 3) AS TEXT) WHERE kind = 'approved'",
            )
            .await;
        }
        // As it was, because every test ends with a verification.
        ctx.execute("UPDATE audit_event SET payload = substr(payload, 2) WHERE kind = 'approved'")
            .await;
    })
    .await;
}
