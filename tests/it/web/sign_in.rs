//! Signing in with what the bot tells one person in Slack, and what does not let anybody in.

use std::time::Duration;

use insta::assert_snapshot;
use slack_simulator::Kind;

use super::signing_in::{enter, handed, new_browser, signed_in};
use super::with_portal;
use crate::support::bot::{Context, run_test, run_test_with};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_portal_there_is_no_link() {
    run_test(async |ctx| {
        assert_snapshot!(ctx.says("dana", "portal").await, @"There is no portal here. An admin can turn it on with `[web] listen` in my config.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_a_link_and_a_code() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        let token = handed.path.trim_start_matches("/sign-in/").to_owned();
        assert!(!handed.path.contains(&handed.code));

        let mut browser = new_browser(ctx);
        let page = browser.open(&handed.path).await;
        assert_snapshot!(page.text(), @"
        apono
        Enter the code
        apono told you the code in Slack, together with this link.
        Code
        Continue
        ");
        let fields = [("form", page.token()), ("code", handed.code.to_lowercase())];
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        let page = browser.send(&handed.path, &fields).await;
        assert_snapshot!(page.text(), @"
        apono
        Sign in as Dana Ito?
        dana@example.com
        Sign in
        If this is not you, close this page: somebody else asked for the link.
        ");
        let page = browser.send("/sign-in", &[("form", &page.token())]).await;
        assert_eq!((page.status, page.path.as_str()), (200, "/"));
        assert!(page.html.contains("Dana Ito"));

        let told = ctx.reads("dana", "You signed in to the portal").await;
        assert_snapshot!(told, @"
        🔑 You signed in to the portal at [time] with Firefox on Linux from 127.0.0.1. If that was not you, press End and tell an admin.
        [End]
        ");
        ctx.settle().await;
        for secret in [&token, &handed.code] {
            assert_eq!(ctx.listener.lines("", secret), [""; 0], "it is in the log");
        }
        assert_snapshot!(ctx.headlines_since("SIGNED IN"), @"🔑 *SIGNED IN* Dana Ito (dana@example.com) with Firefox on Linux from 127.0.0.1");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opening_a_link_uses_nothing_up_and_names_nobody() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        for _ in 0..10 {
            let page = new_browser(ctx).open(&handed.path).await;
            assert!(!page.html.contains("Dana"));
        }
        let made_up = new_browser(ctx)
            .open("/sign-in/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
            .await;
        let real = new_browser(ctx).open(&handed.path).await;
        assert_eq!(made_up.text(), real.text(), "a link says nothing about itself");
        let page = enter(&mut new_browser(ctx), &handed.path, &handed.code).await;
        assert!(page.text().contains("Sign in as Dana Ito?"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_wrong_codes_kill_a_link() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        let mut browser = new_browser(ctx);
        let mut said = String::new();
        // Nothing at all is no try.
        for code in ["", " - "] {
            let page = enter(&mut browser, &handed.path, code).await;
            assert!(page.text().contains("Enter the code that apono told you in Slack."), "{}", page.text());
        }
        for _ in 0..5 {
            said.push_str(
                enter(&mut browser, &handed.path, "AAAAAA")
                    .await
                    .text()
                    .lines()
                    .nth(4)
                    .unwrap_or_default(),
            );
            said.push('\n');
        }
        let after = enter(&mut browser, &handed.path, &handed.code).await;
        assert_snapshot!(format!("{said}{}", after.text()), @"
        That is not the code. 4 tries are left.
        That is not the code. 3 tries are left.
        That is not the code. 2 tries are left.
        That is not the code. 1 try is left.

        apono
        This link no longer works
        A link works once and for 5 minutes, until a newer one is made or a wrong code was entered too often. Type this in Slack for a new one:
        /apono portal
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_minutes_a_newer_link_and_its_use_kill_a_link() {
    run(async |ctx| {
        let dead = "This link no longer works";
        let old = handed(ctx, "dana").await;
        let new = handed(ctx, "dana").await;
        let page = enter(&mut new_browser(ctx), &old.path, &old.code).await;
        assert!(page.text().contains(dead), "{}", page.text());
        let page = enter(&mut new_browser(ctx), &new.path, &new.code).await;
        assert!(page.text().contains("Sign in as"), "{}", page.text());
        let page = enter(&mut new_browser(ctx), &new.path, &new.code).await;
        assert!(page.text().contains(dead), "{}", page.text());

        let late = handed(ctx, "dana").await;
        ctx.clock.advance(Duration::from_secs(301));
        let page = enter(&mut new_browser(ctx), &late.path, &late.code).await;
        assert!(page.text().contains(dead), "{}", page.text());

        let slow = handed(ctx, "dana").await;
        let mut browser = new_browser(ctx);
        let page = enter(&mut browser, &slow.path, &slow.code).await;
        ctx.clock.advance(Duration::from_secs(301));
        let page = browser.send("/sign-in", &[("form", &page.token())]).await;
        assert!(page.text().contains(dead), "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_counts_only_with_the_form_of_the_same_browser() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        let page = new_browser(ctx).open(&handed.path).await;
        let mut other = new_browser(ctx);
        other.open(&handed.path).await;
        let refused = other
            .send(&handed.path, &[("form", &page.token()), ("code", &handed.code)])
            .await;
        assert_eq!(refused.status, 403);

        // Somebody else's confirmation is no use without the cookie of the browser that knew the code.
        let mut browser = new_browser(ctx);
        let confirm = enter(&mut browser, &handed.path, &handed.code).await;
        let stolen = new_browser(ctx)
            .send("/sign-in", &[("form", &confirm.token())])
            .await;
        assert_eq!(stolen.status, 403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_that_was_asked_for_follows_if_it_is_ours() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        let mut browser = new_browser(ctx);
        let page = browser.open("/sessions").await;
        assert_eq!(page.path, "/sign-in?next=%2Fsessions");
        let page = enter(&mut browser, &handed.path, &handed.code).await;
        let page = browser.send("/sign-in", &[("form", &page.token())]).await;
        assert_eq!(page.path, "/sessions");
        for elsewhere in [
            "//evil.example.com",
            "https://evil.example.com",
            "/\\evil.example.com",
        ] {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("next", elsewhere)
                .finish();
            let page = browser.open(&format!("/sign-in?{query}")).await;
            assert_eq!(page.path, "/", "{elsewhere}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_session_is_in_a_cookie_that_no_script_reads() {
    run(async |ctx| {
        let handed = handed(ctx, "dana").await;
        let mut browser = new_browser(ctx);
        let page = enter(&mut browser, &handed.path, &handed.code).await;
        let answer = browser.post("/sign-in", &[("form", &page.token())]).await;
        let lines: Vec<&str> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|line| line.to_str().unwrap())
            .collect();
        let line = lines
            .iter()
            .find(|line| line.starts_with("apono-session="))
            .unwrap();
        assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_not_used_and_in_any_case() {
    run(async |ctx| {
        let mut browser = signed_in(ctx, "dana").await;
        ctx.clock.advance(Duration::from_mins(119));
        assert_eq!(browser.open("/").await.path, "/");
        ctx.clock.advance(Duration::from_mins(121));
        assert_eq!(browser.open("/").await.path, "/sign-in");

        let mut browser = signed_in(ctx, "dana").await;
        for _ in 0..7 {
            ctx.clock.advance(Duration::from_mins(100));
            assert_eq!(browser.open("/").await.path, "/");
        }
        ctx.clock.advance(Duration::from_mins(30));
        assert_eq!(browser.open("/").await.path, "/sign-in");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn end_in_the_message_signs_out_and_no_other_session() {
    run(async |ctx| {
        let mut one = signed_in(ctx, "dana").await;
        ctx.sees("dana", "You signed in").await;
        let message = ctx.sees("dana", "You signed in").await;
        ctx.settle().await;
        let mut other = signed_in(ctx, "dana").await;
        let said = ctx.answer_to_stale_click("dana", &message, "End").await;
        assert_snapshot!(said, @"That session of the portal is ended.");
        assert_eq!(one.open("/").await.path, "/sign-in");
        assert_eq!(other.open("/").await.path, "/");
        let said = ctx.answer_to_stale_click("dana", &message, "End").await;
        assert_snapshot!(said, @"That session of the portal had already ended.");
        ctx.settle().await;
        assert!(
            ctx.headlines_since("SIGNED OUT")
                .contains("Dana Ito (dana@example.com): 1 session, ended by themselves")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions() {
    run(async |ctx| {
        let mut one = signed_in(ctx, "dana").await;
        let mut two = signed_in(ctx, "dana").await;
        let mut eve = signed_in(ctx, "eve").await;
        let page = one.open("/sessions").await;
        let [_, ids @ ..] = &page.html.split("/sessions/").collect::<Vec<_>>()[..] else {
            panic!()
        };
        let ids: Vec<&str> = ids
            .iter()
            .filter_map(|rest| rest.split_once("/end").map(|(id, _)| id))
            .collect();
        assert_eq!(ids.len(), 2, "{}", page.text());
        assert_eq!(page.text().matches("this one").count(), 1);

        // Nobody ends somebody else's.
        let forms = eve.open("/sessions").await;
        for id in &ids {
            eve.send(&format!("/sessions/{id}/end"), &[("form", &forms.token())])
                .await;
        }
        assert_eq!(one.open("/").await.path, "/");
        assert_eq!(two.open("/").await.path, "/");
        // Nor with a form of their own session that is not theirs.
        let forged = one.send("/sessions/end", &[("form", &forms.token())]).await;
        assert_eq!(forged.status, 403);

        let ended = one.send("/sessions/end", &[("form", &page.token())]).await;
        assert_eq!(ended.path, "/sign-in");
        assert_eq!(two.open("/").await.path, "/sign-in");
        assert_eq!(eve.open("/").await.path, "/");
        let out = eve.send("/sign-out", &[("form", &forms.token())]).await;
        assert_eq!(out.path, "/sign-in");
        assert_eq!(eve.open("/").await.path, "/sign-in");
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocked_lose_their_sessions_at_once() {
    run(async |ctx| {
        let mut browser = signed_in(ctx, "dana").await;
        let handed = handed(ctx, "dana").await;
        ctx.says("ada", "block <@U0DANA|dana> laptop stolen").await;
        assert_eq!(browser.open("/").await.path, "/sign-in");
        let page = enter(&mut new_browser(ctx), &handed.path, &handed.code).await;
        assert!(page.text().contains("no longer works"), "{}", page.text());
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("BLOCKED"), @"
        🚫 *BLOCKED* Dana Ito (dana@example.com) by Ada Lind (ada@example.com): no access and no decisions until unblocked
        🚪 *SIGNED OUT* Dana Ito (dana@example.com): 1 session, ended because an admin blocked them
        ");
        ctx.says("ada", "unblock <@U0DANA|dana>").await;
        assert_eq!(browser.open("/").await.path, "/sign-in", "what ended stays ended");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn leavers_lose_their_sessions_at_once() {
    run(async |ctx| {
        let mut dana = signed_in(ctx, "dana").await;
        ctx.simulator.change_world(|world| world.deactivate("dana"));
        ctx.until("the session is gone", async || {
            let known = ctx.app().bot().directory.known.person("U0DANA");
            known.is_some_and(|person| person.standing == apono::access::people::Standing::Deactivated)
        })
        .await;
        assert_eq!(dana.open("/").await.path, "/sign-in");
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("SIGNED OUT"), @"🚪 *SIGNED OUT* Dana Ito (U0DANA): 1 session, ended because they are no longer a member of the workspace");

        let mut eve = signed_in(ctx, "eve").await;
        ctx.simulator
            .change_world(|world| world.set_kind("eve", Kind::MultiChannelGuest));
        assert_eq!(eve.open("/").await.path, "/", "a guest may read what is theirs");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_survives_a_restart_and_reading_an_outage_of_slack() {
    run(async |ctx| {
        let browser = signed_in(ctx, "dana").await;
        ctx.settle().await;
        ctx.stop().await;
        ctx.run().await;
        let mut again = new_browser(ctx);
        again.cookies = browser.cookies;
        assert_eq!(again.open("/").await.path, "/");
    })
    .await;
}
