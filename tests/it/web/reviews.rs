//! Access reviews: who starts them, who decides what, what ends with them, and what the trail says of it.

use std::time::Duration;

use apono::access::time::Timestamp;
use apono::clock::Clock;
use insta::assert_snapshot;

use slack_simulator::Submitted;

use super::browser::{Browser, Page};
use super::paper::look;
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, Setup, run_test_with};

/// The day that begins so many days after now, in UTC.
fn day(ctx: &Context, after: u64) -> String {
    let then = ctx.clock.now().plus(Duration::from_hours(24 * after));
    then.to_rfc3339().chars().take(10).collect()
}

/// From now to the end of the last day of [`starts`].
fn to_due(ctx: &Context) -> Duration {
    let due = Timestamp::from_rfc3339(&format!("{}T00:00:00Z", day(ctx, 5))).unwrap();
    due.since(ctx.clock.now())
}

/// The usual set-up, in which access can outlast a review.
fn setup() -> Setup {
    let setup = with_portal();
    Setup {
        config: setup.config.replace("\"8h\"", "\"200h\""),
        ..setup
    }
}

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(setup, test).await;
}

/// Starts a review of all live access, which is due in four to five days, and returns the page that answers.
async fn starts(ctx: &Context, browser: &mut Browser, reviewers: &str, besides: &[(&str, &str)]) -> Page {
    let form = browser.open("/reviews/new").await;
    let due = day(ctx, 4);
    let token = form.token();
    let mut fields = vec![("form", token.as_str()), ("reviewers", reviewers)];
    let defaults = [
        ("once", "started-review"),
        ("name", "Q1"),
        ("due", due.as_str()),
        ("at_due", "nothing"),
        ("do", "start"),
    ];
    for (key, default) in defaults {
        if besides.iter().all(|(other, _)| *other != key) {
            fields.push((key, default));
        }
    }
    fields.extend(besides);
    browser.send("/reviews", &fields).await
}

/// Decides about one line of the first review.
async fn decides(browser: &mut Browser, verdict: &str, line: &str, note: &str) -> Page {
    let token = browser.open("/sessions").await.token();
    let once = format!("{verdict}-{line}");
    let fields = [
        ("form", token.as_str()),
        ("once", once.as_str()),
        ("verdict", verdict),
        ("line", line),
        ("reason", note),
    ];
    browser.send("/reviews/RV-1", &fields).await
}

/// AR-1 of Dana's, for longer than a review lasts.
async fn granted(ctx: &Context) {
    ctx.granted("150h").await;
    ctx.settle().await;
}

fn told(ctx: &Context, who: &str) -> usize {
    ctx.messages_to(who, "access review RV-1").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_kept_and_one_revoked_and_then_the_outcome_is_evidence() {
    run(async |ctx| {
        granted(ctx).await;
        ctx.asks("dana", "write", "1h", "a fix").await;
        ctx.until_state(2, "Granted").await;
        let mut ada = signed_in(ctx, "ada").await;
        let counted = starts(ctx, &mut ada, "", &[("do", "preview")]).await;
        assert!(
            counted.text().contains("2 lines fit the filter now."),
            "{}",
            counted.text()
        );
        let page = starts(ctx, &mut ada, "priya@example.com", &[]).await;
        assert_eq!(
            (page.status, page.path.as_str()),
            (200, "/reviews/RV-1"),
            "{}",
            page.text()
        );
        assert!(!page.html.contains("Keep selected"), "{}", page.text());
        // The same form again starts no other.
        starts(ctx, &mut ada, "priya@example.com", &[]).await;
        assert!(!ada.open("/reviews").await.text().contains("RV-2"));

        ctx.until("Priya is told", async || told(ctx, "priya") == 1).await;
        ctx.settle().await;
        assert_snapshot!(ctx.plain(&ctx.messages_to("priya", "access review RV-1")[0].rendered), @"
        🔎 The access review RV-1 “Q1” has 2 lines for you. Decide until [time]; then undecided access stays, and is recorded as not reviewed.
        [Review]
        Review in the portal (http://127.0.0.1:[port]/reviews/RV-1)
        ");
        assert_eq!((told(ctx, "ada"), told(ctx, "omar")), (0, 0));
        assert!(ctx.says("priya", "review").await.contains("2 lines for you"));
        assert_eq!(
            ctx.says("omar", "review").await,
            "No access review waits for you."
        );

        let mut priya = signed_in(ctx, "priya").await;
        let page = priya.open("/reviews/RV-1").await;
        assert!(page.text().contains("2 lines wait for you"), "{}", page.text());
        let page = decides(&mut priya, "keep", "1", "still on call").await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("1 line waits for you"), "{}", page.text());
        let page = decides(&mut priya, "revoke", "2", "the fix is out").await;
        assert!(page.text().contains("still on call"), "{}", page.text());
        ctx.until_state(2, "Revoked").await;
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        assert_snapshot!(ctx.headlines_since("REVIEW STARTED"), @"
        🔎 *REVIEW STARTED* RV-1 “Q1” by Ada Lind (ada@example.com)
        🔑 *SIGNED IN* Priya Shah (priya@example.com) with Firefox on Linux from 127.0.0.1
        👍 *REVIEW KEPT* AR-1 by Priya Shah (priya@example.com) in RV-1
        ⏳ *REVOKING* AR-2 by Priya Shah (priya@example.com): Dana Ito (dana@example.com), write on orders (orders-db)
        🗂️ *REVIEW ENDED* RV-1 “Q1”: 1 kept, 1 revoked, 0 not reviewed
        🔒 *REVOKED* AR-2 by Priya Shah (priya@example.com) after [moment] of 1 h: Dana Ito (dana@example.com), write on orders (orders-db)
        🧹 *CLEANED UP* AR-2 login dropped on orders-db
        ");
        let ended = ctx.audit_posts("REVIEW ENDED").await;
        let page = priya.open("/reviews/RV-1").await;
        let digest = page
            .html
            .split("<code>")
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        assert!(ended[0].contains(digest), "{digest}: {ended:?}");
        assert!(
            page.text().contains("and is in the audit trail"),
            "{}",
            page.text()
        );
        assert!(!page.html.contains("Keep selected"), "{}", page.text());

        // The same as a file, which leaves a trace.
        let token = page.token();
        let pdf = priya.post("/reviews/RV-1/pdf", &[("form", &token)]).await;
        assert_eq!(pdf.headers["content-type"], "application/pdf");
        if let Some(looked) = look(ctx, &pdf.body) {
            for said in [digest, "RV-1Q1", "2lines:1kept,1revoked", "AR-2", "thefixisout", "stilloncall"] {
                assert!(looked.text.contains(said), "{said}: {}", looked.text);
            }
        }
        ctx.until_channel_says("*EXPORTED*").await;

        // What is over never changes again.
        let page = decides(&mut priya, "revoke", "1", "").await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("The review is over."), "{}", page.text());
        assert!(page.html.contains(digest), "{}", page.text());
        ctx.clock.advance(to_due(ctx));
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        assert_eq!(told(ctx, "priya"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reviews_themselves_and_what_is_about_every_reviewer_goes_to_the_admins() {
    run(async |ctx| {
        granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = starts(ctx, &mut sam, "dana@example.com", &[]).await;
        assert_eq!(page.path, "/reviews/RV-1", "{}", page.text());
        ctx.until("Ada is told", async || told(ctx, "ada") == 1).await;
        ctx.settle().await;
        assert_eq!((told(ctx, "dana"), told(ctx, "sam")), (0, 0));

        let mut dana = signed_in(ctx, "dana").await;
        assert!(!dana.open("/reviews/RV-1").await.html.contains("Keep selected"));
        let page = decides(&mut dana, "keep", "1", "").await;
        assert_eq!(page.status, 409, "{}", page.text());
        // An auditor changes no access, and who is not asked finds nothing.
        assert_eq!(decides(&mut sam, "revoke", "1", "").await.status, 409);
        let mut omar = signed_in(ctx, "omar").await;
        assert_eq!(omar.open("/reviews/RV-1").await.status, 404);
        assert_eq!(decides(&mut omar, "revoke", "1", "").await.status, 404);
        assert_eq!(omar.open("/reviews/new").await.status, 404);
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        assert!(
            ctx.audit_channel().contains("*REFUSED*"),
            "{}",
            ctx.audit_channel()
        );

        let mut ada = signed_in(ctx, "ada").await;
        let page = decides(&mut ada, "revoke", "1", "").await;
        assert_eq!(page.status, 200, "{}", page.text());
        ctx.until_state(1, "Revoked").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_decide_at_once_one_counts() {
    run(async |ctx| {
        granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        starts(ctx, &mut ada, "priya@example.com, omar@example.com", &[]).await;
        let (mut priya, mut omar) = (signed_in(ctx, "priya").await, signed_in(ctx, "omar").await);
        let (one, other) = tokio::join!(
            decides(&mut priya, "keep", "1", ""),
            decides(&mut omar, "revoke", "1", "")
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{} {}", one.text(), other.text());
        ctx.until_channel_says("*REVIEW ENDED*").await;
        if one.status == 409 {
            ctx.until_state(1, "Revoked").await;
        }
        ctx.settle().await;
        let kept = ctx.audit_channel().contains("*REVIEW KEPT*");
        assert_eq!(kept, one.status == 200, "{}", ctx.audit_channel());
        assert_eq!(ctx.state_of(1).await, if kept { "Granted" } else { "Revoked" });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_access_that_ended_meanwhile_the_line_says_so() {
    run(async |ctx| {
        granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        starts(ctx, &mut ada, "priya@example.com", &[]).await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        let mut priya = signed_in(ctx, "priya").await;
        let page = decides(&mut priya, "keep", "1", "").await;
        assert_eq!(page.status, 409);
        assert!(
            page.text().contains("the access had ended before"),
            "{}",
            page.text()
        );
        ctx.until_channel_says("*REVIEW ENDED* RV-1 “Q1”: 0 kept, 0 revoked, 0 not reviewed")
            .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_review_is_due_undecided_access_is_revoked_if_an_admin_said_so_also_after_a_restart() {
    run(async |ctx| {
        granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        let page = starts(ctx, &mut ada, "priya@example.com", &[("at_due", "revoke")]).await;
        assert_eq!(page.path, "/reviews/RV-1", "{}", page.text());
        ctx.until("Priya is told", async || told(ctx, "priya") == 1).await;
        ctx.settle().await;
        let (half, an_hour) = (to_due(ctx) / 2, Duration::from_hours(1));
        ctx.clock.advance(half + an_hour);
        ctx.until("Priya is told again", async || told(ctx, "priya") == 2)
            .await;
        ctx.settle().await;
        ctx.clock.advance(half.checked_sub(an_hour * 24).unwrap());
        ctx.until("Priya is told a last time", async || told(ctx, "priya") == 3)
            .await;
        ctx.settle().await;
        assert_eq!(told(ctx, "ada"), 0);
        ctx.stop().await;
        ctx.clock.advance(Duration::from_hours(24));
        ctx.start_app().await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let said = ctx.audit_channel();
        for line in [
            "*REVOKING* AR-1 nobody reviewed it in the access review RV-1: Dana Ito",
            "*REVIEW ENDED* RV-1 “Q1”: 0 kept, 1 revoked, 1 not reviewed",
            "*REVOKED* AR-1 revoked in an access review after",
        ] {
            assert!(said.contains(line), "{line}: {said}");
        }
        let mut ada = signed_in(ctx, "ada").await;
        let page = ada.open("/reviews/RV-1").await;
        assert!(
            page.text().contains("Not reviewed, so revoked"),
            "{}",
            page.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_review_is_due_undecided_access_stays_otherwise() {
    run(async |ctx| {
        granted(ctx).await;
        let mut sam = signed_in(ctx, "sam").await;
        starts(ctx, &mut sam, "priya@example.com", &[]).await;
        ctx.until("Priya is told", async || told(ctx, "priya") == 1).await;
        ctx.settle().await;
        ctx.clock.advance(to_due(ctx));
        ctx.until_channel_says("*REVIEW ENDED* RV-1 “Q1”: 0 kept, 0 revoked, 1 not reviewed")
            .await;
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_reviewer_who_left_the_admins_take_over() {
    run(async |ctx| {
        granted(ctx).await;
        let mut ada = signed_in(ctx, "ada").await;
        starts(ctx, &mut ada, "priya@example.com", &[]).await;
        ctx.until("Priya is told", async || told(ctx, "priya") == 1).await;
        assert_eq!(decides(&mut ada, "keep", "1", "").await.status, 409);
        ctx.settle().await;
        ctx.simulator.change_world(|world| world.deactivate("priya"));
        ctx.settle().await;
        ctx.clock.advance(to_due(ctx) / 2 + Duration::from_hours(1));
        ctx.until("Ada is told", async || told(ctx, "ada") == 1).await;
        let mut ada = signed_in(ctx, "ada").await;
        let page = decides(&mut ada, "keep", "1", "").await;
        assert_eq!(page.status, 200, "{}", page.text());
        ctx.until_channel_says("*REVIEW ENDED*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_review_that_makes_no_sense_does_not_start() {
    run(async |ctx| {
        granted(ctx).await;
        let (mut ada, mut sam) = (signed_in(ctx, "ada").await, signed_in(ctx, "sam").await);
        let (long, today, far) = ("x".repeat(81), day(ctx, 0), day(ctx, 400));
        let priya = "priya@example.com";
        for (reviewers, field, said) in [
            (priya, ("name", ""), "Give the review a name."),
            (priya, ("name", long.as_str()), "A name has at most 80"),
            (priya, ("granted", "whenever"), "whenever"),
            (
                priya,
                ("granted", "2026-02-01..2026-01-01"),
                "A range ends before it begins",
            ),
            (priya, ("integration", "' OR 1=1 --"), "' OR 1=1 --"),
            (priya, ("text", "nosuchword"), "No live access fits"),
            ("", ("name", "Q1"), "Name at least one reviewer"),
            ("nobody@example.com", ("name", "Q1"), "Nobody known to the bot"),
            (priya, ("due", today.as_str()), "Write the last day"),
            (priya, ("due", far.as_str()), "Write the last day"),
            (priya, ("due", "<script>"), "Write the last day"),
            (priya, ("at_due", "delete"), "Say what happens"),
        ] {
            let page = starts(ctx, &mut ada, reviewers, &[field]).await;
            assert!(page.text().contains(said), "{field:?}: {}", page.text());
        }
        let page = starts(ctx, &mut sam, priya, &[("at_due", "revoke")]).await;
        assert!(page.text().contains("Only an admin starts"), "{}", page.text());
        let page = starts(ctx, &mut sam, "sam@example.com", &[]).await;
        assert!(page.text().contains("Only an admin reviews"), "{}", page.text());
        assert!(
            ada.open("/reviews")
                .await
                .text()
                .contains("No access was reviewed yet")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_decides_in_a_window_too() {
    run(async |ctx| {
        granted(ctx).await;
        ctx.asks("dana", "write", "1h", "a fix").await;
        ctx.until_state(2, "Granted").await;
        let mut ada = signed_in(ctx, "ada").await;
        starts(ctx, &mut ada, "priya@example.com, dana@example.com", &[]).await;
        ctx.until("Priya is told", async || told(ctx, "priya") == 1).await;
        assert_eq!(told(ctx, "dana"), 0);
        let priya = ctx.person("priya");
        priya.click("access review RV-1", "Review").await.unwrap();
        let window = ctx.window("priya", "Line 2").await;
        assert_snapshot!(ctx.plain(&window), @"
        “Q1”: 2 lines for you, due [time].
        *1.* AR-1 Dana Ito (dana@example.com): read on orders (orders-db), from [time] until [time]. Used: never
        Line 1 (optional): ____
        *2.* AR-2 Dana Ito (dana@example.com): write on orders (orders-db), from [time] until [time]. Used: never
        Line 2 (optional): ____
        Note (optional): ____
          Of the lines that you decide here; kept with the outcome of the review.
        ");
        priya.choose("Line 1", &["Keep"]).await.unwrap();
        assert_eq!(priya.submit().await.unwrap(), Submitted::Updated);
        let window = ctx.window("priya", "1 line for you").await;
        assert!(!window.contains("Line 1"), "{window}");
        assert!(
            matches!(priya.submit().await.unwrap(), Submitted::Errors(_)),
            "nothing is chosen"
        );
        priya.choose("Line 2", &["Revoke"]).await.unwrap();
        priya.fill("Note", "the fix is out").await.unwrap();
        assert_eq!(priya.submit().await.unwrap(), Submitted::Updated);
        ctx.window("priya", "No line of this review waits for you.").await;
        ctx.until_state(2, "Revoked").await;
        ctx.until_channel_says("*REVIEW ENDED* RV-1 “Q1”: 1 kept, 1 revoked, 0 not reviewed")
            .await;
    })
    .await;
}
