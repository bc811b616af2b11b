//! Saved reports: who sees, runs and changes them, what leaves and what the trail says of it, and when they run by themselves.

use std::time::Duration;

use data_encoding::HEXLOWER;
use http::Method;
use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// Saves a report of all requests with these fields besides, and returns the answer.
async fn saved(browser: &mut Browser, name: &str, besides: &[(&str, &str)]) -> Page {
    let form = browser.open("/reports/new").await;
    let (token, once) = (form.token(), format!("{}-report", name.replace(' ', "-")));
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
async fn ran(browser: &mut Browser, path: &str, format: &str) -> Page {
    let token = browser.open(path).await.token();
    browser
        .post(&format!("{path}/run"), &[("form", &token), ("format", format)])
        .await
}

/// Two requests, Dana's and Omar's.
async fn two_requests(ctx: &Context) {
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
        request_id,requestor_name,status
        AR-2,Omar Khan,pending
        AR-1,Dana Ito,pending
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

        for (act, expected) in [
            ("pause", "Next paused"),
            ("resume", "Next 20"),
            ("delete", "Built in"),
        ] {
            let token = sam.open(&path).await.token();
            let once = format!("{act}-report");
            let fields = [("form", token.as_str()), ("once", once.as_str()), ("do", act)];
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
            again.html.contains("name=\"channel\" value=\"\""),
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
            &[("cron", "0 9 * * *"), ("channel", "C0123456789")],
        )
        .await;
        assert!(
            page.text().contains("Only admins and auditors share reports"),
            "{}",
            page.text()
        );

        let page = saved(&mut ada, "Shared", &[]).await;
        assert!(
            page.text().contains("There is a report \"Shared\" already."),
            "{}",
            page.text()
        );
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
async fn a_report_that_is_due_arrives_once_also_after_days_without_the_bot() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let path = saved(
            &mut sam,
            "Daily",
            &[("cron", "0 9 * * *"), ("zone", "Europe/Berlin")],
        )
        .await
        .path;
        let arrived = |ctx: &Context| {
            let messages = ctx.person("sam").reads("@bot");
            messages
                .iter()
                .filter(|message| message.text.contains("Report “Daily”"))
                .count()
        };
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the report arrives", async || arrived(ctx) == 1).await;
        ctx.settle().await;
        let messages = ctx.person("sam").reads("@bot");
        let posted = messages
            .iter()
            .find(|message| message.text.contains("Report “Daily”"))
            .unwrap();
        assert!(
            posted.rendered.contains("▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇▇ 2"),
            "{}",
            posted.rendered
        );
        let files: Vec<_> = messages.iter().flat_map(|message| &message.files).collect();
        let [file] = files[..] else { panic!("{files:?}") };
        assert!(file.name.starts_with("daily-20"), "{}", file.name);
        assert!(file.content.contains("AR-2,Omar Khan,"), "{}", file.content);
        ctx.stop().await;
        ctx.clock.advance(Duration::from_hours(96));
        ctx.start_app().await;
        ctx.until("the report arrives again", async || arrived(ctx) == 2)
            .await;
        ctx.settle().await;
        assert_eq!(arrived(ctx), 2);
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open(&path).await;
        assert_eq!(page.text().matches("by itself").count(), 3, "{}", page.text());
        assert!(
            ctx.audit_channel()
                .contains("*REPORT RAN* “Daily”, 2 rows as CSV, went to U0SAM")
        );

        // Whoever is blocked gets nothing any more.
        ctx.says("ada", "block <@U0SAM|sam>").await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the report is paused", async || {
            ctx.audit_channel()
                .contains("*REPORT PAUSED* “Daily” no longer runs by itself")
        })
        .await;
        assert_eq!(arrived(ctx), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_gets_a_report_as_long_as_no_outsider_reads_it() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        ctx.simulator.change_world(|world| world.join("random", "@bot"));
        saved(
            &mut sam,
            "Daily",
            &[("cron", "0 9 * * *"), ("channel", "C0RANDOM")],
        )
        .await;
        let files = |ctx: &Context| -> usize {
            let messages = ctx.person("sam").reads("#random");
            messages.iter().map(|message| message.files.len()).sum()
        };
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the file arrives", async || files(ctx) == 1).await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.share("random", &["T0OTHER"]));
        ctx.clock.advance(Duration::from_hours(49));
        ctx.until_channel_says("*REPORT NOT DELIVERED* “Daily”").await;
        assert_eq!(files(ctx), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_slack_does_not_take_is_tried_again_for_a_day_and_then_said() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        saved(&mut sam, "Daily", &[("cron", "0 9 * * *")]).await;
        let arrived = |ctx: &Context| {
            let messages = ctx.person("sam").reads("@bot");
            let posts = messages
                .iter()
                .filter(|message| message.text.contains("Report “Daily”"));
            let files: usize = messages.iter().map(|message| message.files.len()).sum();
            (posts.count(), files)
        };
        ctx.simulator
            .change_world(|world| world.remove_scope("files:write"));
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the message arrives", async || arrived(ctx) == (1, 0))
            .await;
        ctx.simulator
            .change_world(|world| world.grant_scope("files:write"));
        ctx.clock.advance(Duration::from_mins(5));
        ctx.until("the file arrives in its thread", async || arrived(ctx) == (1, 1))
            .await;
        ctx.until_channel_says("*REPORT RAN* “Daily”, 2 rows as CSV, went to U0SAM")
            .await;
        ctx.settle().await;
        assert_eq!(
            ctx.audit_channel().matches("*EXPORTED*").count(),
            1,
            "{}",
            ctx.audit_channel()
        );

        ctx.simulator
            .change_world(|world| world.remove_scope("files:write"));
        ctx.clock.advance(Duration::from_hours(20));
        ctx.until("the message arrives", async || arrived(ctx) == (2, 1))
            .await;
        ctx.clock.advance(Duration::from_hours(25));
        ctx.until_channel_says("*REPORT NOT DELIVERED* “Daily” did not reach U0SAM")
            .await;
    })
    .await;
}
