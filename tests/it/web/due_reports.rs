//! Reports that run by themselves: when, for whom, and what becomes of a run that does not arrive at once.

use std::time::Duration;

use super::browser::Browser;
use super::reports::{run, saved, two_requests};
use super::signing_in::signed_in;
use crate::support::bot::Context;

/// The messages about the report “Daily” that somebody has from the bot, and the files below them.
fn arrived(ctx: &Context, who: &str) -> (usize, usize) {
    let messages = ctx.person(who).reads("@bot");
    let posts = messages
        .iter()
        .filter(|message| message.text.contains("Report “Daily”"));
    let files: usize = messages.iter().map(|message| message.files.len()).sum();
    (posts.count(), files)
}

/// Sends the form by which somebody pauses, resumes or deletes a report.
async fn acts(browser: &mut Browser, path: &str, act: &str, version: &str) {
    let token = browser.open(path).await.token();
    let once = format!("{act}-{version}-report");
    let fields = [
        ("form", token.as_str()),
        ("once", once.as_str()),
        ("version", version),
        ("do", act),
    ];
    browser.send(&format!("{path}/act"), &fields).await;
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
        assert!(file.content.contains(",AR-2,Omar Khan"), "{}", file.content);
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
            &[("cron", "0 9 * * *"), ("recipient", "C0RANDOM")],
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
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("it is tried", async || {
            ctx.audit_channel().matches("*EXPORTED*").count() == 2
        })
        .await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(25));
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
        let arrived = |ctx: &Context| arrived(ctx, "sam");
        ctx.simulator
            .change_world(|world| world.remove_scope("files:write"));
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the message arrives", async || arrived(ctx) == (1, 0))
            .await;
        ctx.ask("dana", "read", "1h", "incident 4712").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.grant_scope("files:write"));
        ctx.clock.advance(Duration::from_mins(5));
        ctx.until("the file arrives in its thread", async || arrived(ctx) == (1, 1))
            .await;
        ctx.until_channel_says("*REPORT RAN* “Daily”, 3 rows as CSV, went to U0SAM")
            .await;
        ctx.settle().await;
        // The message says what the file has, and not what it would have had.
        let messages = ctx.person("sam").reads("@bot");
        let message = messages
            .iter()
            .find(|message| message.text.contains("Report “Daily”"));
        assert!(message.unwrap().text.contains("3 requests"), "{message:?}");
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
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(25));
        ctx.until_channel_says("*REPORT NOT DELIVERED* “Daily” did not reach U0SAM")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_that_is_late_has_the_days_that_were_meant_when_it_was_due() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        saved(&mut sam, "Daily", &[("cron", "0 9 * * *"), ("created", "30h..")]).await;
        ctx.settle().await;
        ctx.stop().await;
        ctx.clock.advance(Duration::from_hours(96));
        ctx.start_app().await;
        ctx.until("the file arrives", async || arrived(ctx, "sam") == (1, 1))
            .await;
        let messages = ctx.person("sam").reads("@bot");
        let file = messages.iter().flat_map(|message| &message.files).next().unwrap();
        assert!(
            file.content.contains("AR-1") && file.content.contains("AR-2"),
            "{}",
            file.content
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_changes_a_report_that_is_on_its_way_does_not_lose_it_unseen() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let path = saved(&mut sam, "Daily", &[("cron", "0 9 * * *")]).await.path;
        ctx.simulator
            .change_world(|world| world.remove_scope("files:write"));
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the message arrives", async || arrived(ctx, "sam") == (1, 0))
            .await;
        let mut sam = signed_in(ctx, "sam").await;
        let token = sam.open(&path).await.token();
        let fields = [
            ("form", token.as_str()),
            ("once", "changed-report"),
            ("version", "1"),
            ("name", "Daily"),
            ("column", "request_id"),
            ("format", "jsonl"),
            ("cron", "0 10 * * *"),
            ("zone", "UTC"),
        ];
        sam.send(&path, &fields).await;
        ctx.simulator
            .change_world(|world| world.grant_scope("files:write"));
        ctx.clock.advance(Duration::from_mins(5));
        ctx.until("the file arrives", async || arrived(ctx, "sam") == (1, 1))
            .await;
        ctx.settle().await;

        ctx.simulator
            .change_world(|world| world.remove_scope("files:write"));
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the next message arrives", async || arrived(ctx, "sam") == (2, 1))
            .await;
        let mut sam = signed_in(ctx, "sam").await;
        acts(&mut sam, &path, "pause", "2").await;
        ctx.until_channel_says("*REPORT NOT DELIVERED* “Daily”").await;
        ctx.settle().await;
        assert_eq!(ctx.audit_channel().matches("*REPORT NOT DELIVERED*").count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_without_rows_says_that_there_is_no_file() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let nothing = [("cron", "0 9 * * *"), ("format", "jsonl"), ("status", "failed")];
        saved(&mut sam, "Daily", &nothing).await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says(
            "*REPORT RAN* “Daily”, 0 rows as JSON Lines, went to U0SAM, as a message without a file",
        )
        .await;
        let messages = ctx.person("sam").reads("@bot");
        let message = messages
            .iter()
            .find(|message| message.text.contains("Report “Daily”"));
        assert!(
            message.unwrap().text.ends_with("There is no file."),
            "{message:?}"
        );
        assert_eq!(arrived(ctx, "sam"), (1, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_gets_a_report_as_long_as_they_are_a_member() {
    run(async |ctx| {
        two_requests(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let daily = [("cron", "0 9 * * *"), ("recipient", "U0OMAR")];
        saved(&mut sam, "Daily", &daily).await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until("the file arrives", async || arrived(ctx, "omar") == (1, 1))
            .await;
        ctx.settle().await;
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says("the person that it goes to has left or is blocked")
            .await;
        assert_eq!(arrived(ctx, "omar"), (1, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_nobody_reads_any_more_pauses_its_report() {
    run(async |ctx| {
        let mut sam = signed_in(ctx, "sam").await;
        saved(&mut sam, "Daily", &[("cron", "0 9 * * *")]).await;
        ctx.execute("UPDATE report SET meant = 'created=someday'").await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.until_channel_says(
            "*REPORT PAUSED* “Daily” no longer runs by itself: an older version saved its filter",
        )
        .await;
    })
    .await;
}
