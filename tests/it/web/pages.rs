//! What people read and do in the portal.

use insta::assert_snapshot;
use slack_simulator::{CallMishap, Trouble};

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::support::bot::{Context, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

/// What a page says, without what differs from run to run.
fn read(ctx: &Context, page: &Page) -> String {
    let text = ctx.plain(&page.text());
    let is_id = |line: &str| line.len() >= 32 && line.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    let lines = text.lines().map(|line| if is_id(line) { "[id]" } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

/// The value of a hidden field.
fn hidden(page: &Page, end: &str) -> String {
    let values = page.html.split("name=\"once\" value=\"").skip(1);
    let mut values = values.map(|rest| rest.split('"').next().unwrap().to_owned());
    values.find(|value| value.ends_with(end)).unwrap()
}

async fn ends(browser: &mut Browser, page: &Page, reason: &str) -> Page {
    let once = hidden(page, "-end");
    let fields = [
        ("form", page.token()),
        ("once", once),
        ("reason", reason.to_owned()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    browser.send(&format!("{}/end", page.path), &fields).await
}

async fn answers(browser: &mut Browser, page: &Page, verdict: &str, reason: &str) -> Page {
    let once = hidden(page, "-answer");
    let fields = [
        ("form", page.token()),
        ("once", once),
        ("reason", reason.to_owned()),
        ("verdict", verdict.to_owned()),
        ("extension", "0".to_owned()),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    browser.send(&format!("{}/answer", page.path), &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_reads_what_to_do_next() {
    run(async |ctx| {
        let mut dana = signed_in(ctx, "dana").await;
        let page = dana.open("/").await;
        assert_snapshot!(read(ctx, &page), @"
        My access
        Live now
        You have no live access. Request access
        Your requests
        You have made no requests yet. Request access
        ");
        let page = dana.open("/activity").await;
        assert!(page.text().contains("You have made no requests yet"));
        let page = dana.open("/waiting").await;
        assert!(page.text().contains("Nothing waits for your answer."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_reads_everything_and_gives_it_back() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        assert_snapshot!(read(ctx, &dana.open("/").await), @"
        My access
        Live now
        Request
        Access
        Time left
        Account
        Used
        Status
        Actions
        AR-1
        read on orders orders-db · Database · Developers read “incident 4711”
        1 h 59 min left from [time] to [time]
        apono_[install]_ar1_dana_ito
        never no credentials shown
        Granted approved by Omar Khan
        Connect… Give back…
        Your requests
        Request
        Access
        Duration
        Status
        Actions
        AR-1 [time]
        read on orders orders-db · Database · Developers read “incident 4711”
        2 h 1 h 59 min left from [time]
        Granted [time] approved by Omar Khan
        ");
        let page = dana.open("/requests/AR-1").await;
        assert_snapshot!(read(ctx, &page), @"
        Activity / AR-1
        AR-1: read on orders (orders-db)
        Granted 1 h 59 min left
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        Request
        Requester
        Dana Ito (dana@example.com, U0DANA)
        Integration
        orders-db
        Resource type
        Database
        Resources
        orders
        Permissions
        read
        Duration
        2 h
        Access flow
        Developers read
        Requested
        [time]
        Target account
        apono_[install]_ar1_dana_ito
        Until
        [time]
        Dana Ito wrote:
        incident 4711
        Use
        Used
        never: no credentials were shown
        Sampled: the bot looks at the target now and then, and before it ends the access. A session between two looks is not seen.
        Timeline
        [time]
        Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        #4 · [head] · Dana Ito (dana@example.com) via slack
        Event
        REQUESTED
        Actor
        Dana Ito (dana@example.com)
        Cause
        [id]
        Hash
        [id]
        [time]
        Approved by Omar Khan (omar@example.com), group:sre
        #5 · [head] · Omar Khan (omar@example.com) via slack
        Event
        APPROVED
        Actor
        Omar Khan (omar@example.com)
        Cause
        [id]
        Hash
        [id]
        [time]
        Granted as apono_[install]_ar1_dana_ito until [time]
        #6 · [head] · apono via worker
        Event
        GRANTED
        Actor
        apono
        Cause
        [id]
        Hash
        [id]
        Connect
        Credentials are made when you press the button, and shown once.
        Connect
        Give back
        Reason (optional)
        Give back AR-1
        ");
        let form = page;
        let after = ends(&mut dana, &form, "found the bug").await;
        assert_eq!((after.status, after.path.as_str()), (200, "/requests/AR-1"));
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        let page = dana.open("/requests/AR-1").await;
        assert!(page.text().contains("Ended early: given back"), "{}", page.text());
        assert!(page.text().contains("found the bug"), "{}", page.text());
        // The same form again, as after Back in the browser, changes nothing.
        let again = ends(&mut dana, &form, "twice").await;
        assert!(!again.text().contains("twice"), "{}", again.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_revokes_with_a_reason_and_an_approver_has_to_give_one() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut omar = signed_in(ctx, "omar").await;
        let page = omar.open("/requests/AR-1").await;
        let refused = ends(&mut omar, &page, " ").await;
        assert_eq!(refused.status, 409);
        assert!(
            refused.text().contains("Say why you end it"),
            "{}",
            refused.text()
        );
        assert_eq!(ctx.state_of(1).await, "Granted");
        let mut ada = signed_in(ctx, "ada").await;
        let page = ada.open("/active").await;
        assert_snapshot!(read(ctx, &page), @"
        Active access
        All By person By resource By integration
        Filter
        By or for
        Integration
        any
        orders-db
        Resource
        Permission
        At
        Filter
        A person is a name, an e-mail address or a Slack member ID. The moment is in UTC: 2026-11-24T14:30Z, 2026-11-24 (any moment of that day), 2026-11, 2026-Q4, last month, 3d (ago), yesterday.
        Request
        Person
        Access
        Time left
        Account
        Used
        Status
        Actions
        AR-1
        Dana Ito dana@example.com
        read on orders orders-db · Database · Developers read “incident 4711”
        1 h 59 min left from [time] to [time]
        apono_[install]_ar1_dana_ito
        never no credentials shown
        Granted approved by Omar Khan
        Revoke…
        Revoke selected…
        ");
        let page = ada.open("/requests/AR-1").await;
        ends(&mut ada, &page, "laptop stolen").await;
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("REVOKING"), @"
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
        let late = ends(&mut ada, &page, "late").await;
        assert_eq!(late.status, 200, "the same form was sent before");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_answers_what_waits_for_them() {
    run(async |ctx| {
        ctx.asks("dana", "read", "2h", "<b>incident</b> 4711").await;
        ctx.sees("omar", "AR-1").await;
        ctx.settle().await;
        let mut omar = signed_in(ctx, "omar").await;
        let page = omar.open("/waiting").await;
        assert!(!page.html.contains("<b>"));
        assert_snapshot!(read(ctx, &page), @"
        Waiting for me
        1 request waits for your answer, oldest first.
        AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h; answer by [time]
        Resources: orders
        <b>incident</b> 4711
        Answer AR-1…
        ");
        let page = omar.open("/requests/AR-1").await;
        let after = answers(&mut omar, &page, "approve", "go ahead").await;
        assert_eq!(after.status, 200, "{}", after.text());
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        // Priya has the page from before open.
        let mut priya = signed_in(ctx, "priya").await;
        let form = priya.open("/sessions").await;
        let late = priya
            .send(
                "/requests/AR-1/answer",
                &[("form", &form.token()), ("once", "x"), ("verdict", "reject")],
            )
            .await;
        assert_eq!(late.status, 409);
        assert!(
            late.text().contains(", before you. Nothing was changed."),
            "{}",
            late.text()
        );
        let page = omar.open("/waiting").await;
        assert!(page.text().contains("Nothing waits"));
        let (_, answered) = page.html.split_once("Answered by me").unwrap();
        for words in ["href=\"/requests/AR-1\"", "approved by Omar Khan", "Revoke"] {
            assert!(answered.contains(words), "{words}: {answered}");
        }
        // Priya was asked too, but answered nothing.
        assert!(!priya.open("/waiting").await.text().contains("Answered by me"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_slack_is_down_people_read_and_give_back_and_approving_says_why_not() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "read", "3h", "another").await;
        ctx.sees("omar", "AR-2").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        let mut omar = signed_in(ctx, "omar").await;
        ctx.settle().await;
        let down = Trouble::on("users.info", CallMishap::Status(503));
        ctx.simulator.calls_meet(down.times(1_000));
        let page = omar.open("/requests/AR-2").await;
        let refused = answers(&mut omar, &page, "approve", "").await;
        assert_eq!(refused.status, 409);
        assert!(
            refused
                .text()
                .contains("I could not look people up in Slack just now"),
            "{}",
            refused.text()
        );
        let page = dana.open("/requests/AR-1").await;
        ends(&mut dana, &page, "").await;
        ctx.until_state(1, "Revoked").await;
        ctx.simulator.end_troubles();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_justification_links_to_listed_hosts_alone() {
    run(async |ctx| {
        ctx.edit_config(|text| {
            text.replace(
                "[requests]\n",
                "[requests]\nlink_hosts = [\"tickets.example.com\"]\n",
            )
        });
        ctx.app().reload().await.unwrap();
        let why = "see https://tickets.example.com/OPS-7?a=1&b=2, not https://evil.example/\"><b>";
        ctx.ask("dana", "write", "30m", why).await;
        ctx.settle().await;
        let page = signed_in(ctx, "dana").await.open("/requests/AR-1").await;
        let quote = page.html.split("<blockquote>").nth(1).unwrap();
        let quote = quote.split("</blockquote>").next().unwrap();
        assert_snapshot!(quote, @r#"see <a href="https://tickets.example.com/OPS-7?a=1&amp;b=2">https://tickets.example.com/OPS-7?a=1&amp;b=2</a>, not https://evil.example/&quot;&gt;&lt;b&gt;"#);
    })
    .await;
}
