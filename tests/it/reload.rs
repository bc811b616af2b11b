//! SIGHUP: the config and the tokens are read again while everything runs; what is wrong changes nothing.

use std::path::PathBuf;
use std::time::Duration;

use slack_simulator::Submitted;

use crate::socket::simulated::held_by_somebody_else;
use crate::support::bot::{Context, run_test};
use crate::support::canary::Secret;

fn file(ctx: &Context, name: &str) -> PathBuf {
    ctx.folder.path().join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_counts_at_once_and_says_what_is_different() {
    run_test(async |ctx| {
        ctx.edit_config(|text| {
            text.replace(
                "requesters = [\"dana@example.com\"]",
                "requesters = [\"group:sre\"]",
            )
            .replace("max_duration = \"8h\"", "max_duration = \"4h\"")
        });
        ctx.app().reload().await.unwrap();
        let sent = ctx.ask("priya", "write", "10m", "a migration").await;
        assert_eq!(sent, Submitted::Closed);
        ctx.sees("priya", "you have write").await;
        insta::assert_snapshot!(ctx.audit_posts("POLICY CHANGED").await.pop().unwrap(), @r#"
        📜 *POLICY CHANGED* another config is active now
        From: [digest]
        To: [digest]
        • flow "Write at once": who can make requests: + omar@example.com, + priya@example.com
        • flow "Developers read": max_duration 8h → 4h
        • flow "Write at once": requesters + group:sre, − dana@example.com
        #4 · [head] · [time]
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_config_that_was_active_before_is_said_to_be() {
    run_test(async |ctx| {
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"4h\""));
        ctx.app().reload().await.unwrap();
        ctx.edit_config(|text| text.replace("max_duration = \"4h\"", "max_duration = \"8h\""));
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(ctx.audit_posts("POLICY CHANGED").await.pop().unwrap(), @r#"
        📜 *POLICY CHANGED* an earlier config is active again
        From: [digest]
        To: [digest]
        First active: [time]
        • flow "Developers read": max_duration 4h → 8h
        #5 · [head] · [time]
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_restart_changes_is_said_and_the_rest_counts() {
    run_test(async |ctx| {
        ctx.edit_config(|text| text.replace("api_url =", "sockets = 3\napi_url =") + "\n# more\n");
        ctx.app().reload().await.unwrap();
        let post = ctx.audit_posts("POLICY CHANGED").await.pop().unwrap();
        assert!(
            post.contains("Applies after a restart: [slack] sockets"),
            "{post}"
        );
        assert_eq!(ctx.simulator.open_sockets(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_config_changes_nothing_and_each_problem_is_said_with_its_place() {
    run_test(async |ctx| {
        let right = std::fs::read_to_string(ctx.config_path()).unwrap();
        ctx.edit_config(|text| {
            text.replace("group:sre", "group:sres")
                .replace("approval = \"automatic\"", "approval = \"sometimes\"")
        });
        assert!(ctx.app().reload().await.is_err());
        insta::assert_snapshot!(ctx.audit_posts("RELOAD REFUSED").await.pop().unwrap(), @r#"
        🛑 *RELOAD REFUSED* 2 problems; the previous config and tokens stay in force
        Problem: config.toml:41:14: There is no group "sres" in [groups]; did you mean "sre"?
        Problem: config.toml:49:12: Write approval = "automatic", or name approvers instead.
        #4 · [head] · [time]
        "#);
        insta::assert_snapshot!(ctx.reads("ada", "did not reload").await, @r#"⚠️ I did not reload the config, and the previous one stays in use: config.toml:41:14: There is no group "sres" in [groups]; did you mean "sre"? (and 1 more)"#);
        assert_eq!(
            ctx.ask("dana", "write", "10m", "as before").await,
            Submitted::Closed
        );
        ctx.sees("dana", "you have write").await;
        std::fs::write(ctx.config_path(), right).unwrap();
        ctx.app().reload().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_with_live_access_is_retired_before_it_goes() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        let whole = std::fs::read_to_string(ctx.config_path()).unwrap();
        let bare = whole[..whole.find("[[integrations]]").unwrap()].to_owned();
        std::fs::write(ctx.config_path(), &bare).unwrap();
        let refused = ctx.app().reload().await.unwrap_err();
        insta::assert_snapshot!(refused, @r#"Integration "orders-db" is no longer in the config but has live access (1); keep it with `retired = true` until that has ended."#);

        let retired = whole.replace("kind = \"postgres\"", "kind = \"postgres\"\nretired = true");
        std::fs::write(ctx.config_path(), retired).unwrap();
        ctx.app().reload().await.unwrap();
        let asking = ctx.person("eve");
        asking.command("/apono", "request").await.unwrap();
        assert!(asking.choose("Integration", &["orders-db"]).await.is_err());
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());

        std::fs::write(ctx.config_path(), &bare).unwrap();
        ctx.app().reload().await.unwrap();
        std::fs::write(ctx.config_path(), whole).unwrap();
        ctx.app().reload().await.unwrap();
    })
    .await;
}

/// `orders-db` as a certificate authority, with the same resource and permissions: what they stand for is another thing.
fn as_another_kind(ctx: &Context) -> String {
    let whole = std::fs::read_to_string(ctx.config_path()).unwrap();
    let (before, rest) = whole.split_once("[[integrations]]").unwrap();
    let (_, after) = rest.split_once("[[flows]]").unwrap();
    format!(
        r#"{before}[[integrations]]
name = "orders-db"
kind = "ssh"
ca_key = {{ made = "keys/orders_ca" }}
resources = ["{}"]
permissions = {{ read = "deploy", write = "root" }}

[[flows]]{after}"#,
        ctx.target.database
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_on_one_kind_is_not_granted_on_another() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "30m", "incident 4711").await;
        ctx.sees("omar", "asks for read").await;
        ctx.says("ada", "freeze orders-db a migration").await;
        ctx.approves("omar").await;
        ctx.reads("omar", "AR-1 · Approved").await;
        std::fs::write(ctx.config_path(), as_another_kind(ctx)).unwrap();
        ctx.app().reload().await.unwrap();
        ctx.sees("dana", "could not be granted").await;
        let told = ctx.audit_posts("FAILED").await.remove(0);
        let why = "orders-db is now an integration of kind ssh, and the request was for another kind";
        assert!(told.contains(why), "{told}");
        assert!(!ctx.audit_channel().contains("*GRANTED*"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_with_live_access_keeps_its_kind() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        std::fs::write(ctx.config_path(), as_another_kind(ctx)).unwrap();
        let refused = ctx.app().reload().await.unwrap_err();
        insta::assert_snapshot!(refused, @r#"Integration "orders-db" is now of kind "ssh" but has live access as "postgres" (1); give the new one another name, and keep the old one with `retired = true` until that has ended."#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn new_tokens_are_taken_without_losing_a_click() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "30m", "incident 4711").await;
        ctx.sees("omar", "asks for read").await;
        ctx.quiet().await;
        ctx.simulator.change_world(|world| {
            world.change_app(|app| {
                app.app_token = "xapp-1-another".to_owned();
                app.bot_token = "xoxb-another".to_owned();
            });
        });
        std::fs::write(file(ctx, "app_token"), "xapp-1-another").unwrap();
        std::fs::write(file(ctx, "bot_token"), "xoxb-another").unwrap();
        let (reloaded, clicked) = tokio::join!(ctx.app().reload(), async {
            ctx.person("omar").click("asks for read", "Approve").await
        });
        reloaded.unwrap();
        clicked.unwrap();
        ctx.sees("dana", "you have read").await;
        insta::assert_snapshot!(ctx.audit_posts("TOKENS EXCHANGED").await.pop().unwrap(), @"
        🪪 *TOKENS EXCHANGED* now using another bot token and app-level token
        Exchanged: bot token, app-level token
        #5 · [head] · [time]
        ");
        ctx.until("the former sockets are gone", async || {
            ctx.simulator.open_sockets() == 2
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_work_or_are_another_apps_are_refused() {
    run_test(async |ctx| {
        let (app_token, bot_token) = (ctx.simulator.app_token(), ctx.simulator.bot_token());
        let app_id = ctx.simulator.app_id();
        std::fs::write(file(ctx, "app_token"), "xapp-1-wrong").unwrap();
        std::fs::write(file(ctx, "bot_token"), "xoxb-wrong").unwrap();
        insta::assert_snapshot!(ctx.app().reload().await.unwrap_err(), @"
        The new bot token does not work: auth.test: slack answered invalid_auth.
        The new app-level token does not work: apps.connections.open: slack answered invalid_auth.
        ");

        std::fs::write(file(ctx, "bot_token"), &bot_token).unwrap();
        ctx.simulator.change_world(|world| {
            world.change_app(|app| {
                app.app_token = "xapp-1-wrong".to_owned();
                app.id = "A0OTHER".to_owned();
            });
        });
        insta::assert_snapshot!(ctx.app().reload().await.unwrap_err(), @"The new app-level token does not work: it belongs to another app.");
        ctx.simulator.change_world(|world| {
            world.change_app(|app| {
                app.app_token.clone_from(&app_token);
                app.id.clone_from(&app_id);
            });
        });
        std::fs::write(file(ctx, "app_token"), &app_token).unwrap();
        ctx.app().reload().await.unwrap();
        ctx.granted("10m").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn live_access_ends_on_time_though_the_bot_token_is_dead() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        ctx.quiet().await;
        ctx.simulator
            .change_world(|world| world.replace_bot_token("xoxb-another"));
        ctx.until("it is known that the token is dead", async || {
            ctx.app().bot().web.refused().borrow().is_some()
        })
        .await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until_state(1, "Expired").await;
        assert!(login.open().await.is_err());
        std::fs::write(file(ctx, "bot_token"), "xoxb-another").unwrap();
        ctx.app().reload().await.unwrap();
        ctx.until_channel_says("EXPIRED").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_without_tokens_ends_live_access_and_goes_on_when_they_are_there() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        let login = ctx.connect("dana").await;
        ctx.quiet().await;
        ctx.stop().await;
        std::fs::rename(file(ctx, "bot_token"), file(ctx, "away")).unwrap();
        ctx.start_app().await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.until_state(1, "Expired").await;
        assert!(login.open().await.is_err());
        std::fs::rename(file(ctx, "away"), file(ctx, "bot_token")).unwrap();
        ctx.app().reload().await.unwrap();
        ctx.simulator.wait_for_sockets(2).await;
        ctx.until_channel_says("EXPIRED").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_is_in_the_channel_before_the_process_ends() {
    run_test(async |ctx| {
        ctx.quiet().await;
        ctx.stop().await;
        let trail = ctx.audit_channel();
        assert!(trail.lines().last().unwrap().contains("STOPPED"), "{trail}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_that_somebody_else_holds_are_an_alarm() {
    run_test(async |ctx| {
        ctx.quiet().await;
        ctx.stop().await;
        ctx.options.sockets.others_for = Duration::from_millis(200);
        let mut theirs = ctx.options.sockets.clone();
        theirs.sockets = 1;
        let strangers = held_by_somebody_else(&ctx.simulator, theirs);
        ctx.simulator.wait_for_sockets(1).await;
        ctx.run().await;
        insta::assert_snapshot!(ctx.reads("ada", "not mine").await, @"⚠️ Slack counts sockets of this app that are not mine (1), so somebody else has its app-level token and gets part of the clicks. Find them, or create a new token, put it in place and send me SIGHUP.");
        strangers.shutdown(Duration::from_secs(1)).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_becomes_an_admin_is_said_first_however_much_else_changes() {
    run_test(async |ctx| {
        let long = "x".repeat(300);
        ctx.edit_config(|text| {
            let flow = |n| {
                format!("[[flows]]\nname = \"aaa <!channel> {n}\"\nrequesters = [\"group:sre\"]\nintegration = \"orders-db\"\nmax_duration = \"1h\"\napprovers = [\"group:sre\"]\n")
            };
            let flows: String = (0..60).map(flow).collect();
            format!("{text}\n{flows}contact = \"{long}\"\n[[people]]\naccounts = [\"ada@example.com\", \"U0EVE\"]\n")
        });
        ctx.app().reload().await.unwrap();
        ctx.settle().await;
        let posts = ctx.simulator.channel_messages("permissions-audit");
        let posts: Vec<_> = posts
            .iter()
            .filter(|post| post.rendered.contains("*POLICY CHANGED*"))
            .skip(1)
            .collect();
        let first = posts[0];
        assert_eq!(first.thread_ts, None);
        let said = first.rendered.lines().find(|line| line.contains("who is an admin"));
        assert_eq!(said, Some("• who is an admin: + U0EVE (same person as ada@example.com)"));
        let count = posts.len();
        assert!(count > 4, "{count}");
        for (index, post) in posts.iter().enumerate().skip(1) {
            assert_eq!(post.thread_ts.as_ref(), Some(&first.ts), "{}", post.rendered);
            let part = format!("changes, part {} of {count}", index + 1);
            assert!(post.rendered.contains(&part), "{}", post.rendered);
        }
        let all: String = posts.iter().map(|post| post.rendered.as_str()).collect();
        assert_eq!(all.matches("added, tried after").count(), 60);
        assert!(all.matches('x').count() >= long.len());
        assert!(all.contains("now one person: ada@example.com, U0EVE"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_may_see_is_said_to_have_changed() {
    run_test(async |ctx| {
        for key in ["first-secret-address", "second-secret-address"] {
            ctx.secrets.push(Secret::new("the heartbeat's address", key));
        }
        let line = "\n[alerts]\nheartbeat = \"http://127.0.0.1:9/first-secret-address\"\n";
        ctx.edit_config(|text| text + line);
        ctx.app().reload().await.unwrap();
        ctx.edit_config(|text| text.replace("first-secret-address", "second-secret-address"));
        ctx.app().reload().await.unwrap();
        let post = ctx.audit_posts("POLICY CHANGED").await.pop().unwrap();
        insta::assert_snapshot!(post, @"
        📜 *POLICY CHANGED* another config is active now
        From: [digest]
        To: [digest]
        • [alerts] heartbeat changed
        #5 · [head] · [time]
        ");
    })
    .await;
}
