//! How access was used, as pages, Slack, files and the trail say it: never more than was seen.

use std::time::Duration;

use apono::access::reconcile::Drift;
use apono::access::usage::Usage;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::reconcile::look;
use crate::support::bot::{Context, run_test_with};
use crate::support::postgres_server;

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// What is stored about AR-1.
async fn usage(ctx: &Context) -> Usage {
    let request = ctx.request(1).await;
    let known = ctx.app().core().store.usage_of(&request.id).await;
    known.unwrap().unwrap()
}

/// The line about the use of AR-1, as Slack shows it to its holder, and as a page does to an auditor.
async fn said(ctx: &mut Context) -> [String; 2] {
    let shown = ctx.says("dana", "show AR-1").await;
    let in_slack = shown
        .lines()
        .find_map(|line| line.strip_prefix("Used: "))
        .unwrap();
    let page = signed_in(ctx, "sam").await.open("/requests/AR-1").await;
    [in_slack.to_owned(), after(ctx, &page, "Used")]
}

/// What a page says beside a label.
fn after(ctx: &Context, page: &Page, label: &str) -> String {
    let text = ctx.plain(&page.text());
    let at = text
        .find(&format!("\n{label}\n"))
        .unwrap_or_else(|| panic!("no {label}: {text}"));
    text[at..].trim_start().lines().nth(1).unwrap().to_owned()
}

/// The words for use in the list of Activity, each with what is below it.
async fn listed(ctx: &Context, sam: &mut Browser, query: &str) -> String {
    let page = sam.open(&format!("/activity?{query}")).await;
    let cell = page.html.split("<td class=\"used\">").nth(1);
    let cell = cell.map_or("", |rest| rest.split("</td>").next().unwrap());
    let mut words = String::new();
    let mut is_tag = false;
    for c in cell.chars() {
        match c {
            '<' => is_tag = true,
            '>' => is_tag = false,
            c if !is_tag => words.push(c),
            _ => {}
        }
    }
    ctx.plain(&words)
}

async fn as_superuser(ctx: &Context, sql: &str) {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.replace("{db}", &ctx.target.database)))
        .execute(&mut superuser)
        .await
        .unwrap();
}

async fn name(session: &mut PgConnection, application: &str) {
    sqlx::query("SELECT set_config('application_name', $1, false)")
        .bind(application)
        .execute(session)
        .await
        .unwrap();
}

const HOSTILE: &str = "<script>alert(1)</script>\r\n\u{202e}&\"' =HYPERLINK(1)";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_seen_at_a_look_and_every_face_says_when() {
    run(async |ctx| {
        as_superuser(ctx, "GRANT pg_read_all_stats TO {db}_bot").await;
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        look(ctx, Drift::Warn).await;
        let [slack, page] = said(ctx).await;
        assert_eq!(slack, "no use seen: no session at [looks]");
        assert_eq!(page, slack);

        let mut session = login.open().await.unwrap();
        name(&mut session, HOSTILE).await;
        look(ctx, Drift::Warn).await;
        let [slack, page] = said(ctx).await;
        insta::assert_snapshot!(slack, @"seen at [time], 1 session (sampled: [looks])");
        assert_eq!(page, slack);
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/requests/AR-1").await;
        assert!(!page.html.contains("<script"), "{}", page.html);
        insta::assert_snapshot!(after(ctx, &page, "Sessions"), @"1 session at [time]");
        insta::assert_snapshot!(after(ctx, &page, "From"), @"127.0.0.1");
        let applications = after(ctx, &page, "Applications");
        assert!(
            applications.contains("&lt;script&gt;alert(1)") || applications.contains("<script>alert(1)"),
            "{applications}"
        );
        insta::assert_snapshot!(listed(ctx, &mut sam, "used=seen").await, @"seen 1 session at [time]");
        assert_eq!(listed(ctx, &mut sam, "used=never").await, "");
        let page = sam.open("/active").await;
        assert!(
            ctx.plain(&page.text()).contains("1 session at [time]"),
            "{}",
            page.text()
        );
        // Approvers see when, and not from where.
        let page = signed_in(ctx, "omar").await.open("/requests/AR-1").await;
        assert!(
            page.text().contains("seen at") && !page.text().contains("127.0.0.1"),
            "{}",
            page.text()
        );

        drop(session);
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let post = &ctx.audit_posts("REVOKED").await[0];
        let used = post.lines().find(|line| line.starts_with("Used: ")).unwrap();
        assert!(used.contains("seen at [time]"), "{used}");
        let token = sam.open("/sessions").await.token();
        let fields = [
            ("form", token.as_str()),
            ("filter", "used=seen"),
            ("rows", "requests"),
            ("format", "jsonl"),
        ];
        let file = sam.post("/activity/export", &fields).await;
        let row: serde_json::Value = serde_json::from_str(&file.html).unwrap();
        assert_eq!(row["used"], "seen");
        let known = usage(ctx).await;
        assert_eq!(known.looks.as_ref().unwrap().count, 3, "{known:?}");
        let seen = known.seen().unwrap();
        assert_eq!(row["last_used"], seen.last.to_rfc3339());
        // The trail says when and how many; names that a grantee chose are not in it.
        let events = ctx.app().core().store.links_after(0, 100).await.unwrap();
        let revoked: Vec<_> = events
            .iter()
            .filter(|event| event.payload.contains("\"revoked\""))
            .collect();
        assert_eq!(revoked.len(), 1);
        assert!(
            revoked[0].payload.contains("first_seen_at")
                && !revoked[0].payload.contains("script")
                && !revoked[0].payload.contains("127.0.0.1"),
            "{}",
            revoked[0].payload
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_look_is_right_before_the_end() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let session = ctx.connect("dana").await.open().await.unwrap();
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let post = &ctx.audit_posts("REVOKED").await[0];
        assert!(
            post.contains("Used: seen at [time], 1 session (sampled: [looks])"),
            "{post}"
        );
        drop(session);
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam.open("/dashboard").await;
        assert!(page.html.contains("/activity?used=seen"), "{}", page.html);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn shown_but_not_seen_is_not_never() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "write", "30m", "another").await;
        ctx.until_state(2, "Granted").await;
        drop(ctx.connect("dana").await);
        ctx.says("dana", "revoke AR-1").await;
        ctx.says("dana", "revoke AR-2").await;
        ctx.until_state(1, "Revoked").await;
        ctx.until_state(2, "Revoked").await;
        ctx.settle().await;
        let mut sam = signed_in(ctx, "sam").await;
        let mut words = vec![
            listed(ctx, &mut sam, "used=never").await,
            listed(ctx, &mut sam, "used=not_seen").await,
        ];
        words.sort();
        assert_eq!(words, ["never no credentials shown", "no use seen at 1 look"]);
        let text = sam.open("/dashboard").await.text();
        assert!(text.contains("Often not used"), "{text}");
        let log = ctx.says("sam", "log never").await;
        assert!(
            log.contains("with use \"never\"")
                && log.lines().filter(|line| line.contains("AR-")).count() == 1,
            "{log}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sessions_and_names_stay_one_small_row_and_no_event() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        ctx.settle().await;
        let head = ctx.app().core().store.head().await.unwrap();
        let mut sessions = Vec::new();
        for number in 0..20 {
            let mut session = login.open().await.unwrap();
            name(&mut session, &format!("{number}{}", "x".repeat(10_000))).await;
            sessions.push(session);
        }
        look(ctx, Drift::Warn).await;
        for round in 0..3 {
            for (number, session) in sessions.iter_mut().enumerate() {
                name(session, &format!("other {round} {number}")).await;
            }
            look(ctx, Drift::Warn).await;
        }
        let looks = usage(ctx).await.looks.unwrap();
        assert_eq!((looks.sessions, looks.most_at_once), (20, 20));
        assert!(
            looks.applications.kept.len() == 5 && looks.applications.more,
            "{looks:?}"
        );
        assert!(
            looks.applications.kept.iter().all(|name| name.len() <= 64),
            "{looks:?}"
        );
        // The bot's role may not see where they come from.
        assert_eq!(looks.addresses.kept, [""; 0]);
        assert_eq!(ctx.app().core().store.head().await.unwrap(), head, "no event");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn looks_that_find_nothing_new_are_written_together_later() {
    run(async |ctx| {
        ctx.granted("2h").await;
        drop(ctx.connect("dana").await);
        look(ctx, Drift::Warn).await;
        let first = usage(ctx).await.looks.unwrap();
        look(ctx, Drift::Warn).await;
        assert_eq!(usage(ctx).await.looks.unwrap(), first, "not written yet");
        // On a busy machine the target may not answer a look.
        let later = ctx.eventually("later looks are written", async || {
            ctx.clock.advance(Duration::from_mins(6));
            look(ctx, Drift::Warn).await;
            usage(ctx).await.looks.filter(|looks| looks.count >= 3)
        });
        assert_eq!(later.await.from, first.from);
    })
    .await;
}
