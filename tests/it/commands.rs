//! `/apono ...`: what each word answers, and to whom.

use std::time::Duration;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn help_is_what_people_get_who_do_not_know_the_words() {
    run_test(async |ctx| {
        let help = ctx.says("dana", "help").await;
        insta::assert_snapshot!(help, @"
        *apono* gives access for a limited time, and takes it back automatically.
        `/apono request` – ask for access; `/apono request read orders 2h because ...` fills in the form; `/apono again AR-...` asks for the same again
        `/apono active` – your live access, with buttons to connect, extend and give back; `/apono connect AR-...`, `/apono extend AR-... 1h` and `/apono revoke AR-...` do the same
        `/apono list` – your requests; `/apono show AR-...` – one with its history; `/apono cancel AR-...` – withdraw one
        `/apono whoami` – what you can request; `/apono why read on orders` – which access flow decides
        `/apono portal` – the same in your browser; `/apono report` – your reports; `/apono review` – access reviews that wait for you; `/apono help` – this help
        Every step is posted to the audit channel.
        ");
        assert_eq!(ctx.says("dana", "").await, help, "the bare command is the help");
        assert_eq!(ctx.says("dana", "  HELP ").await, help);
        insta::assert_snapshot!(ctx.says("dana", "grant <!channel> me").await, @r#"
        I do not know "grant".
        `/apono request` asks for access; `/apono help` lists every command.
        "#);

        ctx.person("dana").say_to_bot("hello?").await.unwrap();
        assert_eq!(ctx.reads("dana", "gives access").await, help, "so are words typed to it");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn list_names_ones_own_requests_newest_first() {
    run_test(async |ctx| {
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"You have made no requests yet. Use `/apono request` to request access.");
        ctx.granted("2h").await;
        ctx.ask("dana", "read", "3h", "again").await;
        ctx.sees("omar", "AR-2").await;
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"
        Your latest requests:
        *AR-2* Pending – read on orders (orders-db), 3 h
        *AR-1* Granted – read on orders (orders-db), 2 h
        `/apono show AR-2` shows one with its history.
        ");
        for who in ["omar", "eve"] {
            let others = ctx.says(who, "list").await;
            assert!(others.starts_with("You have made no requests yet."), "{who}: {others}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn show_tells_a_request_with_its_history_to_those_it_concerns() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let shown = ctx.says("dana", "show AR-1").await;
        insta::assert_snapshot!(shown, @"
        🔓 *AR-1 · Granted* read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db (postgres, Database)
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Target account: apono_[install]_ar1_dana_ito
        Until: [time]
        Used: never: no credentials were shown
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        [time] Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        [time] Approved by Omar Khan (omar@example.com), group:sre
        [time] Granted as apono_[install]_ar1_dana_ito until [time]
        [Connect] [Revoke]
        ");
        for (who, words) in [
            ("dana", "show ar-1"),
            ("dana", "show 1"),
            ("omar", "show AR-1"),
            ("priya", "show AR-1"),
            ("ada", "show AR-1"),
            ("sam", "show AR-1"),
        ] {
            let buttons = match who {
                "dana" => "\n[Connect] [Revoke]",
                // Who approved it, and the admin.
                "omar" | "ada" => "\n[Revoke]",
                _ => "",
            };
            let same = shown.replace("\n[Connect] [Revoke]", buttons);
            assert_eq!(ctx.says(who, words).await, same, "{who}: {words}");
        }

        insta::assert_snapshot!(ctx.says("eve", "show AR-1").await, @"This is somebody else's request, so you cannot do that.");
        insta::assert_snapshot!(ctx.says("dana", "show AR-7").await, @"There is no such request. `/apono list` shows yours.");
        insta::assert_snapshot!(ctx.says("dana", "show").await, @"
        Your latest requests:
        *AR-1* Granted – read on orders (orders-db), 2 h
        `/apono show AR-1` shows one with its history.
        ");
        let nonsense = ctx.says("dana", "show orders").await;
        insta::assert_snapshot!(nonsense, @"`/apono show` needs a request number, for example `/apono show AR-...`.");
        assert_eq!(ctx.says("dana", "show AR-0").await, nonsense);
        assert_eq!(ctx.says("dana", "show -1").await, nonsense);
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.join("\n\n"), @"
        ⛔ *REFUSED* /apono show on AR-1 by Eve Moss (eve@example.com): This is somebody else's request, so you cannot do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Eve Moss (eve@example.com, U0EVE)
        Standing: member
        [Open]
        #9 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoke_takes_away_ones_own_access() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-1").await, @"AR-1 is being revoked. Its card will say when the target has confirmed it.");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: given back; confirmed gone at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        assert!(login.open().await.is_err());
        insta::assert_snapshot!(ctx.audit_posts("REVOKED").await.join("\n\n"), @"
        🔒 *REVOKED* AR-1 by Dana Ito (dana@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: given back
        Confirmed gone at: [time]
        Sessions ended: 0
        Proof: login locked, 0 sessions
        Used: no use seen: no session at [looks]
        [Open]
        #9 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-1").await, @"AR-1 was revoked at [time], so nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "revoke").await, @"`/apono revoke` needs a request number, for example `/apono revoke AR-...`. Admins can also write `revoke all` and a person, picked from the list that Slack shows after @, or `revoke all on` and the name of an integration.");
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-9").await, @"There is no such request. `/apono list` shows yours.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_revoke_anybodys_access_and_others_do_not() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        for who in ["eve", "priya", "sam"] {
            insta::assert_snapshot!(ctx.says(who, "revoke AR-1").await, @"This is somebody else's request, so you cannot do that.");
        }
        assert!(login.open().await.is_ok(), "nothing has changed");
        insta::assert_snapshot!(ctx.says("ada", "revoke ar-1").await, @"AR-1 is being revoked. Its card will say when the target has confirmed it.");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: revoked by an admin; confirmed gone at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
        ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): read on orders (orders-db)
        ⛔ *REFUSED* /apono revoke on AR-1 by Eve Moss (eve@example.com): This is somebody else's request, so you cannot do that.
        ⛔ *REFUSED* /apono revoke on AR-1 by Priya Shah (priya@example.com): This is somebody else's request, so you cannot do that.
        ⛔ *REFUSED* /apono revoke on AR-1 by Sam Reyes (sam@example.com): This is somebody else's request, so you cannot do that.
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_has_answered_is_withdrawn_by_its_requester_alone() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        insta::assert_snapshot!(ctx.says("ada", "revoke AR-1").await, @"AR-1 is still waiting for an answer, so nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-1").await, @"AR-1 is cancelled; nothing had been granted yet.");
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Cancelled").await, @"
        ↩️ *AR-1 · Cancelled* your request for read on orders (orders-db)
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
        Cancelled before anything was granted.
        ");
        let card = ctx.sees("omar", "AR-1 · Cancelled").await;
        assert!(card.buttons.is_empty());
        let late = ctx
            .answer_to("omar", async |omar| omar.stale_click(&omars, "Approve").await)
            .await;
        insta::assert_snapshot!(late, @"AR-1 was withdrawn at [time], so nothing was changed.");
        insta::assert_snapshot!(ctx.audit_posts("CANCELLED").await.join("\n\n"), @"
        ↩️ *CANCELLED* AR-1 by Dana Ito (dana@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Was: Pending
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_cannot_be_revoked() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "*Ended*").await;
        insta::assert_snapshot!(ctx.says("ada", "revoke AR-1").await, @"AR-1 expired at [time], so nothing was changed.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancel_withdraws_what_was_not_granted_yet_and_only_ones_own() {
    run_test(async |ctx| {
        ctx.asked().await;
        for who in ["eve", "omar", "ada"] {
            insta::assert_snapshot!(ctx.says(who, "cancel AR-1").await, @"This is somebody else's request, so you cannot do that.");
        }
        insta::assert_snapshot!(ctx.says("dana", "Cancel ar1").await, @"AR-1 is cancelled; nothing had been granted yet.");
        ctx.sees("dana", "AR-1 · Cancelled").await;
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"AR-1 was withdrawn at [time], so nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-9").await, @"There is no such request. `/apono list` shows yours.");
        insta::assert_snapshot!(ctx.says("dana", "cancle AR-1").await, @r#"
        I do not know "cancle". Did you mean `/apono cancel AR-...`?
        `/apono help` lists every command.
        "#);
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @"
        🌱 *INSTALLED* install [install]; the audit trail starts here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 is running
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
        ⛔ *REFUSED* /apono cancel on AR-1 by Eve Moss (eve@example.com): This is somebody else's request, so you cannot do that.
        ⛔ *REFUSED* /apono cancel on AR-1 by Omar Khan (omar@example.com): This is somebody else's request, so you cannot do that.
        ⛔ *REFUSED* /apono cancel on AR-1 by Ada Lind (ada@example.com): This is somebody else's request, so you cannot do that.
        ↩️ *CANCELLED* AR-1 by Dana Ito (dana@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_granted_is_not_cancelled_but_revoked() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"AR-1 is live or being set up, so it cannot be withdrawn. `/apono revoke AR-1` ends it.");
        ctx.connect("dana").await.open().await.unwrap();
    })
    .await;
}
