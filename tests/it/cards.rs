//! Cards and notices: what people read while a request lives.

use std::collections::BTreeMap;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::store::ReadGrants;
use slack_simulator::Submitted;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn the_requesters_card_follows_the_access_to_its_end() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.asked().await;
        insta::assert_snapshot!(ctx.reads("dana", "your request for").await, @"
        📝 *AR-1 · Pending* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Cancel]
        Waiting for an answer until [time].
        ");

        ctx.person("omar").click("asks for read", "Approve").await.unwrap();
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await, @"
        🔓 *AR-1 · Granted* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Connect] [Revoke]
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        At the end, open sessions are ended; the target itself refuses new logins after the end; an early revoke takes effect at once.
        ");
        insta::assert_snapshot!(ctx.reads("dana", "you have read").await, @"
        🔓 *Granted* AR-1: you have read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        Connect and Revoke are on its card, or use `/apono connect AR-1`.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");

        target.shut().await;
        ctx.clock.advance(Duration::from_hours(2));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Revoking").await, @"
        ⏳ *AR-1 · Revoking* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Being revoked: its time is up.
        ");

        target.open();
        ctx.clock.advance(Duration::from_mins(10));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Expired").await, @"
        🏁 *AR-1 · Expired* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Request again]
        Approved by Omar Khan (omar@example.com), group:sre. Its time is up; confirmed gone at [time].
        ");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Its time is up; confirmed gone at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.reads("omar", "AR-1 · Expired").await, @r#"
        🏁 *AR-1 · Expired* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Its time is up; confirmed gone at [time].
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_the_target_never_gave_is_undone_and_said_to_have_failed() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.asked().await;
        target.shut().await;
        ctx.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Approved").await, @"
        ✅ *AR-1 · Approved* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. The access is being set up.
        ");

        let core = ctx.app().core();
        let id = core
            .store
            .request_by_number(RequestNumber(1))
            .await
            .unwrap()
            .unwrap()
            .id;
        ctx.until("it was tried once", async || {
            core.store
                .grant(&id)
                .await
                .unwrap()
                .is_some_and(|grant| grant.tries > 0)
        })
        .await;
        ctx.clock.advance(Duration::from_mins(16));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Revoking").await, @"
        ⏳ *AR-1 · Revoking* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Being revoked: it could not be granted.
        ");

        target.open();
        ctx.clock.advance(Duration::from_mins(10));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Failed").await, @"
        ⚠️ *AR-1 · Failed* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Request again]
        Approved by Omar Khan (omar@example.com), group:sre. It could not be granted: the target did not answer in time; nothing of it is left, confirmed at [time].
        ");
        insta::assert_snapshot!(ctx.reads("dana", "*Failed*").await, @"
        ⚠️ *Failed* AR-1: read on orders (orders-db) could not be granted
        Approved by Omar Khan (omar@example.com), group:sre. It could not be granted: the target did not answer in time; nothing of it is left, confirmed at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        // How often it was tried depends on how long the look at the card above took.
        let posts = ctx.audit_posts("FAILED").await.join("\n\n");
        let posts: Vec<&str> = posts.lines().filter(|line| !line.starts_with("Tries: ")).collect();
        insta::assert_snapshot!(posts.join("\n"), @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Step: granting
        Cause: while connecting: 127.0.0.1:[port] refused the connection
        Undo confirmed at: [time]
        Next step: request it again once the target answers
        [Open]
        #9 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_flow_approves_by_itself_says_so_and_its_card_gives_it_back() {
    run_test(async |ctx| {
        assert_eq!(
            ctx.ask("dana", "write", "30m", "incident 4711").await,
            Submitted::Closed
        );
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await, @r#"
        🔓 *AR-1 · Granted* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 30 min
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Connect] [Revoke]
        Approved automatically by "Write at once". Live until [time] (30 min).
        At the end, open sessions are ended; the target itself refuses new logins after the end; an early revoke takes effect at once.
        "#);
        let login = ctx.connect("dana").await;
        ctx.person("dana").click("AR-1 · Granted", "Revoke").await.unwrap();
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Revoked").await, @r#"
        🔒 *AR-1 · Revoked* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 30 min
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Request again]
        Approved automatically by "Write at once". Ended early: given back; confirmed gone at [time].
        "#);
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @r#"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for write on orders (orders-db), 30 min
        ✅ *APPROVED* AR-1 automatically by "Write at once": Dana Ito (dana@example.com), write on orders (orders-db), 30 min
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has write on orders (orders-db) until [clock] (30 min)
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): write on orders (orders-db)
        ⏳ *REVOKING* AR-1 by Dana Ito (dana@example.com): Dana Ito (dana@example.com), write on orders (orders-db)
        🔒 *REVOKED* AR-1 by Dana Ito (dana@example.com) after [moment] of 30 min: Dana Ito (dana@example.com), write on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers_lapses() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        ctx.clock.advance(Duration::from_hours(22));
        insta::assert_snapshot!(ctx.reads("dana", "*Lapsed*").await, @"
        ⌛ *Lapsed* AR-1: nobody answered your request for read on orders (orders-db)
        Nobody answered in time.
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Rejected").await, @"
        ⌛ *AR-1 · Rejected* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Request again]
        Nobody answered in time.
        ");
        insta::assert_snapshot!(ctx.reads("omar", "AR-1 · Rejected").await, @r#"
        ⌛ *AR-1 · Rejected* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Nobody answered in time.
        "#);
        let late = ctx
            .answer_to("omar", async |omar| omar.stale_click(&omars, "Approve").await)
            .await;
        insta::assert_snapshot!(late, @"AR-1 lapsed, because nobody answered, at [time], so nothing was changed.");
        insta::assert_snapshot!(ctx.audit_posts("LAPSED").await.join("\n\n"), @"
        ⌛ *LAPSED* AR-1 nobody answered in 22 h: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_is_announced_ten_minutes_ahead() {
    run_test(async |ctx| {
        ctx.granted("20m").await;
        ctx.clock.advance(Duration::from_mins(10));
        insta::assert_snapshot!(ctx.reads("dana", "*Ends soon*").await, @"
        ⏰ *Ends soon* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (20 min).
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        ctx.clock.advance(Duration::from_mins(10));
        ctx.sees("dana", "*Ended*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_short_access_is_not_announced() {
    run_test(async |ctx| {
        ctx.granted("19m").await;
        ctx.clock.advance(Duration::from_mins(18));
        ctx.settle().await;
        ctx.clock.advance(Duration::from_mins(1));
        ctx.sees("dana", "*Ended*").await;
        ctx.settle().await;
        let messages = ctx.person("dana").reads("@bot");
        assert!(
            !messages.iter().any(|message| message.contains("Ends soon")),
            "{messages:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_people_are_shown_as_they_are_and_do_nothing() {
    run_test(async |ctx| {
        let words = "*bold* <!channel> <@U0OMAR> <https://evil.example|the runbook> `code`\n\n> Approved by: Priya\u{202e}\u{200b} &amp; co";
        assert_eq!(ctx.ask("dana", "read", "2h", words).await, Submitted::Closed);
        let card = ctx.sees("omar", "asks for read").await;
        insta::assert_snapshot!(ctx.plain(&card.rendered), @r#"
        📝 *AR-1 · Pending* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > *bold* <!channel> <@U0OMAR> <https://evil.example|the runbook> `code` > Approved by: Priya &amp; co
        Approving gives group role orders_read for 2 h: until [time] if approved at [time].
        Other live access at [time]: none.
        Latest requests for the same: none.
        From: @Dana Ito. Also asked: @Priya Shah
        [Approve] [Reject]
        Waiting for an answer until [time].
        "#);
        insta::assert_snapshot!(ctx.plain(&card.text), @r#"
        📝 AR-1 · Pending Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote: *bold* &lt;!channel&gt; &lt;@U0OMAR&gt; &lt;https://evil.example|the runbook&gt; `code` &gt; Approved by: Priya &amp;amp; co
        Approving gives group role orders_read for 2 h: until [time] if approved at [time].
        Other live access at [time]: none.
        Latest requests for the same: none.
        From: Dana Ito. Also asked: Priya Shah
        Waiting for an answer until [time].
        "#);
        let blocks = card.blocks.to_string();
        // Dana and the other approver are mentioned by us; nobody is by her words.
        assert!(!blocks.contains(r#""user_id":"U0OMAR""#), "{blocks}");
        for kind in [r#""broadcast""#, r#""link""#, r#""mrkdwn""#] {
            assert!(!blocks.contains(&format!(r#""type":{kind}"#)), "{kind} in {blocks}");
        }
        ctx.settle().await;
        let post = ctx.audit_posts("REQUESTED").await;
        assert!(post[0].contains("<!channel> <@U0OMAR> <https://evil.example|the runbook>"), "{}", post[0]);
        ctx.person("omar").click("asks for read", "Approve").await.unwrap();
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_request_takes_at_most_thirty_calls() {
    run_test(async |ctx| {
        ctx.quiet().await;
        ctx.everybody_is_known().await;
        // Opens the three conversations, which is once for each person and process.
        ctx.asks("dana", "read", "2h", "incident 4710").await;
        let omar = ctx.person("omar");
        omar.click("incident 4710", "Reject").await.unwrap();
        omar.submit().await.unwrap();
        ctx.sees("dana", "*Rejected*").await;
        ctx.settle().await;
        let before = ctx.simulator.calls().len();
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Resources", &[&ctx.target.database]).await.unwrap();
        dana.choose("Permissions", &["read"]).await.unwrap();
        dana.fill("Duration", "10m").await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        ctx.sees("priya", "incident 4711").await;
        ctx.person("omar")
            .click("incident 4711", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_mins(10));
        ctx.sees("dana", "*Ended*").await;
        ctx.settle().await;
        let mut by_method: BTreeMap<String, usize> = BTreeMap::new();
        // The note that Slack posts if the bot dies is put off by the clock, whatever anybody asks for.
        let calls = ctx.simulator.calls().split_off(before);
        for call in calls.iter().filter(|call| !call.method.contains("chedule")) {
            *by_method.entry(call.method.clone()).or_default() += 1;
        }
        let calls: usize = by_method.values().sum();
        assert!(calls <= 30, "{calls} calls: {by_method:?}");
    })
    .await;
}
