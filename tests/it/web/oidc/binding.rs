//! Whose account of an issuer it is: an address says so once, if the issuer has verified it; then only an admin does.

use apono::access::people::Standing;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::attacks::{back, claims, run, stays_out};
use super::leave;
use super::made_up::{MadeUp, Signing};
use crate::support::bot::Context;
use crate::web::browser::{Browser, Page};
use crate::web::signing_in::new_browser;

/// Somebody comes back with these claims besides the usual ones.
pub(crate) async fn comes(ctx: &mut Context, issuer: &MadeUp, different: Value) -> (Page, Browser) {
    let mut browser = new_browser(ctx);
    let to = leave(&mut browser).await;
    let mut says = claims(ctx, issuer, &to);
    for (name, value) in different.as_object().unwrap() {
        says[name] = value.clone();
    }
    issuer.says(says, Signing::Right);
    let page = back(ctx, &mut browser, &to, "").await;
    (page, browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_verified_address_of_a_member_says_who_somebody_is() {
    run(async |ctx, issuer| {
        let mut said = String::new();
        for different in [
            json!({"email_verified": false}),
            json!({"email_verified": null, "xms_edov": true}),
            json!({"email": null}),
            json!({"email": "stranger@example.com"}),
            // Una has not confirmed hers in Slack, Gus is a guest, and Del left.
            json!({"email": "una@example.com"}),
            json!({"email": "gus@example.com"}),
            json!({"email": "del@example.com"}),
            // Slack's claims count from Slack alone.
            json!({"email": null, "https://slack.com/user_id": "U0ADA", "https://slack.com/team_id": "T0EXAMPLE"}),
        ] {
            let (page, browser) = comes(ctx, issuer, different.clone()).await;
            assert!(page.status == 403 && stays_out(&page, &browser), "{different}: {}", page.text());
            let text = page.text();
            let lines: Vec<&str> = text.lines().collect();
            said.push_str(&lines[2..4].join(" "));
            said.push('\n');
        }
        assert_snapshot!(said, @"
        Example ID does not say that your e-mail address is verified, so the bot cannot tell who you are. Ask the people who run Example ID to verify it, or sign in with a link from Slack.
        Example ID does not say that your e-mail address is verified, so the bot cannot tell who you are. Ask the people who run Example ID to verify it, or sign in with a link from Slack.
        Example ID does not say that your e-mail address is verified, so the bot cannot tell who you are. Ask the people who run Example ID to verify it, or sign in with a link from Slack.
        No full member of the Slack workspace has the confirmed e-mail address stranger@example.com. Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address.
        No full member of the Slack workspace has the confirmed e-mail address una@example.com. Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address.
        No full member of the Slack workspace has the confirmed e-mail address gus@example.com. Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address.
        No full member of the Slack workspace has the confirmed e-mail address del@example.com. Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address.
        Example ID does not say that your e-mail address is verified, so the bot cannot tell who you are. Ask the people who run Example ID to verify it, or sign in with a link from Slack.
        ");
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_account_with_the_same_address_waits_for_an_admin() {
    run(async |ctx, issuer| {
        let (page, _) = comes(ctx, issuer, json!({"sub": "dana-1"})).await;
        assert_eq!(page.path, "/", "{}", page.text());
        let (page, browser) = comes(ctx, issuer, json!({"sub": "dana-2"})).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        assert_snapshot!(page.text(), @"
        apono
        You are not signed in
        Another account of Example ID with the e-mail address dana@example.com is already linked to you.
        If this one is right, ask an admin to type /apono accept dana@example.com in Slack within 24 hours, and sign in again.
        Back to sign-in
        ");
        let (page, _) = comes(ctx, issuer, json!({"sub": "dana-2"})).await;
        assert_eq!(page.status, 403, "coming again changes nothing");

        assert_snapshot!(ctx.says("dana", "accept dana@example.com").await, @"Only an admin may do that.");
        // The admin reads whose account it is before they accept it.
        let (page, _) = comes(ctx, issuer, json!({"sub": "dana-3"})).await;
        assert_eq!(page.status, 403);
        let said = ctx.says("ada", "accept dana@example.com").await;
        let code = |subject: &str| {
            let line = said.lines().find(|line| line.contains(subject)).unwrap();
            line.trim_end_matches('`').rsplit(' ').next().unwrap().to_owned()
        };
        let (right, other) = (code("dana-2"), code("dana-3"));
        assert_ne!(right, other);
        assert_snapshot!(said.replace(&right, "[right]").replace(&other, "[other]"), @"
        2 accounts are waiting to sign in to the portal as Dana Ito (U0DANA). Ask them which account is theirs, then run its command:
        • dana-3 of http://127.0.0.1:[port]: `/apono accept dana@example.com [other]`
        • dana-2 of http://127.0.0.1:[port]: `/apono accept dana@example.com [right]`
        ");
        let wrong = ctx.says("ada", "accept dana@example.com 00000000").await;
        assert!(wrong.starts_with("No waiting account has the code \"00000000\"."), "{wrong}");
        let (page, _) = comes(ctx, issuer, json!({"sub": "dana-2"})).await;
        assert_eq!(page.status, 403, "reading the list accepts nothing");
        let said = ctx.says("ada", &format!("accept dana@example.com {right}")).await;
        assert_snapshot!(said, @"Dana Ito (U0DANA) now signs in to the portal with the account dana-2 of http://127.0.0.1:[port], and with no other account of it.");
        let (page, _) = comes(ctx, issuer, json!({"sub": "dana-2"})).await;
        assert_eq!(page.path, "/", "{}", page.text());
        for before in ["dana-1", "dana-3"] {
            let (page, _) = comes(ctx, issuer, json!({ "sub": before })).await;
            assert_eq!(page.status, 403, "{before} is not theirs");
        }

        ctx.settle().await;
        let trail = ctx
            .headlines_since("ACCOUNT LINKED");
        assert_snapshot!(trail, @"
        🪪 *ACCOUNT LINKED* Dana Ito (dana@example.com) signs in with an account of http://127.0.0.1:[port] from now on
        🔑 *SIGNED IN* Dana Ito (dana@example.com) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        ⛔ *REFUSED* /apono accept by Dana Ito (dana@example.com): Only an admin may do that.
        🪪 *ACCOUNT LINKED* Dana Ito (dana@example.com) signs in with an account of http://127.0.0.1:[port], accepted by Ada Lind (ada@example.com)
        🚪 *SIGNED OUT* Dana Ito (dana@example.com): 1 session, ended because another account is linked to them now
        🔑 *SIGNED IN* Dana Ito (dana@example.com) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_admin_accepts_an_account_of_their_own() {
    run(async |ctx, issuer| {
        let ada = |subject: &str| json!({"sub": subject, "email": "ada@example.com"});
        let (page, _) = comes(ctx, issuer, ada("ada-1")).await;
        assert_eq!(page.path, "/", "{}", page.text());
        comes(ctx, issuer, ada("ada-2")).await;
        assert_snapshot!(ctx.says("ada", "accept ada@example.com").await, @"You cannot do that to yourself: another admin has to do it.");
        let (page, _) = comes(ctx, issuer, ada("ada-2")).await;
        assert_eq!(page.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_or_is_blocked_stays_out_with_the_account_that_was_theirs() {
    run(async |ctx, issuer| {
        let eve = json!({"sub": "eve-1", "email": "eve@example.com"});
        let (page, mut inside) = comes(ctx, issuer, eve.clone()).await;
        assert_eq!(page.path, "/", "{}", page.text());
        ctx.says("ada", "block <@U0EVE|eve> laptop stolen").await;
        assert_eq!(inside.open("/").await.path, "/sign-in");
        let (page, browser) = comes(ctx, issuer, eve.clone()).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        ctx.says("ada", "unblock <@U0EVE|eve>").await;
        let (page, mut inside) = comes(ctx, issuer, eve.clone()).await;
        assert_eq!(page.path, "/", "{}", page.text());

        ctx.simulator.change_world(|world| world.deactivate("eve"));
        ctx.until("Slack to say that Eve left", async || {
            let known = ctx.app().bot().directory.known.person("U0EVE");
            known.is_some_and(|person| person.standing == Standing::Deactivated)
        })
        .await;
        assert_eq!(inside.open("/").await.path, "/sign-in");
        let (page, browser) = comes(ctx, issuer, eve).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        assert_snapshot!(page.text(), @"
        apono
        You are not signed in
        Your Slack account is no longer an active member of the workspace.
        If you think that is wrong, ask an admin.
        Back to sign-in
        ");
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_slack_down_accounts_that_are_linked_sign_in_and_no_others() {
    run(async |ctx, issuer| {
        let (page, _) = comes(ctx, issuer, json!({})).await;
        assert_eq!(page.path, "/", "{}", page.text());
        ctx.settle().await;
        ctx.simulator.begin_outage();
        let (page, _) = comes(ctx, issuer, json!({})).await;
        assert_eq!(page.path, "/", "{}", page.text());
        let eve = json!({"sub": "eve-1", "email": "eve@example.com"});
        let (page, browser) = comes(ctx, issuer, eve.clone()).await;
        assert!(
            page.status == 503 && stays_out(&page, &browser),
            "{}",
            page.text()
        );
        assert_snapshot!(page.text(), @"
        apono
        You are not signed in
        Slack did not answer, so the bot cannot look you up.
        Try again in a minute.
        Back to sign-in
        ");
        ctx.simulator.end_outage();
        ctx.simulator.wait_for_sockets(2).await;
        let (page, _) = comes(ctx, issuer, eve).await;
        assert_eq!(page.path, "/", "{}", page.text());
        ctx.settle().await;
    })
    .await;
}
