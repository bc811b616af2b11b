//! Saved reports: who sees, runs and changes them, what leaves and what the trail says of it.

use std::sync::atomic::{AtomicU32, Ordering};

use data_encoding::HEXLOWER;
use http::Method;
use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

pub(crate) async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// Saves a report of all requests with these fields besides, and returns the answer.
pub(crate) async fn saved(browser: &mut Browser, name: &str, besides: &[(&str, &str)]) -> Page {
    static SAVED: AtomicU32 = AtomicU32::new(0);
    let form = browser.open("/reports/new").await;
    let once = format!("{}-report", SAVED.fetch_add(1, Ordering::Relaxed));
    let token = form.token();
    let mut fields = vec![
        ("form", token.as_str()),
        ("once", once.as_str()),
        ("name", name),
        ("column", "status"),
        ("column", "request_id"),
        ("column", "requestor_name"),
    ];
    for (key, default) in [("format", "csv"), ("cron", ""), ("zone", "UTC")] {
        if besides.iter().all(|(other, _)| *other != key) {
            fields.push((key, default));
        }
    }
    fields.extend(besides);
    browser.send("/reports", &fields).await
}

/// What a report leaves as.
pub(crate) async fn ran(browser: &mut Browser, path: &str, format: &str) -> Page {
    let token = browser.open(path).await.token();
    browser
        .post(&format!("{path}/run"), &[("form", &token), ("format", format)])
        .await
}

/// Two requests, Dana's and Omar's.
pub(crate) async fn two_requests(ctx: &Context) {
    ctx.ask("dana", "read", "1h", "incident 4711").await;
    ctx.ask("omar", "read", "1h", "migration").await;
    ctx.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_saved_run_changed_paused_and_deleted_and_the_trail_says_so() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = saved(
            &mut sam,
            "Pending",
            &[("status", "pending"), ("cron", "0 9 * * 1-5")],
        )
        .await;
        let path = page.path.clone();
        assert!(path.starts_with("/reports/"), "{path} {}", page.text());
        assert!(page.text().contains("It has not run yet."), "{}", page.text());

        let file = ran(&mut sam, &path, "csv").await;
        assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
        assert_snapshot!(file.html.trim_start_matches('\u{feff}').replace('\r', ""), @r"
        status,request_id,requestor_name
        pending,AR-2,Omar Khan
        pending,AR-1,Dana Ito
        ");
        let digest = HEXLOWER.encode(&Sha256::digest(file.html.as_bytes()));
        let page = sam.open(&path).await;
        assert!(page.text().contains(&digest), "{digest}: {}", page.text());
        let html = ran(&mut sam, &path, "html").await;
        assert!(
            html.html.contains("<td>AR-2</td><td>Omar Khan</td>"),
            "{}",
            html.html
        );
        assert!(html.html.ends_with("<p>This is all of it.</p></body></html>\n"));

        let form = sam.open(&format!("{path}/edit")).await;
        let mut fields = vec![
            ("form", form.token()),
            ("once", "changed-report".to_owned()),
            ("version", "1".to_owned()),
            ("name", "Open".to_owned()),
            ("status", "pending,approved".to_owned()),
            ("column", "request_id".to_owned()),
            ("format", "jsonl".to_owned()),
            ("cron", "0 9 * * 1-5".to_owned()),
            ("zone", "Europe/Berlin".to_owned()),
        ];
        let borrowed = |fields: &[(&'static str, String)]| -> Vec<(&'static str, String)> { fields.to_vec() };
        let sent = borrowed(&fields);
        let sent: Vec<(&str, &str)> = sent.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let page = sam.send(&path, &sent).await;
        assert!(page.text().starts_with("Open\n"), "{}", page.text());

        // Somebody who still has the form as it was.
        fields[1].1 = "late-report".to_owned();
        let sent: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let page = sam.send(&path, &sent).await;
        assert!(
            page.text().contains("Somebody changed this report meanwhile."),
            "{}",
            page.text()
        );

        for (act, version, expected) in [
            ("pause", "2", "Next paused"),
            ("delete", "2", "Somebody changed this report meanwhile."),
            ("resume", "3", "Next 20"),
            ("delete", "4", "Built in"),
        ] {
            let token = sam.open(&path).await.token();
            let once = format!("{act}-{version}-report");
            let fields = [
                ("form", token.as_str()),
                ("once", once.as_str()),
                ("version", version),
                ("do", act),
            ];
            let page = sam.send(&format!("{path}/act"), &fields).await;
            assert!(
                page.text().replace('\n', " ").contains(expected),
                "{act}: {}",
                page.text()
            );
        }
        assert_eq!(sam.open(&path).await.status, 404);
        ctx.settle().await;
        let said = ctx.audit_channel();
        for expected in [
            "*REPORT SAVED* “Pending” by Sam",
            "*EXPORTED* requests as CSV by Sam",
            "*REPORT RAN* “Pending”, 2 rows as CSV, by Sam",
            "*REPORT CHANGED* “Open” by Sam",
            "*REPORT DELETED* “Open” by Sam",
        ] {
            assert!(said.contains(expected), "{expected}: {said}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_its_owners_and_a_shared_one_has_what_its_reader_may_read() {
    run(async |ctx| {
        two_requests(ctx).await;
        let (mut dana, mut sam) = (signed_in(ctx, "dana").await, signed_in(ctx, "sam").await);
        let own = saved(&mut dana, "Mine", &[]).await.path;
        let private = saved(&mut sam, "Private", &[]).await.path;
        let shared = saved(&mut sam, "Shared", &[("shared", "on")]).await.path;

        let file = ran(&mut dana, &own, "csv").await;
        assert!(
            file.html.contains("AR-1") && !file.html.contains("AR-2"),
            "{}",
            file.html
        );
        let mut ada = signed_in(ctx, "ada").await;
        let nothing = ada.open("/reports/AR-999").await;
        for path in [&own, &private] {
            let page = ada.open(path).await;
            assert_eq!((page.status, &page.html), (404, &nothing.html), "{path}");
        }
        assert!(ran(&mut ada, &shared, "csv").await.html.contains("AR-2"));
        // An admin changes a shared one, and it stays its owner's.
        let form = ada.open(&format!("{shared}/edit")).await;
        let fields = [
            ("form", form.token()),
            ("once", "by-an-admin".to_owned()),
            ("version", "1".to_owned()),
            ("name", "Shared".to_owned()),
            ("shared", "on".to_owned()),
            ("column", "request_id".to_owned()),
            ("format", "csv".to_owned()),
            ("cron", "0 9 * * *".to_owned()),
            ("zone", "UTC".to_owned()),
        ];
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let page = ada.send(&shared, &fields).await;
        assert!(
            page.text().replace('\n', " ").contains("Goes to U0SAM"),
            "{}",
            page.text()
        );
        let again = ada.open(&format!("{shared}/edit")).await;
        assert!(
            again.html.contains("name=\"recipient\" value=\"\""),
            "{}",
            again.html
        );
        assert_eq!(dana.open(&shared).await.status, 404);
        let page = saved(&mut dana, "For all", &[("shared", "on")]).await;
        assert!(
            page.text().contains("Only admins and auditors share reports"),
            "{}",
            page.text()
        );
        let page = saved(
            &mut dana,
            "There",
            &[("cron", "0 9 * * *"), ("recipient", "C0123456789")],
        )
        .await;
        assert!(
            page.text().contains("Only admins and auditors share reports"),
            "{}",
            page.text()
        );

        // A name is its owner's: nobody is told which ones others have taken.
        assert!(saved(&mut ada, "Shared", &[]).await.path.starts_with("/reports/"));
        for taken in ["Private", "never-used"] {
            let page = saved(&mut sam, taken, &[("cron", "0 8 * * *")]).await;
            let why = format!("There is a report \"{taken}\" already.");
            assert!(page.text().contains(&why), "{}", page.text());
        }
        for (field, wrong, why) in [
            ("status", "open", "There is no status \"open\"."),
            ("created", "soon", "\"soon\" is not a time"),
            ("person", "nobody here", "Nobody known to the bot is"),
            ("format", "pdfx", "There is no format \"pdfx\"."),
            ("column", "secrets", "There is no column \"secrets\"."),
            ("cron", "0 9", "\"0 9\" is not a schedule."),
            (
                "cron",
                "* * * * *",
                "It would run more often than every 15 minutes.",
            ),
        ] {
            let page = saved(&mut ada, "Wrong", &[(field, wrong)]).await;
            assert!(page.text().contains(why), "{why}: {}", page.text());
        }
        let listed = ada.open("/reports").await;
        assert!(
            !listed.text().contains("Mine") && !listed.text().contains("Private"),
            "{}",
            listed.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn built_in_reports_run_for_everybody_and_change_for_nobody() {
    run(async |ctx| {
        ctx.granted("1h").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        let file = ran(&mut dana, "/reports/who-has-what-now", "jsonl").await;
        assert!(file.html.contains("\"request_id\":\"AR-1\""), "{}", file.html);
        let page = dana.open("/reports/who-has-what-now/edit").await;
        assert_eq!(page.status, 404);
        let copy = dana.open("/reports/new?from=never-used").await;
        assert!(
            copy.html.contains("value=\"Copy of Never used\""),
            "{}",
            copy.html
        );
        assert!(copy.html.contains("value=\"never\""), "{}", copy.html);
        for name in [
            "monthly-access-review",
            "standing-longer-than-30-days",
            "decisions-by-approver",
        ] {
            let file = ran(&mut dana, &format!("/reports/{name}"), "csv").await;
            assert_eq!(file.status, 200, "{name}");
        }
        let none = dana.ask(Method::GET, "/reports/new?from=nothing", None).await;
        assert_eq!(none.status, 404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_says_to_nobody_who_and_what_there_is() {
    run(async |ctx| {
        two_requests(ctx).await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        let mut seen = Vec::new();
        for (number, requester) in ["omar@example.com", "nobody@example.com"].into_iter().enumerate() {
            let name = format!("Number {number}");
            let filter = [("requester", requester), ("integration", "ORDERS-DB")];
            let path = saved(&mut dana, &name, &filter).await.path;
            for page in [path.clone(), format!("{path}/edit")] {
                let html = dana.open(&page).await.text();
                assert!(!html.contains("Omar"), "{html}");
                seen.push(html.replace(requester, "somebody").replace(&name, "name"));
            }
            let form = dana.open(&format!("{path}/edit")).await.html;
            for typed in [requester, "ORDERS-DB"] {
                assert!(form.contains(&format!("value=\"{typed}\"")), "{form}");
            }
        }
        assert_eq!((&seen[0], &seen[1]), (&seen[2], &seen[3]));
        // It finds what it is about all the same, where that may be read.
        let mut sam = signed_in(ctx, "sam").await;
        let filter = [("requester", "omar@example.com"), ("integration", "ORDERS-DB")];
        let path = saved(&mut sam, "By Omar", &filter).await.path;
        let file = ran(&mut sam, &path, "csv").await.html;
        assert!(file.contains("AR-2") && !file.contains("AR-1"), "{file}");
        // Nothing is looked up for a filter that says something twice, or too much.
        let many = vec![("person", "omar@example.com"); 3_000];
        let page = saved(&mut dana, "Many", &many[..2]).await;
        assert!(
            page.text().contains("\"person\" is there twice"),
            "{}",
            page.text()
        );
        let page = saved(&mut dana, "Many", &[("resource", &*"r".repeat(3_000))]).await;
        assert!(page.text().contains("The filter is too long."), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_is_sent_twice_counts_once_and_one_that_comes_late_keeps_what_was_typed() {
    run(async |ctx| {
        let mut sam = signed_in(ctx, "sam").await;
        let path = saved(&mut sam, "Daily", &[]).await.path;
        let token = sam.open(&path).await.token();
        let change = |once: &'static str, name: &'static str| {
            [
                ("form", token.clone()),
                ("once", once.to_owned()),
                ("version", "1".to_owned()),
                ("name", name.to_owned()),
                ("column", "request_id".to_owned()),
                ("format", "csv".to_owned()),
            ]
        };
        for _ in 0..2 {
            let fields = change("same-report", "Weekly");
            let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, &**value)).collect();
            let page = sam.send(&path, &fields).await;
            assert!(page.text().starts_with("Weekly\n"), "{}", page.text());
        }
        let fields = change("late-report", "Monthly");
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (*key, &**value)).collect();
        let page = sam.send(&path, &fields).await;
        let said = "Somebody changed this report meanwhile. Saving it again replaces what they wrote.";
        assert!(page.text().contains(said), "{}", page.text());
        assert!(
            page.html.contains("name=\"name\" value=\"Monthly\""),
            "{}",
            page.html
        );
        assert!(
            page.html.contains("name=\"version\" value=\"2\""),
            "{}",
            page.html
        );
    })
    .await;
}
