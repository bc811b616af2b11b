//! With npm's `oidc-provider`.

use std::time::Duration;

use insta::assert_snapshot;
use sea_orm::DbBackend;
use serde_json::json;

use super::{leave, redirect_uri, sign_in, with_issuer};
use crate::support::bot::{run_test_on, run_test_with};
use crate::support::canary::Secret;
use crate::support::oidc_provider::{OidcProvider, SECRET};
use crate::web::signing_in::{new_browser, signed_in};

const DANA: &str = "7c8a5b40-dana";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_with_an_account_of_an_issuer() {
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
                "account": {"sub": DANA, "email": "Dana@Example.com", "email_verified": true},
            }));
            let mut browser = new_browser(ctx);
            let page = browser.open("/flows").await;
            assert_snapshot!(page.text(), @"
            apono
            Sign in
            Sign in with Example ID
            Or type this in Slack, in any conversation:
            /apono portal
            apono answers, to you alone, with a link and a code. Open the link and enter the code there.
            ");
            let page = super::press(&mut browser).await;
            assert_snapshot!(page.text(), @"
            apono
            Sign in with Example ID
            Your browser goes to Example ID now. If it does not, use this link:
            Continue to Example ID
            ");
            let page = sign_in(ctx, &mut browser).await;
            assert_eq!(
                (page.status, page.path.as_str()),
                (200, "/flows"),
                "{}",
                page.text()
            );
            assert!(page.html.contains("Dana Ito"));

            let told = ctx.reads("dana", "You signed in to the portal").await;
            assert_snapshot!(told, @"
            🔑 You signed in to the portal at [time] with Firefox on Linux from 127.0.0.1. If that was not you, press End and tell an admin.
            [End]
            ");
            ctx.settle().await;
            let linked = ctx.headlines_since("ACCOUNT LINKED");
            assert_snapshot!(linked, @"
            🪪 *ACCOUNT LINKED* Dana Ito (dana@example.com) signs in with an account of http://127.0.0.1:[port] from now on
            🔑 *SIGNED IN* Dana Ito (dana@example.com) with Firefox on Linux from 127.0.0.1, through http://127.0.0.1:[port]
            ");

            // The account is known now, whatever address it has.
            provider.lock().change(
                &json!({"account": {"sub": DANA, "email": "d@elsewhere.example", "email_verified": false}}),
            );
            let page = sign_in(ctx, &mut new_browser(ctx)).await;
            assert_eq!((page.status, page.path.as_str()), (200, "/"), "{}", page.text());
            ctx.settle().await;
            let again = ctx.headlines_since("ACCOUNT LINKED");
            assert_eq!(again.matches("ACCOUNT LINKED").count(), 1, "{again}");
            assert_eq!(again.matches("SIGNED IN").count(), 2, "{again}");

            let mut by_link = signed_in(ctx, "dana").await;
            let sessions = by_link.open("/sessions").await.text();
            let with = |words: &str| sessions.lines().filter(|line| *line == words).count();
            assert_eq!((with("Example ID"), with("A link from Slack")), (2, 1), "{sessions}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_algorithms_every_proof_and_new_keys_work() {
    let Some(provider) = OidcProvider::start() else {
        return;
    };
    let provider = parking_lot::Mutex::new(provider);
    let issuer = provider.lock().issuer.clone();
    for (client, secret) in [("es", Some(SECRET)), ("rs", Some(SECRET)), ("public", None)] {
        run_test_on(
            &[DbBackend::Sqlite],
            || with_issuer(&issuer, client, secret),
            async |ctx| {
                provider.lock().change(&json!({
                    "redirect_uri": redirect_uri(ctx),
                    "account": {"sub": DANA, "email": "dana@example.com", "email_verified": true},
                    "address_in_tokens": client == "es",
                }));
                let page = sign_in(ctx, &mut new_browser(ctx)).await;
                assert_eq!(page.path, "/", "{client}: {}", page.text());

                // A new key is used at once, but the keys are not fetched again for each token with an unknown one.
                provider.lock().change(&json!({"new_keys": true}));
                let page = sign_in(ctx, &mut new_browser(ctx)).await;
                assert_eq!(page.status, 403, "{}", page.text());
                ctx.clock.advance(Duration::from_secs(61));
                let page = sign_in(ctx, &mut new_browser(ctx)).await;
                assert_eq!(page.path, "/", "{client}: {}", page.text());
            },
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_issuer_refuses_is_said_in_our_words() {
    let Some(provider) = OidcProvider::start() else {
        return;
    };
    let provider = parking_lot::Mutex::new(provider);
    let issuer = provider.lock().issuer.clone();
    run_test_on(
        &[DbBackend::Sqlite],
        || with_issuer(&issuer, "rs", Some("wrong")),
        async |ctx| {
            provider.lock().change(&json!({
                "redirect_uri": redirect_uri(ctx), "account": {"sub": DANA, "refuses": true},
            }));
            let page = sign_in(ctx, &mut new_browser(ctx)).await;
            assert_snapshot!(page.text(), @"
            apono
            You are not signed in
            Example ID did not let you sign in.
            Try again. If it happens again, ask the people who run it there to give you access.
            Back to sign-in
            ");
            provider.lock().change(&json!({"account": {"sub": DANA}}));
            let page = sign_in(ctx, &mut new_browser(ctx)).await;
            assert_snapshot!(page.text(), @"
            apono
            You are not signed in
            Signing in with Example ID is not set up correctly.
            Sign in with a link from Slack, and tell an admin: the bot's log says what is wrong.
            Back to sign-in
            ");
            assert_eq!(
                leave(&mut new_browser(ctx)).await.origin().ascii_serialization(),
                issuer
            );
            ctx.settle().await;
        },
    )
    .await;
}
