//! Sign in with Slack, which the simulator plays.

use insta::assert_snapshot;
use slack_simulator::World;

use super::{come_back, leave, redirect_uri, said, through};
use crate::support::bot::{Context, Setup, run_test_with};
use crate::support::canary::Secret;
use crate::web::browser::{Browser, Page};
use crate::web::signing_in::new_browser;

/// The issuer is where the Web API is.
fn with_slack() -> Setup {
    let (id, secret) = World::example().client();
    let setup = super::with_issuer("{slack}", &id, Some(&secret));
    Setup {
        config: setup
            .config
            .replace("name = \"Example ID\"\n", "name = \"Slack\"\n"),
        ..setup
    }
}

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_slack, async |ctx| {
        let (_, secret) = World::example().client();
        ctx.secrets.push(Secret::new("the client's secret", &secret));
        let back = redirect_uri(ctx);
        ctx.simulator.change_world(|world| world.add_redirect_url(&back));
        test(ctx).await;
    })
    .await;
}

/// Somebody clicks themselves on Slack's page.
async fn sign_in(ctx: &mut Context, browser: &mut Browser, who: &str) -> Page {
    let mut to = leave(browser).await;
    assert_eq!(said(&to, "scope"), "openid");
    to.query_pairs_mut().append_pair("as", who);
    let back = through(ctx, to).await;
    come_back(ctx, browser, &back).await
}

#[tokio::test(flavor = "multi_thread")]
async fn slack_says_who_somebody_is_and_no_address_counts() {
    run(async |ctx| {
        // Una's address is not confirmed.
        for (who, name) in [("una", "Una Holm"), ("dana", "Dana Ito")] {
            let page = sign_in(ctx, &mut new_browser(ctx), who).await;
            assert_eq!((page.status, page.path.as_str()), (200, "/"), "{}", page.text());
            assert!(page.html.contains(name));
        }
        let told = ctx.reads("dana", "You signed in to the portal").await;
        assert_snapshot!(told, @"
        🔑 You signed in to the portal at [time] with Firefox on Linux from 127.0.0.1. If that was not you, press End and tell an admin.
        [End]
        ");
        ctx.settle().await;
        let trail = ctx.headlines_since("SIGNED IN");
        assert_snapshot!(trail, @"
        🔑 *SIGNED IN* Una Holm (U0UNA) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        🔑 *SIGNED IN* Dana Ito (dana@example.com) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_workspaces_people_and_the_blocked_stay_out() {
    run(async |ctx| {
        let page = sign_in(ctx, &mut new_browser(ctx), "wanda").await;
        assert_eq!(page.status, 403);
        assert_snapshot!(page.text(), @"
        apono
        You are not signed in
        This Slack account belongs to another workspace.
        Sign in again, and choose the workspace that this bot is in.
        Back to sign-in
        ");
        ctx.says("ada", "block <@U0EVE|eve> laptop stolen").await;
        let page = sign_in(ctx, &mut new_browser(ctx), "eve").await;
        assert_eq!(page.status, 403);
        assert_snapshot!(page.text(), @"
        apono
        You are not signed in
        An admin has blocked you.
        If you think that is wrong, ask an admin.
        Back to sign-in
        ");
        ctx.settle().await;
    })
    .await;
}
