//! Activity: its filters, its pages, and the file that takes it along.

use std::time::Duration;

use apono::audit::verify::{Link, Verifier};
use insta::assert_snapshot;
use serde_json::Value;

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// AR-1, which Omar approved, and AR-2, which nobody had to; both are Dana's and live.
async fn two_granted(ctx: &Context) {
    ctx.granted("2h").await;
    ctx.asks("dana", "write", "30m", "=HYPERLINK(1) migration").await;
    ctx.until_state(2, "Granted").await;
    ctx.settle().await;
}

/// Which of the two requests a page lists.
pub(super) fn listed(page: &Page) -> Vec<&'static str> {
    assert_eq!(page.status, 200, "{}", page.text());
    let is_listed = |number: &&str| page.html.contains(&format!("href=\"/requests/{number}\""));
    ["AR-1", "AR-2"].into_iter().filter(is_listed).collect()
}

async fn export(browser: &mut Browser, filter: &str, rows: &str, format: &str) -> Page {
    let token = browser.open("/sessions").await.token();
    let fields = [
        ("form", token.as_str()),
        ("filter", filter),
        ("rows", rows),
        ("format", format),
    ];
    let page = browser.post("/activity/export", &fields).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn activity_is_filtered_by_its_address_and_turned_page_by_page() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/activity?status=granted&integration=orders-db").await;
        assert!(page.html.contains("<option selected>granted"), "{}", page.html);
        assert_eq!(listed(&page), ["AR-1", "AR-2"]);
        let page = sam.open("/activity?text=ar1").await;
        assert_eq!(page.path, "/requests/AR-1", "a number leads to its request");
        let page = sam.open("/activity?before=2").await;
        assert_eq!(listed(&page), ["AR-1"]);
        assert!(page.html.contains("/activity?after=1\""), "{}", page.html);
        for (query, expected) in [
            ("requester=dana%40example.com", &["AR-1", "AR-2"][..]),
            ("grantee=U0DANA", &["AR-1", "AR-2"]),
            ("person=omar%40example.com", &[]),
            ("approver=OMAR%40example.com", &["AR-1"]),
            ("flow=Write+at+once", &["AR-2"]),
            ("decided_by=person", &["AR-1"]),
            ("decided_by=automatic&flow=", &["AR-2"]),
            ("live=today", &["AR-1", "AR-2"]),
            ("live=..2020-01-01", &[]),
            ("created=1h..&text=migr", &["AR-2"]),
            ("ended=1h..", &[]),
            ("status=granted,revoking&permission=read", &["AR-1"]),
        ] {
            let page = sam.open(&format!("/activity?{query}")).await;
            assert_eq!(listed(&page), expected, "{query}");
            let is_cleared = page
                .text()
                .contains("No request fits this filter. Clear the filter");
            assert_eq!(is_cleared, expected.is_empty(), "{query}: {}", page.text());
        }
        let page = sam.open("/activity?approver=omar%40example.com&live=1h..").await;
        assert!(
            page.html.contains("<details class=\"further\" open>"),
            "{}",
            page.html
        );
        assert!(page.html.contains("value=\"omar@example.com\""), "{}", page.html);
        assert!(page.html.contains("value=\"1h..\""), "{}", page.html);
        let mut eve = signed_in(ctx, "eve").await;
        for path in ["/activity", "/activity?grantee=dana%40example.com", "/active"] {
            assert_eq!(listed(&eve.open(path).await), [""; 0], "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn active_shows_what_was_live_at_a_moment() {
    run(async |ctx| {
        two_granted(ctx).await;
        let between = ctx.app().core().now().to_rfc3339();
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/active").await;
        assert_eq!(listed(&page), ["AR-2"]);
        assert!(page.text().contains("migration”"), "{}", page.text());
        assert!(page.text().contains(" from 20"), "{}", page.text());
        let page = sam.open("/activity?status=revoked&created=this+year").await;
        assert_eq!(listed(&page), ["AR-1"]);
        assert!(page.text().contains(" from 20"), "{}", page.text());
        let page = sam.open(&format!("/active?at={between}")).await;
        assert_eq!(listed(&page), ["AR-1", "AR-2"], "{between}: {}", page.text());
        assert!(page.text().contains("with its present status"), "{}", page.text());
        // A day is every moment of it, and not its midnight.
        let day = &between[..10];
        let page = sam.open(&format!("/active?at={day}")).await;
        assert_eq!(listed(&page), ["AR-1", "AR-2"], "{}", page.text());
        let month = sam.open(&format!("/active?at={}", &day[..7])).await;
        assert_eq!(listed(&month), ["AR-1", "AR-2"], "{}", month.text());
        let heading = format!("at any moment of {}-01 to ", &day[..7]);
        assert!(month.text().contains(&heading), "{}", month.text());
        let heading = format!("Active access at any moment of {day} so far");
        assert!(page.text().contains(&heading), "{}", page.text());
        let page = sam.open(&format!("/active?by=person&at={day}")).await;
        assert!(page.text().contains(&heading), "{}", page.text());
        for later in ["2090-01-01", "2090-01-01T10:00Z"] {
            for path in ["/active?", "/active?by=person&", "/people/U0DANA?"] {
                let page = sam.open(&format!("{path}at={later}")).await;
                assert_eq!(page.status, 400, "{path}");
                let said = format!("\"{later}\" is in the future.");
                assert!(page.text().contains(&said), "{}", page.text());
            }
        }
        let page = sam.open("/active?at=1d&person=dana%40example.com").await;
        assert!(page.text().contains("was live then"), "{}", page.text());
        let page = sam.open("/active?at=soon").await;
        assert_eq!(page.status, 400);
        assert!(
            page.text().contains("\"soon\" is not a moment."),
            "{}",
            page.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answered_lapsed_and_was_not_rejected() {
    run(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("omar", "AR-1").await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(22));
        ctx.until_state(1, "Rejected").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        for path in ["/activity", "/requests/AR-1"] {
            let page = sam.open(path).await;
            assert!(page.html.contains("</svg>Lapsed</span>"), "{}", page.html);
            assert!(!page.html.contains("</svg>Rejected"), "{}", page.html);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_says_what_it_is_about_who_approved_it_and_how_much_time_is_left() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/activity").await;
        let text = page.text();
        for words in [
            "orders-db · Database · Developers read",
            "orders-db · Database · Write at once",
            "approved by Omar Khan",
            "approved automatically",
            "1 h 59 min left",
            "“incident 4711”",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_has_the_beginning_of_what_it_is_for_and_only_for_those_who_may_open_it() {
    run(async |ctx| {
        let long = format!("incident\n4711: <b>{} the end", "replay the orders ".repeat(9));
        ctx.asks("dana", "read", "2h", &long).await;
        ctx.approves("omar").await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        let begins =
            "“incident 4711: &lt;b&gt;replay the orders replay the orders replay the orders replay t…”";
        for (who, path) in [
            ("sam", "/activity"),
            ("dana", "/activity"),
            ("dana", "/"),
            ("omar", "/waiting"),
        ] {
            let page = signed_in(ctx, who).await.open(path).await;
            assert!(page.html.contains(begins), "{who} {path}: {}", page.html);
            assert!(!page.text().contains("the end"), "{who} {path}: {}", page.text());
        }
        let mut eve = signed_in(ctx, "eve").await;
        for path in ["/activity", "/waiting", "/active"] {
            let page = eve.open(path).await;
            assert!(!page.html.contains("incident"), "{path}: {}", page.html);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_no_filter_says_why_and_lists_nothing() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        for (query, why) in [
            ("status=evil", "There is no status \"evil\"."),
            ("created=soon", "\"soon\" is not a time for \"created\"."),
            (
                "approver=zoe%40example.com",
                "Nobody known to the bot is \"zoe@example.com\".",
            ),
            ("flow=a&flow=b", "\"flow\" is there twice."),
            (
                "created=2026-11-30..2026-11-01",
                "A range ends before it begins. Write the earlier time first.",
            ),
            ("live=1h..2h", "A range ends before it begins."),
        ] {
            for path in ["/activity", "/active"] {
                let page = sam.open(&format!("{path}?{query}")).await;
                assert_eq!(page.status, 400, "{path}?{query}");
                let text = page.text();
                assert!(
                    text.contains(why) && !text.contains("AR-1"),
                    "{path}?{query}: {text}"
                );
            }
        }
        // Who is known is nothing that everybody may find out.
        let mut eve = signed_in(ctx, "eve").await;
        let unknown = eve.open("/activity?approver=zoe%40example.com").await;
        let known = eve.open("/activity?approver=omar%40example.com").await;
        assert_eq!(unknown.text(), known.text());
        assert!(unknown.text().contains("No request fits this filter."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_list_shows_leaves_as_a_file_and_the_trail_says_so() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/activity?live=1h..").await;
        assert!(
            page.html.contains("name=\"filter\" value=\"live=1h..\""),
            "{}",
            page.html
        );
        let csv = export(&mut sam, "live=1h..", "requests", "csv").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let named = csv.header("content-disposition");
        assert!(
            named.starts_with("attachment; filename=\"apono-requests-from-20") && named.ends_with(".csv\""),
            "{named}"
        );
        for quarter in ["created=2026-07-01..2026-09-30", "created=2026-Q3"] {
            let named = export(&mut sam, quarter, "requests", "jsonl").await;
            let named = named.header("content-disposition").to_owned();
            assert!(
                named.contains("\"apono-requests-2026-07-01-to-2026-09-30.jsonl\""),
                "{named}"
            );
        }
        assert_eq!(page.html.matches("action=\"/activity/export\"").count(), 2);
        assert_eq!(csv.header("cache-control"), "no-store");
        let lines: Vec<&str> = csv.html.lines().collect();
        assert!(
            lines[0].starts_with("\u{feff}request_id,request_date,"),
            "{}",
            lines[0]
        );
        assert!(lines[1].starts_with("AR-2,20"), "{}", lines[1]);
        assert!(lines[1].contains(",'=HYPERLINK(1) migration,"), "{}", lines[1]);
        assert!(lines[2].starts_with("AR-1,20"), "{}", lines[2]);
        assert_eq!(lines.len(), 3);
        let approved = export(&mut sam, "decided_by=person", "requests", "jsonl").await;
        let row: Value = serde_json::from_str(&approved.html).unwrap();
        assert_eq!(row["request_id"], "AR-1");
        assert_eq!(row["approver_names"], serde_json::json!(["Omar Khan"]));
        // One value is not read as two.
        export(&mut sam, "text=migration%3B+status+expired", "requests", "jsonl").await;

        let events = export(&mut sam, "", "events", "jsonl").await;
        let mut verifier = Verifier::default();
        for line in events.html.lines() {
            let (place, payload) = line.split_once(",\"event\":").unwrap();
            let place: Value = serde_json::from_str(&format!("{place}}}")).unwrap();
            let link = Link {
                seq: place["seq"].as_u64().unwrap(),
                hash: place["hash"].as_str().unwrap().parse().unwrap(),
                payload: payload.strip_suffix('}').unwrap().to_owned(),
            };
            verifier.take(&link).unwrap();
        }
        ctx.settle().await;
        let posts = ctx.audit_posts("EXPORTED").await.join("\n");
        assert!(posts.contains("text \"migration; status expired\""), "{posts}");
        let heads = posts.lines().filter(|line| line.contains("*EXPORTED*"));
        assert_snapshot!(heads.collect::<Vec<_>>().join("\n"), @"
        📤 *EXPORTED* requests as CSV by Sam Reyes (sam@example.com) in the portal
        📤 *EXPORTED* requests as JSON Lines by Sam Reyes (sam@example.com) in the portal
        📤 *EXPORTED* requests as JSON Lines by Sam Reyes (sam@example.com) in the portal
        📤 *EXPORTED* requests as JSON Lines by Sam Reyes (sam@example.com) in the portal
        📤 *EXPORTED* requests as JSON Lines by Sam Reyes (sam@example.com) in the portal
        📤 *EXPORTED* events as JSON Lines by Sam Reyes (sam@example.com) in the portal
        ");

        // For others it has what they may see.
        let mut eve = signed_in(ctx, "eve").await;
        let nothing = export(&mut eve, "", "requests", "csv").await;
        assert_eq!(nothing.html.lines().count(), 1, "{}", nothing.html);
        assert_eq!(export(&mut eve, "", "events", "jsonl").await.html, "");
        let mut dana = signed_in(ctx, "dana").await;
        let own = export(&mut dana, "permission=read", "events", "jsonl").await;
        assert!(own.html.lines().count() >= 3, "{}", own.html);
        assert!(
            own.html.lines().all(|line| line.contains("\"number\":1")),
            "{}",
            own.html
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_link_starts_an_export_and_nobody_takes_too_many() {
    run(async |ctx| {
        two_granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        assert_eq!(
            sam.open("/activity/export?format=csv&rows=requests").await.status,
            405
        );
        let token = sam.open("/sessions").await.token();
        let foreign = [("form", "0000"), ("rows", "requests"), ("format", "csv")];
        assert_eq!(sam.post("/activity/export", &foreign).await.status, 403);
        let fields = [("form", token.as_str()), ("rows", "requests"), ("format", "csv")];
        let wrong = [fields[0], fields[1], fields[2], ("filter", "status=evil")];
        let page = sam.send("/activity/export", &wrong).await;
        assert!(
            page.text().contains("There is no status \"evil\"."),
            "{}",
            page.text()
        );
        // The trail keeps the filter, so a long one is refused.
        let long = format!("text={}", "字".repeat(240));
        let long = [fields[0], fields[1], fields[2], ("filter", long.as_str())];
        assert_eq!(sam.post("/activity/export", &long).await.status, 413);
        let mut files = 0;
        while sam.post("/activity/export", &fields).await.status == 200 {
            files += 1;
            assert!(files < 30, "it never ends");
        }
        assert_eq!(sam.post("/activity/export", &fields).await.status, 429);
        ctx.settle().await;
    })
    .await;
}
