//! Tokens and answers that nobody may sign in with, from an issuer that is made up.

use std::sync::Arc;
use std::time::Instant;

use sea_orm::DbBackend;
use serde_json::{Value, json};
use url::Url;

use super::made_up::{MadeUp, Odd, PATIENCE, Signing};
use super::{come_back, leave, said, with_issuer};
use crate::support::bot::{Context, run_test_on};
use crate::support::connect_proxy::ConnectProxy;
use crate::support::tls_door::TlsDoor;
use crate::web::browser::{Browser, Page};
use crate::web::signing_in::new_browser;
use apono::clock::Clock;
use apono::network::Proxy;

/// A bot with an issuer that is made up.
pub(crate) async fn run(test: impl AsyncFn(&mut Context, &MadeUp)) {
    let issuer = MadeUp::start().await;
    let address = issuer.issuer.clone();
    run_test_on(
        &[DbBackend::Sqlite],
        || with_issuer(&address, "apono", None),
        async |ctx| {
            test(ctx, &issuer).await;
        },
    )
    .await;
}

/// What a token for this sign-in says, for Dana.
pub(crate) fn claims(ctx: &Context, issuer: &MadeUp, to: &Url) -> Value {
    let now = ctx.clock.now().seconds();
    json!({
        "iss": issuer.issuer, "aud": "apono", "sub": "dana-1", "nonce": said(to, "nonce"),
        "iat": now, "exp": now + 300, "email": "dana@example.com", "email_verified": true,
    })
}

/// Comes back with a code, as the issuer would send them.
pub(crate) async fn back(ctx: &mut Context, browser: &mut Browser, to: &Url, more: &str) -> Page {
    let path = format!(
        "/sign-in/oidc/callback?code=made-up-code&state={}{more}",
        said(to, "state")
    );
    come_back(ctx, browser, &path).await
}

/// Whether nobody is signed in, and the page says so in our words.
pub(crate) fn stays_out(page: &Page, browser: &Browser) -> bool {
    page.text().contains("You are not signed in") && !browser.cookies.contains_key("apono-session")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_but_a_right_one_signs_anybody_in() {
    run(async |ctx, issuer| {
        let wrong: [(&str, Value); 14] = [
            ("nonce", json!("somebody-elses")),
            ("nonce", Value::Null),
            ("iss", json!("https://evil.example")),
            ("iss", Value::Null),
            ("aud", json!("another-client")),
            ("aud", json!(["apono", "another-client"])),
            ("azp", json!("another-client")),
            ("exp", json!(ctx.clock.now().seconds() - 61)),
            ("exp", Value::Null),
            ("iat", json!(ctx.clock.now().seconds() - 700)),
            ("iat", json!(ctx.clock.now().seconds() + 120)),
            ("sub", Value::Null),
            ("sub", json!("")),
            ("nbf", json!(ctx.clock.now().seconds() + 120)),
        ];
        for (name, value) in wrong {
            let mut browser = new_browser(ctx);
            let to = leave(&mut browser).await;
            let mut says = claims(ctx, issuer, &to);
            says[name] = value.clone();
            issuer.says(says, Signing::Right);
            let page = back(ctx, &mut browser, &to, "").await;
            assert!(
                page.status == 403 && stays_out(&page, &browser),
                "{name} {value}: {}",
                page.text()
            );
        }
        for signing in [Signing::Another, Signing::Nothing, Signing::PublicKey] {
            let mut browser = new_browser(ctx);
            let to = leave(&mut browser).await;
            issuer.says(claims(ctx, issuer, &to), signing);
            let page = back(ctx, &mut browser, &to, "").await;
            assert!(
                page.status == 403 && stays_out(&page, &browser),
                "{signing:?}: {}",
                page.text()
            );
        }
        // So that what is refused above is refused for what is wrong with it.
        let mut browser = new_browser(ctx);
        let to = leave(&mut browser).await;
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut browser, &to, "").await;
        assert_eq!(page.path, "/", "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_another_issuer_is_not_taken_for_this_ones() {
    run(async |ctx, issuer| {
        let mut browser = new_browser(ctx);
        let to = leave(&mut browser).await;
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut browser, &to, "&iss=https%3A%2F%2Fevil.example").await;
        assert!(stays_out(&page, &browser), "{}", page.text());

        // One that names itself always does.
        issuer.describes("authorization_response_iss_parameter_supported", json!(true));
        ctx.clock.advance(std::time::Duration::from_secs(3601));
        let to = leave(&mut browser).await;
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let page = back(ctx, &mut browser, &to, "").await;
        assert!(stays_out(&page, &browser), "{}", page.text());
        let to = leave(&mut browser).await;
        issuer.says(claims(ctx, issuer, &to), Signing::Right);
        let named = url::form_urlencoded::byte_serialize(issuer.issuer.as_bytes()).collect::<String>();
        let page = back(ctx, &mut browser, &to, &format!("&iss={named}")).await;
        assert_eq!(page.path, "/", "{}", page.text());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_sends_too_much_or_nothing_or_leads_away_holds_nobody_up() {
    run(async |ctx, issuer| {
        for path in ["/token", "/keys"] {
            for odd in [Odd::Huge, Odd::Page, Odd::Elsewhere, Odd::Silent] {
                let mut browser = new_browser(ctx);
                let to = leave(&mut browser).await;
                issuer.says(claims(ctx, issuer, &to), Signing::Right);
                issuer.is_odd(path, Some(odd));
                let began = Instant::now();
                let page = back(ctx, &mut browser, &to, "").await;
                assert!(
                    page.status >= 500 && stays_out(&page, &browser),
                    "{path} {odd:?}: {}",
                    page.text()
                );
                assert!(
                    began.elapsed() < PATIENCE,
                    "{path} {odd:?}: {:?}",
                    began.elapsed()
                );
                issuer.is_odd(path, None);
            }
        }
        // Nobody is sent to an issuer that says it is somebody else, or that cannot be read.
        ctx.clock.advance(std::time::Duration::from_secs(3601));
        for odd in [Odd::Huge, Odd::Page, Odd::Elsewhere, Odd::Silent] {
            issuer.is_odd("/.well-known/openid-configuration", Some(odd));
            let page = super::press(&mut new_browser(ctx)).await;
            assert!(
                page.status >= 500 && page.header("refresh").is_empty(),
                "{odd:?}: {}",
                page.text()
            );
        }
        // It is silent: each waits for it alone, and not for those before.
        let mut browsers = [(); 3].map(|()| new_browser(ctx));
        let [one, two, three] = &mut browsers;
        let began = Instant::now();
        let pages = tokio::join!(super::press(one), super::press(two), super::press(three));
        assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
        for page in [pages.0, pages.1, pages.2] {
            assert_eq!(page.status, 503, "{}", page.text());
        }
        issuer.is_odd("/.well-known/openid-configuration", None);
        issuer.describes("issuer", json!("https://evil.example"));
        let page = super::press(&mut new_browser(ctx)).await;
        assert!(
            page.status == 500 && page.header("refresh").is_empty(),
            "{}",
            page.text()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_is_reached_through_the_proxy_with_an_authority_of_ones_own() {
    run(async |ctx, issuer| {
        ctx.stop().await;
        let port = issuer.issuer.rsplit(':').next().unwrap().parse().unwrap();
        let tls = TlsDoor::before(port, "id.test").await;
        let proxy = ConnectProxy::start().await;
        std::fs::write(ctx.folder.path().join("ca.pem"), &tls.ca).unwrap();
        let behind = format!("https://id.test:{}", tls.port);
        ctx.edit_config(|config| {
            config
                .replace(
                    &format!("issuer = \"{}\"", issuer.issuer),
                    &format!("issuer = \"{behind}\""),
                )
                .replace("[slack]\n", "[slack]\nca_file = \"ca.pem\"\n")
        });
        for (name, path) in [
            ("issuer", ""),
            ("authorization_endpoint", "/authorize"),
            ("token_endpoint", "/token"),
            ("jwks_uri", "/keys"),
        ] {
            issuer.describes(name, json!(format!("{behind}{path}")));
        }
        let address = format!("http://me:hunter2@127.0.0.1:{}", proxy.port);
        ctx.options.proxy = Some(Arc::new(Proxy::new(&address, "").unwrap()));
        ctx.run().await;

        let mut browser = new_browser(ctx);
        let to = leave(&mut browser).await;
        let mut says = claims(ctx, issuer, &to);
        says["iss"] = json!(behind);
        issuer.says(says, Signing::Right);
        let page = back(ctx, &mut browser, &to, "").await;
        assert_eq!(page.path, "/", "{}", page.text());
        let asked = proxy.asked();
        assert!(
            asked.len() >= 3 && asked.iter().all(|server| behind.ends_with(server)),
            "{asked:?}"
        );
    })
    .await;
}
