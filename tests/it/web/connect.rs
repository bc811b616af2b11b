//! One's own access in the portal: credentials once, more time, and nothing of others.

use std::time::Duration;

use super::browser::{Browser, Page};
use super::signing_in::signed_in;
use super::with_portal;
use crate::ssh_target::front_door;
use crate::support::bot::{Context, Setup, run_test_with};
use crate::support::canary::Secret;
use crate::support::login::Login;
use crate::support::ssh_server::Laptop;

/// Writing can be extended at once.
const EXTENDABLE: &str = r#"
[[flows]]
name = "Write for longer"
requesters = ["omar@example.com"]
integration = "orders-db"
permissions = ["write"]
approval = "automatic"
max_duration = "1h"
extensions = { times = 2, each = "1h" }
"#;

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_with(with_portal, test).await;
}

fn once(page: &Page, end: &str) -> String {
    let values = page.html.split("name=\"once\" value=\"").skip(1);
    let mut values = values.map(|rest| rest.split('"').next().unwrap().to_owned());
    values.find(|value| value.ends_with(end)).unwrap()
}

/// Presses the button of a request's page.
async fn press(browser: &mut Browser, page: &Page, what: &str, fields: &[(&str, &str)]) -> Page {
    let (token, once) = (page.token(), once(page, &format!("-{what}")));
    let mut all = vec![("form", token.as_str()), ("once", &once)];
    all.extend(fields);
    browser.send(&format!("/requests/AR-1/{what}"), &all).await
}

/// The login that a page shows.
pub(super) fn login(ctx: &mut Context, page: &Page) -> Login {
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.header("cache-control"), "no-store");
    let lines = page.html.split("<pre>").nth(1).unwrap();
    let login = Login::read(lines.split("</pre>").next().unwrap());
    ctx.secrets.push(Secret::new("a shown password", &login.password));
    login
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_shown_once_to_whoever_has_the_access() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        let home = dana.open("/").await;
        assert!(
            home.html.contains("href=\"/requests/AR-1#connect\""),
            "{}",
            home.html
        );
        let form = dana.open("/requests/AR-1").await;
        let shown = press(&mut dana, &form, "connect", &[]).await;
        let first = login(ctx, &shown);
        assert!(
            shown.text().contains("This is shown once and stored nowhere."),
            "{}",
            shown.text()
        );
        assert!(first.open().await.is_ok());
        // A reload sends the same form: it shows nothing, and the credentials stay.
        let replayed = press(&mut dana, &form, "connect", &[]).await;
        assert_eq!(replayed.status, 409);
        assert!(
            replayed.text().contains("These credentials were shown once."),
            "{}",
            replayed.text()
        );
        assert!(!replayed.html.contains(&first.password));
        assert!(first.open().await.is_ok());
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 1);
        let form = dana.open("/requests/AR-1").await;
        assert!(!form.html.contains(&first.password));
        let shown = press(&mut dana, &form, "connect", &[]).await;
        let second = login(ctx, &shown);
        assert!(first.open().await.is_err() && second.open().await.is_ok());
        // No address shows them.
        for path in ["/requests/AR-1/connect", "/requests/AR-1/extend"] {
            assert_eq!(dana.open(path).await.status, 405, "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_credentials_for_anothers_access() {
    run(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        for (who, status) in [("ada", 409), ("sam", 409), ("omar", 409), ("eve", 404)] {
            let mut browser = signed_in(ctx, who).await;
            let page = browser.open("/requests/AR-1").await;
            assert!(!page.html.contains("/requests/AR-1/connect"), "{who}");
            let token = browser.open("/sessions").await.token();
            for what in ["connect", "extend"] {
                let once = format!("{who}-{what}");
                let fields = [("form", token.as_str()), ("once", &once), ("duration", "1h")];
                let page = browser.post(&format!("/requests/AR-1/{what}"), &fields).await;
                assert_eq!(page.status, status, "{who} {what}: {}", page.text());
                assert!(!page.html.contains("Password"), "{who}: {}", page.text());
            }
        }
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 0);
        assert!(
            ctx.headlines_since("REFUSED").contains("Ada"),
            "{}",
            ctx.headlines_since("REFUSED")
        );
        // What ended gives nothing.
        let mut dana = signed_in(ctx, "dana").await;
        let form = dana.open("/requests/AR-1").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        let late = press(&mut dana, &form, "connect", &[]).await;
        assert_eq!(late.status, 409);
        assert!(late.text().contains("AR-1 was revoked at"), "{}", late.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_holder_extends_as_the_flow_allows() {
    let setup = || Setup {
        config: format!("{EXTENDABLE}{}", with_portal().config),
        ..with_portal()
    };
    run_test_with(setup, async |ctx| {
        ctx.asks("omar", "write", "30m", "a migration").await;
        ctx.until_state(1, "Granted").await;
        ctx.settle().await;
        let mut omar = signed_in(ctx, "omar").await;
        let form = omar.open("/requests/AR-1").await;
        let text = form.text();
        assert!(
            text.contains("It can be extended 2 more times, by at most 1 h each time."),
            "{text}"
        );
        for (duration, why) in [
            ("2h", "Its access flow allows at most 1 h per extension."),
            ("long", "Write a duration such as 45s"),
        ] {
            let page = omar.open("/requests/AR-1").await;
            let fields = [("duration", duration), ("reason", "a <long> index")];
            let refused = press(&mut omar, &page, "extend", &fields).await;
            assert_eq!(refused.status, 409, "{duration}");
            // What was typed is still there.
            let typed = format!("name=\"duration\" value=\"{duration}\"");
            assert!(refused.html.contains(&typed), "{}", refused.html);
            assert!(
                refused.html.contains(">a &#60;long&#62; index</textarea>"),
                "{}",
                refused.html
            );
            assert!(refused.text().contains(why), "{duration}: {}", refused.text());
        }
        // More time is no new status: the list says since when it is granted.
        let since = |page: &Page| {
            let cell = page.html.split("<td class=\"status\">").nth(2).unwrap();
            let time = cell.split("<small>").nth(1).unwrap();
            time.split("</small>").next().unwrap().to_owned()
        };
        let granted = since(&omar.open("/").await);
        ctx.clock.advance(Duration::from_secs(5));
        let fields = [("duration", "1h"), ("reason", "it takes longer")];
        let page = press(&mut omar, &form, "extend", &fields).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert!(page.text().contains("1 h 29 min left"), "{}", page.text());
        // The same form again adds nothing.
        let again = press(&mut omar, &form, "extend", &fields).await;
        assert!(again.text().contains("1 h 29 min left"), "{}", again.text());
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("EXTENDED").await.len(), 1);
        assert_eq!(since(&omar.open("/").await), granted);
    })
    .await;
}

/// What a page shows for pasting, as a browser copies it.
fn copied(page: &Page) -> String {
    let blocks = page.html.split("<pre>").skip(1);
    let blocks = blocks.map(|block| block.split("</pre>").next().unwrap());
    let blocks = blocks.collect::<Vec<_>>().join("\n");
    blocks
        .replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_is_certified_and_a_private_one_is_kept_nowhere() {
    front_door::run_test_on_top_of(&with_portal().config, "5m", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let private = std::fs::read_to_string(laptop.key_file()).unwrap();
        let secret = private.lines().nth(1).unwrap();
        ctx.may_log_in("2h").await;
        ctx.settle().await;
        let mut dana = signed_in(ctx, "dana").await;
        let form = dana.open("/requests/AR-1").await;
        assert!(
            form.text().contains("Only the public half is needed"),
            "{}",
            form.text()
        );
        for (pasted, answer) in [
            (
                private.as_str(),
                "This is a PRIVATE key. It was not stored, but it has left your machine",
            ),
            ("ssh-ed25519 AAAA", "The key is incomplete"),
        ] {
            let refused = press(&mut dana, &form, "connect", &[("pasted", pasted)]).await;
            assert_eq!(refused.status, 409);
            assert!(refused.text().contains(answer), "{}", refused.text());
            assert!(!refused.html.contains(secret), "it is not repeated");
        }
        let shown = press(&mut dana, &form, "connect", &[("pasted", &laptop.public_key())]).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        let text = copied(&shown);
        let line = |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap();
        let (certificate, command) = (line("ssh-ed25519-cert-v01"), line("ssh -i"));
        assert!(laptop.gets_in(command, certificate).await);
        // The next time one click is enough, and the form of before certifies nothing.
        let again = press(&mut dana, &form, "connect", &[("pasted", &laptop.public_key())]).await;
        assert_eq!(again.status, 409, "{}", again.text());
        let form = dana.open("/requests/AR-1").await;
        let fingerprint = laptop.fingerprint();
        assert!(
            form.html.contains(&format!("value=\"{fingerprint}\"")),
            "{}",
            form.html
        );
        let shown = press(&mut dana, &form, "connect", &[("key", &fingerprint)]).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 2);
    })
    .await;
}
