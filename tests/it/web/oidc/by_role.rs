//! Somebody without an account in Slack, whose verified address has a role in the config, reads as an auditor does, and does nothing.

use std::time::Duration;

use apono::access::people::{Account, AccountKind};
use apono::audit::event::{Actor, What};
use insta::assert_snapshot;
use serde_json::{Value, json};
use slack_simulator::Person;

use super::attacks::{run, stays_out};
use super::binding::comes;
use super::made_up::MadeUp;
use super::{redirect_uri, sign_in, with_issuer};
use crate::support::bot::{Context, run_test_with};
use crate::support::canary::Secret;
use crate::support::oidc_provider::{OidcProvider, SECRET};
use crate::web::browser::{Browser, Page};
use crate::web::signing_in::{self, new_browser};

pub(crate) const ADDRESS: &str = "audit@firm.example";

/// The config names this address as an auditor's from now on.
pub(crate) async fn names_auditor(ctx: &Context, email: &str) {
    ctx.edit_config(|config| {
        let line = format!("auditors = [\"sam@example.com\"]\noutside_auditors = [\"{email}\"]");
        if config.contains("outside_auditors = [") {
            config.replace(
                "outside_auditors = [",
                &format!("outside_auditors = [\"{email}\", "),
            )
        } else {
            config.replace("auditors = [\"sam@example.com\"]", &line)
        }
    });
    ctx.app().reload().await.unwrap();
}

/// The config no longer names it.
pub(crate) async fn names_auditor_no_more(ctx: &Context, email: &str) {
    ctx.edit_config(|config| {
        let list = |rest: &str| format!("outside_auditors = [\"{email}\"{rest}");
        config
            .replace(&list(", "), "outside_auditors = [")
            .replace(&list("]"), "outside_auditors = []")
    });
    ctx.app().reload().await.unwrap();
}

/// What a token says about somebody from the firm.
pub(crate) fn from_the_firm(subject: &str) -> Value {
    json!({"sub": subject, "email": ADDRESS})
}

/// From now on, an account in Slack has the address.
pub(crate) fn gets_an_account(ctx: &Context) {
    ctx.simulator.change_world(|world| {
        world.add_person(Person::member("U0AUDIT", "audit", "Audrey Lund", ADDRESS));
    });
}

/// A browser in which somebody without an account in Slack is signed in.
pub(crate) async fn signed_in(ctx: &mut Context, issuer: &MadeUp) -> Browser {
    let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
    assert_eq!(
        (page.status, page.path.as_str()),
        (200, "/active"),
        "{}",
        page.text()
    );
    browser
}

/// Why somebody is not signed in.
pub(crate) fn why(page: &Page, browser: &Browser) -> String {
    assert!(page.status >= 400 && stays_out(page, browser), "{}", page.text());
    page.text().lines().skip(2).take(2).collect::<Vec<_>>().join(" ")
}

/// The accounts with which anybody read or exported something.
async fn readers(ctx: &Context) -> Vec<Account> {
    let events = ctx.app().core().store.events_after(0, 100_000).await.unwrap();
    let readers = events
        .into_iter()
        .filter_map(|stored| match (stored.event.actor, stored.event.what) {
            (Actor::Person(person), What::Read(_) | What::Exported(_)) => Some(person.account),
            _ => None,
        });
    readers.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_without_a_slack_account_reads_and_the_trail_says_so() {
    let Some(provider) = OidcProvider::start() else {
        return;
    };
    let provider = parking_lot::Mutex::new(provider);
    let issuer = provider.lock().issuer.clone();
    run_test_with(
        || with_issuer(&issuer, "rs", Some(SECRET)),
        async |ctx| {
            ctx.secrets.push(Secret::new("the client's secret", SECRET));
            provider.lock().change(&json!({
                "redirect_uri": redirect_uri(ctx),
                "account": {"sub": "firm-1", "email": "Audit@Firm.example", "email_verified": true},
            }));
            ctx.asks("dana", "write", "30m", "a migration").await;
            ctx.until_state(1, "Granted").await;
            let mut browser = new_browser(ctx);
            let page = sign_in(ctx, &mut browser).await;
            assert_snapshot!(why(&page, &browser), @"No full member of the Slack workspace has the confirmed e-mail address audit@firm.example. Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address.");

            names_auditor(ctx, ADDRESS).await;
            let page = sign_in(ctx, &mut browser).await;
            assert_eq!((page.status, page.path.as_str()), (200, "/active"), "{}", page.text());
            assert!(page.html.contains("AR-1") && !page.html.contains("Revoke selected"), "{}", page.html);
            let places: Vec<&str> = page.html.split("<li><a href=\"").skip(1).collect();
            let places: Vec<&str> = places.iter().map(|rest| rest.split('"').next().unwrap()).collect();
            let all = ["/active", "/activity", "/people", "/integrations", "/dashboard",
                "/reports", "/reviews", "/flows", "/log"];
            assert_eq!(places, all);
            for path in ["/requests/AR-1", "/activity", "/dashboard", "/flows", "/log", "/people/U0DANA"] {
                let page = browser.open(path).await;
                assert_eq!(page.status, 200, "{path}: {}", page.text());
                let act = page.html.split("<form").skip(1).find(|form| {
                    let to = form.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
                    form.contains("method=\"post\"") && !["/sign-out", "/zone", "/activity/export"].contains(&to)
                });
                assert_eq!(act, None, "{path} has something to do");
            }
            let sessions = browser.open("/sessions").await;
            assert!(sessions.text().contains("Example ID"), "{}", sessions.text());
            let token = sessions.token();
            let fields = [("form", token.as_str()), ("rows", "events"), ("format", "csv")];
            let file = browser.post("/activity/export", &fields).await;
            assert!(file.status == 200 && file.html.contains("requested"), "{}", file.html);

            let found = browser.open("/log?actor=audit@firm.example&event=exported").await;
            assert!(found.text().contains("EXPORTED"), "{}", found.text());
            browser.send("/sign-out", &[("form", &token)]).await;
            assert_eq!(browser.open("/activity").await.path, "/sign-in?next=%2Factivity");

            let account = Account::of_issuer(&issuer, "firm-1");
            assert_eq!(account.kind, AccountKind::Issuer);
            let readers = readers(ctx).await;
            assert!(readers.len() >= 6 && readers.iter().all(|reader| *reader == account), "{readers:?}");
            ctx.settle().await;
            let told = ctx.headlines_since("ACCOUNT LINKED");
            assert!(!told.contains("<@"), "{told}");
            assert_snapshot!(told, @"
            🪪 *ACCOUNT LINKED* audit@firm.example (no Slack account) signs in with an account of http://127.0.0.1:[port] from now on
            🔑 *SIGNED IN* audit@firm.example (no Slack account) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
            📤 *EXPORTED* events as CSV by audit@firm.example (no Slack account) in the portal
            🚪 *SIGNED OUT* audit@firm.example (no Slack account): 1 session, ended by themselves
            ");
            let posts = ctx.audit_posts("SIGNED IN").await;
            let lines = posts[0].lines().filter(|line| !line.starts_with("Session: "));
            assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
            🔑 *SIGNED IN* audit@firm.example (no Slack account) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
            Person: audit@firm.example (no Slack account; firm-1 at http://127.0.0.1:[port])
            Through: http://127.0.0.1:[port]
            Browser: Firefox on Linux
            Address: 127.0.0.1
            Ends by: [time]
            #9 · [head] · [time]
            ");

            // The account is known by now.
            let page = sign_in(ctx, &mut new_browser(ctx)).await;
            assert_eq!(page.path, "/active", "{}", page.text());
            ctx.settle().await;
            assert_eq!(ctx.audit_channel().matches("ACCOUNT LINKED").count(), 1);
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_verified_address_that_has_a_role_and_no_account_reads() {
    run(async |ctx, issuer| {
        names_auditor(
            ctx,
            &format!("{ADDRESS}\", \"gus@example.com\", \"una@example.com\", \"two@firm.example"),
        )
        .await;
        ctx.edit_config(|config| {
            config.replace("[groups]\n", "[groups]\nfirm = [\"group@firm.example\"]\n")
                + "\n[[people]]\naccounts = [\"two@firm.example\", \"U0EVE\"]\n"
        });
        ctx.app().reload().await.unwrap();
        ctx.everybody_is_known().await;
        // Sam, an auditor, left, and Slack forgot the account.
        ctx.simulator.change_world(|world| world.forget_person("sam"));
        for different in [
            json!({"email": ADDRESS, "email_verified": false}),
            json!({"email": ADDRESS, "email_verified": null, "xms_edov": true}),
            json!({"email": "\u{212a}audit@firm.example"}),
            json!({"email": "other@firm.example"}),
            json!({"email": "group@firm.example"}),
            json!({"email": "two@firm.example"}),
            json!({"email": "gus@example.com"}),
            json!({"email": "una@example.com"}),
            json!({"email": "sam@example.com"}),
        ] {
            let mut says = different.clone();
            says["sub"] = json!("firm-1");
            let (page, browser) = comes(ctx, issuer, says).await;
            assert!(
                page.status == 403 && stays_out(&page, &browser),
                "{different}: {}",
                page.text()
            );
        }
        signed_in(ctx, issuer).await;
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_account_with_the_address_of_a_reader_waits_for_an_admin() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut first = signed_in(ctx, issuer).await;
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-2")).await;
        assert_snapshot!(why(&page, &browser), @"Another account of Example ID with the e-mail address audit@firm.example is already linked to you. If this one is right, ask an admin to type /apono accept audit@firm.example in Slack within 24 hours, and sign in again.");

        let said = ctx.says("ada", "accept audit@firm.example").await;
        let code = said.trim_end_matches('`').rsplit(' ').next().unwrap().to_owned();
        assert_snapshot!(said.replace(&code, "[code]"), @"
        An account is waiting to sign in to the portal as audit@firm.example (no Slack account). Ask them which account is theirs, then run its command:
        • firm-2 of http://127.0.0.1:[port]: `/apono accept audit@firm.example [code]`
        ");
        let said = ctx.says("ada", &format!("accept audit@firm.example {code}")).await;
        assert_snapshot!(said, @"audit@firm.example (no Slack account) now signs in to the portal with the account firm-2 of http://127.0.0.1:[port], and with no other account of it.");
        assert_eq!(first.open("/active").await.path, "/sign-in?next=%2Factive");
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        let (page, _) = comes(ctx, issuer, from_the_firm("firm-2")).await;
        assert_eq!(page.path, "/active", "{}", page.text());
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("ACCOUNT LINKED"), @"
        🪪 *ACCOUNT LINKED* audit@firm.example (no Slack account) signs in with an account of http://127.0.0.1:[port] from now on
        🔑 *SIGNED IN* audit@firm.example (no Slack account) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        🪪 *ACCOUNT LINKED* audit@firm.example (no Slack account) signs in with an account of http://127.0.0.1:[port], accepted by Ada Lind (ada@example.com)
        🚪 *SIGNED OUT* audit@firm.example (no Slack account): 1 session, ended because another account is linked to them now
        🔑 *SIGNED IN* audit@firm.example (no Slack account) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_a_reader_does_not_move_to_another_address_and_free_its_own() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        names_auditor(ctx, "other@firm.example").await;
        let mut first = signed_in(ctx, issuer).await;
        let other = json!({"sub": "firm-1", "email": "other@firm.example"});
        let (page, browser) = comes(ctx, issuer, other).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-2")).await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        assert_eq!(first.open("/active").await.path, "/active");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_no_longer_than_the_config_gives_them_a_role() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut reader = signed_in(ctx, issuer).await;
        names_auditor_no_more(ctx, ADDRESS).await;
        assert_eq!(reader.open("/activity").await.path, "/sign-in?next=%2Factivity");
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert!(stays_out(&page, &browser), "{}", page.text());

        // The session does not come back with the role.
        names_auditor(ctx, ADDRESS).await;
        assert_eq!(reader.open("/activity").await.path, "/sign-in?next=%2Factivity");
        signed_in(ctx, issuer).await;
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("SIGNED OUT").lines().next().unwrap(), @"🚪 *SIGNED OUT* audit@firm.example (no Slack account): 1 session, ended because the config no longer gives their address a role");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_who_gets_a_slack_account_is_that_person_once_an_admin_says_so() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut reader = signed_in(ctx, issuer).await;
        gets_an_account(ctx);
        // At the latest when Slack is asked again.
        ctx.clock.advance(Duration::from_mins(11));
        assert_eq!(reader.open("/activity").await.path, "/sign-in?next=%2Factivity");

        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert_snapshot!(why(&page, &browser), @"An account of Example ID could read here with the e-mail address audit@firm.example before a Slack account had it. Whether yours is the one for the Slack account, an admin has to say. Ask an admin to type /apono accept audit@firm.example in Slack within 24 hours, and sign in again.");
        let said = ctx.says("ada", "accept audit@firm.example").await;
        let code = said.trim_end_matches('`').rsplit(' ').next().unwrap().to_owned();
        assert_snapshot!(said.replace(&code, "[code]"), @"
        An account is waiting to sign in to the portal as Audrey Lund (U0AUDIT). Ask them which account is theirs, then run its command:
        • firm-1 of http://127.0.0.1:[port]: `/apono accept audit@firm.example [code]`
        ");
        let said = ctx
            .says("ada", &format!("accept audit@firm.example {code}"))
            .await;
        assert_snapshot!(said, @"Audrey Lund (U0AUDIT) now signs in to the portal with the account firm-1 of http://127.0.0.1:[port], and with no other account of it.");
        let (page, mut person) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert_eq!(page.path, "/", "{}", page.text());
        assert!(page.html.contains("Audrey Lund"));
        assert_eq!(person.open("/request").await.status, 200);

        // What she read before is still found by her address.
        let mut sam = signing_in::signed_in(ctx, "sam").await;
        let found = sam.open("/log?actor=audit@firm.example&kind=portal").await;
        let text = found.text();
        for who in ["audit@firm.example (no Slack account)", "Audrey Lund (audit@firm.example)"] {
            assert!(text.contains(&format!("SIGNED IN {who}")), "{who}: {text}");
        }
        ctx.settle().await;
        assert_snapshot!(ctx.headlines_since("SIGNED OUT"), @"
        🚪 *SIGNED OUT* audit@firm.example (no Slack account): 1 session, ended because a Slack account has their address now
        🪪 *ACCOUNT LINKED* Audrey Lund (audit@firm.example) signs in with an account of http://127.0.0.1:[port], accepted by Ada Lind (ada@example.com)
        🔑 *SIGNED IN* Audrey Lund (audit@firm.example) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
        🔑 *SIGNED IN* Sam Reyes (sam@example.com) with Firefox on Linux from 127.0.0.1
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_slack_down_nobody_begins_to_read_by_a_role() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let mut inside = signed_in(ctx, issuer).await;
        ctx.settle().await;
        ctx.simulator.begin_outage();
        let (page, browser) = comes(ctx, issuer, from_the_firm("firm-1")).await;
        assert_snapshot!(why(&page, &browser), @"Slack did not answer, so the bot cannot look you up. Try again in a minute.");
        ctx.clock.advance(Duration::from_mins(11));
        let page = inside.open("/activity").await;
        assert_eq!(page.status, 503, "what Slack said last stands for ten minutes");
        assert_snapshot!(page.text(), @"
        apono
        Slack does not answer
        Without a Slack account you can read only while Slack says that nobody there has your address, and it has not said so for 10 minutes. You stay signed in: try again in a minute.
        Go to the start page
        ");
        ctx.simulator.end_outage();
        ctx.simulator.wait_for_sockets(2).await;
        signed_in(ctx, issuer).await;
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_reads_only_while_the_issuer_that_named_them_is_the_one_in_the_config() {
    run(async |ctx, issuer| {
        names_auditor(ctx, ADDRESS).await;
        let cookies = signed_in(ctx, issuer).await.cookies;
        let other = MadeUp::start().await;
        let open = async |ctx: &Context| {
            let mut reader = new_browser(ctx);
            reader.cookies.clone_from(&cookies);
            reader.open("/active").await.path
        };
        ctx.restart_with(|config| config.replace(&issuer.issuer, &other.issuer))
            .await;
        assert_eq!(open(ctx).await, "/sign-in?next=%2Factive");
        ctx.restart_with(|config| config.replace(&other.issuer, &issuer.issuer))
            .await;
        assert_eq!(open(ctx).await, "/active");
    })
    .await;
}
