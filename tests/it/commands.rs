//! `/apono ...`: what each word answers, and to whom.

use std::time::Duration;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn help_is_what_people_get_who_do_not_know_the_words() {
    run_test(async |ctx| {
        let help = ctx.says("dana", "help").await;
        insta::assert_snapshot!(help, @"
        *apono* gives access for a limited time.
        *Request*
        `/apono request` – request access
        `/apono again AR-7` – request the same again
        `/apono cancel AR-7` – withdraw a request before anything is granted
        *Use*
        `/apono extend AR-7 1h` – keep access for longer, if the access flow allows it
        `/apono revoke AR-7` – give access back early, or withdraw a request (admins: end anybody's access)
        *View*
        `/apono list` – your requests and their status
        `/apono show AR-7` – one request with its history
        `/apono active` – live access and when it ends (admins and auditors: everybody's)
        `/apono whoami` – who I think you are, and what you can request
        `/apono why read on orders` – which access flow decides, and why the others do not
        *For admins*
        `/apono block @person` – end everything somebody has, and give them nothing more; `/apono unblock @person`
        `/apono freeze NAME` – grant nothing new on an integration; `/apono thaw NAME`
        `/apono revoke all @person`, `/apono revoke all on NAME` – the red button: after a confirmation, end everything somebody has, or everything on an integration
        `/apono accept dana@example.com` – accept that an address in the config now belongs to another account
        `/apono help` – show this help
        Access ends automatically. Every step is posted to the audit channel.
        ");
        assert_eq!(ctx.says("dana", "").await, help, "the bare command is the help");
        assert_eq!(ctx.says("dana", "  HELP ").await, help);
        insta::assert_snapshot!(ctx.says("dana", "grant <!channel> me").await, @r#"
        I do not know "grant".
        *apono* gives access for a limited time.
        *Request*
        `/apono request` – request access
        `/apono again AR-7` – request the same again
        `/apono cancel AR-7` – withdraw a request before anything is granted
        *Use*
        `/apono extend AR-7 1h` – keep access for longer, if the access flow allows it
        `/apono revoke AR-7` – give access back early, or withdraw a request (admins: end anybody's access)
        *View*
        `/apono list` – your requests and their status
        `/apono show AR-7` – one request with its history
        `/apono active` – live access and when it ends (admins and auditors: everybody's)
        `/apono whoami` – who I think you are, and what you can request
        `/apono why read on orders` – which access flow decides, and why the others do not
        *For admins*
        `/apono block @person` – end everything somebody has, and give them nothing more; `/apono unblock @person`
        `/apono freeze NAME` – grant nothing new on an integration; `/apono thaw NAME`
        `/apono revoke all @person`, `/apono revoke all on NAME` – the red button: after a confirmation, end everything somebody has, or everything on an integration
        `/apono accept dana@example.com` – accept that an address in the config now belongs to another account
        `/apono help` – show this help
        Access ends automatically. Every step is posted to the audit channel.
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
        `/apono show AR-7` shows one with its history.
        ");
        assert_eq!(
            ctx.says("omar", "list").await,
            ctx.says("eve", "list").await,
            "what others asked for is not mine"
        );
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
        Dana Ito wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        [time] Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        [time] Approved by Omar Khan (omar@example.com), group:sre
        [time] Granted as apono_[install]_ar1_dana_ito until [time]
        ");
        for (who, words) in [
            ("dana", "show ar-1"),
            ("dana", "show 1"),
            ("omar", "show AR-1"),
            ("priya", "show AR-1"),
            ("ada", "show AR-1"),
            ("sam", "show AR-1"),
        ] {
            assert_eq!(ctx.says(who, words).await, shown, "{who}: {words}");
        }

        insta::assert_snapshot!(ctx.says("eve", "show AR-1").await, @"This is somebody else's request, so you cannot do that.");
        insta::assert_snapshot!(ctx.says("dana", "show AR-7").await, @"There is no such request. `/apono list` shows yours.");
        insta::assert_snapshot!(ctx.says("dana", "show").await, @"`/apono show` needs a request number, for example `/apono show AR-7`. `/apono list` shows your requests.");
        let nonsense = ctx.says("dana", "show orders").await;
        insta::assert_snapshot!(nonsense, @"`/apono show` needs a request number, for example `/apono show AR-7`. `/apono list` shows your requests.");
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
        #7 · [head] · [time]
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
        [Open]
        #9 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-1").await, @"This request is now Revoked, so nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "revoke").await, @"`/apono revoke` needs a request number (for admins also `all` and a person, picked from the list that Slack shows after @, or `all on` and the name of an integration), for example `/apono revoke AR-7`. `/apono list` shows your requests.");
        insta::assert_snapshot!(ctx.says("dana", "revoke AR-9").await, @"There is no such request. `/apono list` shows yours.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_revoke_anybodys_access_and_others_do_not() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        for who in ["eve", "omar", "sam"] {
            insta::assert_snapshot!(ctx.says(who, "revoke AR-1").await, @"This is somebody else's request, so you cannot do that.");
        }
        assert!(login.open().await.is_ok(), "nothing has changed");
        insta::assert_snapshot!(ctx.says("ada", "revoke ar-1").await, @"AR-1 is being revoked. Its card will say when the target has confirmed it.");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: revoked by an admin; confirmed gone at [time].
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
        ⛔ *REFUSED* /apono revoke on AR-1 by Omar Khan (omar@example.com): This is somebody else's request, so you cannot do that.
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
        insta::assert_snapshot!(ctx.says("ada", "revoke AR-1").await, @"This request is now Pending, so nothing was changed.");
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
        insta::assert_snapshot!(late, @"This request is now Cancelled, so nothing was changed.");
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
        insta::assert_snapshot!(ctx.says("ada", "revoke AR-1").await, @"This request is now Expired, so nothing was changed.");
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
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"This request is now Cancelled, so nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-9").await, @"There is no such request. `/apono list` shows yours.");
        insta::assert_snapshot!(ctx.says("dana", "cancle AR-1").await, @r#"I do not know "cancle". Did you mean `/apono cancel AR-7`? `/apono help` lists every command."#);
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
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"AR-1 is already granted, so it cannot be withdrawn. `/apono revoke AR-1` gives it back.");
        ctx.connect("dana").await.open().await.unwrap();
    })
    .await;
}
