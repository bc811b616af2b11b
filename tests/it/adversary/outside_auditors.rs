//! Somebody without a Slack account who wants to read for longer than they should, to become a person, or to do anything at all; and
//! people who take names that mean somebody else.

use std::time::Duration;

use http::Method;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::bot::{Context, run_test_with};
use crate::web::oidc::attacks::{run, stays_out};
use crate::web::oidc::binding::comes;
use crate::web::oidc::by_role::{
    ADDRESS, from_the_firm, gets_an_account, names_auditor, names_auditor_no_more, signed_in,
};
use crate::web::signing_in;
use crate::web::with_portal;

const OUT: &str = "/sign-in?next=%2Factive";

#[tokio::test(flavor = "multi_thread")]
async fn a_session_does_not_outlive_a_moment_in_which_the_config_gave_no_role() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut reader = signed_in(ctx, issuer).await;
        // No page is opened in between.
        names_auditor_no_more(ctx, ADDRESS).await;
        names_auditor(ctx, ADDRESS).await;
        assert_eq!(reader.open("/active").await.path, OUT);

        let cookies = signed_in(ctx, issuer).await.cookies;
        let named = format!("outside_auditors = [\"{ADDRESS}\", ");
        ctx.restart_with(|config| config.replace(&named, "outside_auditors = ["))
            .await;
        ctx.restart_with(|config| config.replace("outside_auditors = [", &named))
            .await;
        let mut reader = signing_in::new_browser(ctx);
        reader.cookies = cookies;
        assert_eq!(reader.open("/active").await.path, OUT);
        ctx.settle().await;
        let told = ctx.headlines_since("SIGNED OUT");
        let ends: Vec<&str> = told.lines().filter(|line| line.contains("SIGNED OUT")).collect();
        assert_eq!(ends.len(), 2, "{told}");
        assert_snapshot!(ends[0], @"🚪 *SIGNED OUT* audit@firm.example (no Slack account): 1 session, ended because the config no longer gives their address a role");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_slack_is_silent_nobody_without_an_account_reads_on_for_long() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut reader = signed_in(ctx, issuer).await;
        ctx.settle().await;
        ctx.simulator.begin_outage();
        ctx.clock.advance(Duration::from_mins(9));
        assert_eq!(reader.open("/active").await.status, 200);
        ctx.clock.advance(Duration::from_mins(2));
        for path in ["/active", "/activity", "/log", "/people/U0DANA", "/sessions"] {
            let page = reader.open(path).await;
            assert_eq!(page.status, 503, "{path}: {}", page.text());
        }
        ctx.simulator.end_outage();
        ctx.simulator.wait_for_sockets(2).await;
        assert_eq!(
            reader.open("/active").await.status,
            200,
            "they are still signed in"
        );
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_read_by_an_address_does_not_become_the_person_who_gets_it() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        signed_in(ctx, issuer).await;
        gets_an_account(ctx);
        // Neither at once nor at the second try, with that account of the issuer or with another one.
        for subject in ["firm-1", "firm-2", "firm-1", "firm-2", "firm-3"] {
            let (page, browser) = comes(ctx, issuer, from_the_firm(subject)).await;
            assert!(stays_out(&page, &browser), "{subject}: {}", page.text());
        }
        // Nor by another address of theirs in between.
        let elsewhere = json!({"sub": "firm-1", "email": "other@firm.example"});
        let (page, browser) = comes(ctx, issuer, elsewhere).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert!(stays_out(&page, &browser), "{}", page.text());

        let said = ctx.says("ada", "accept audit@firm.example").await;
        assert!(
            ["firm-1", "firm-2", "firm-3"]
                .iter()
                .all(|one| said.contains(one)),
            "{said}"
        );
        let line = said.lines().find(|line| line.contains("firm-2")).unwrap();
        let code = line.trim_end_matches('`').rsplit(' ').next().unwrap();
        ctx.says("ada", &format!("accept audit@firm.example {code}"))
            .await;
        for subject in ["firm-1", "firm-3"] {
            let (page, browser) = comes(ctx, issuer, from_the_firm(subject)).await;
            assert!(stays_out(&page, &browser), "{subject}: {}", page.text());
        }
        let (page, _) = comes(ctx, issuer, from_the_firm("firm-2")).await;
        assert_eq!(page.path, "/", "{}", page.text());
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_read_by_a_role_does_not_become_a_person_by_another_address() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        signed_in(ctx, issuer).await;
        names_auditor_no_more(ctx, ADDRESS).await;
        let as_eve = json!({"sub": "firm-1", "email": "eve@example.com"});
        let (page, browser) = comes(ctx, issuer, as_eve).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whom_the_bot_knew_does_not_read_once_slack_has_forgotten_their_address() {
    run(async |ctx, issuer| {
        names_auditor(ctx, "gus@example.com").await;
        ctx.says("gus", "list").await;
        ctx.simulator.change_world(|world| world.deactivate("gus"));
        let gus = json!({"sub": "firm-1", "email": "gus@example.com"});
        let (page, browser) = comes(ctx, issuer, gus).await;
        assert!(
            page.status == 403 && stays_out(&page, &browser),
            "{}",
            page.text()
        );
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_issuer_calls_an_account_is_not_taken_for_anybody_or_for_a_command() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let (page, mut reader) = comes(ctx, issuer, from_the_firm("U0ADA")).await;
        assert_eq!(page.path, "/active", "{}", page.text());
        assert_eq!(reader.open("/people/U0DANA").await.status, 200);
        let mut sam = signing_in::signed_in(ctx, "sam").await;
        let found = sam.open("/log?actor=U0ADA&kind=portal").await;
        assert!(!found.text().contains("SIGNED IN"), "{}", found.text());
        let found = sam.open("/log?actor=audit@firm.example&kind=reads").await;
        assert!(found.text().contains("Dana Ito"), "{}", found.text());

        let odd = "`/apono`<!channel>";
        let (page, browser) = comes(ctx, issuer, from_the_firm(odd)).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        let said = ctx.says("ada", "accept audit@firm.example").await;
        let code = said.trim_end_matches('`').rsplit(' ').next().unwrap().to_owned();
        assert_snapshot!(said.replace(&code, "[code]"), @"
        An account is waiting to sign in to the portal as audit@firm.example (no Slack account). Ask them which account is theirs, then run its command:
        • '/apono'<!channel> of http://127.0.0.1:[port]: `/apono accept audit@firm.example [code]`
        ");
        ctx.settle().await;
    })
    .await;
}

/// The config also names the address wherever people with power stand.
async fn names_them_everywhere(ctx: &Context) {
    ctx.edit_config(|config| {
        let with = |list: &str| format!("{list}\"{ADDRESS}\", ");
        config
            .replace("admins = [", &with("admins = ["))
            .replace("auditors = [\"sam", &format!("auditors = [\"{ADDRESS}\", \"sam"))
            .replace("sre = [", &with("sre = ["))
            .replace("developers = [", &with("developers = ["))
    });
    ctx.app().reload().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_name_in_the_config_lets_somebody_without_a_slack_account_do_anything() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        names_them_everywhere(ctx).await;
        ctx.asks("dana", "write", "30m", "a migration").await;
        ctx.until_state(1, "Granted").await;
        ctx.asks("dana", "read", "30m", "a look").await;
        ctx.until_state(2, "Pending").await;
        let mut reader = signed_in(ctx, issuer).await;
        let token = reader.open("/sessions").await.token();
        for (path, field) in [
            ("/request", ("step", "send")),
            ("/request", ("step", "")),
            ("/requests/AR-1/connect", ("", "")),
            ("/requests/AR-1/extend", ("duration", "1h")),
            ("/requests/AR-1/end", ("reason", "no longer needed")),
            ("/requests/AR-2/answer", ("verdict", "approve")),
            ("/requests/AR-2/answer", ("verdict", "reject")),
            ("/revoke", ("request", "AR-1.1")),
            ("/revoke-all", ("person", "U0DANA")),
            ("/revoke-all", ("integration", "orders-db")),
        ] {
            let page = reader
                .post(path, &[("form", &token), ("once", path), field])
                .await;
            assert_eq!(page.status, 403, "{path}: {}", page.text());
            assert!(
                page.text().contains("Without a Slack account"),
                "{path}: {}",
                page.text()
            );
        }
        for path in ["/request", "/waiting", "/revoke-all?person=U0DANA"] {
            let page = reader.ask(Method::GET, path, None).await;
            assert!([403, 404].contains(&page.status), "{path}: {}", page.text());
        }
        assert_eq!(ctx.state_of(1).await, "Granted");
        assert_eq!(ctx.state_of(2).await, "Pending");
        ctx.settle().await;
        let told = ctx.headlines_since("REFUSED");
        assert!(!told.contains("APPROVED") && !told.contains("REVOKED"), "{told}");
        assert_snapshot!(told.lines().next().unwrap(), @"⛔ *REFUSED* form by audit@firm.example (no Slack account): Without a Slack account you can only read.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_the_place_of_another_by_a_name() {
    let with_names = || {
        let mut setup = with_portal();
        setup.world.rename_person("eve", "U0DANA");
        setup.world.rename_person("nils", "dana@example.com");
        setup
    };
    run_test_with(with_names, async |ctx| {
        ctx.granted("2h").await;
        ctx.everybody_is_known().await;
        ctx.settle().await;
        let mut ada = signing_in::signed_in(ctx, "ada").await;
        for name in ["U0DANA", "dana%40example.com", "DANA%40EXAMPLE.COM"] {
            let page = ada.open(&format!("/activity?grantee={name}")).await;
            assert!(page.text().contains("AR-1"), "{name}: {}", page.text());
            let page = ada.open(&format!("/people/U0OMAR?with={name}")).await;
            assert!(
                page.text().contains("Omar Khan and Dana Ito"),
                "{name}: {}",
                page.text()
            );
        }
    })
    .await;
}
