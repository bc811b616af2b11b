//! Signing in with the accounts of an OpenID Connect issuer: npm's `oidc-provider`, Slack as the simulator plays it, and one that
//! is made up for what no honest issuer does.

pub(crate) mod attacks;
pub(crate) mod binding;
mod browsers;
pub(crate) mod by_role;
mod config;
pub(crate) mod made_up;
mod provider;
mod slack;

use apono::web::CALLBACK;
use axum::body::Body;
use data_encoding::HEXLOWER;
use http::{HeaderMap, Method, Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sha2::{Digest, Sha256};
use url::Url;

use super::browser::{Browser, Page};
use crate::support::bot::{Context, Setup};
use crate::support::canary::Secret;

/// The usual set-up, with a portal that knows this issuer as `Example ID`.
pub(crate) fn with_issuer(issuer: &str, client_id: &str, secret: Option<&str>) -> Setup {
    let setup = Setup::default();
    let secret = secret.map_or_else(String::new, |secret| {
        format!("client_secret = {{ file = \"{}\" }}\n", secret_file(secret))
    });
    let config = format!(
        "\n[web]\nlisten = \"127.0.0.1:0\"\n[web.oidc]\nissuer = \"{issuer}\"\nclient_id = \"{client_id}\"\nname = \"Example ID\"\n{secret}{}",
        setup.config
    );
    Setup { config, ..setup }
}

/// A file with the client's secret, the same for all tests that use it: the folder of a test does not exist yet when its config is
/// written.
fn secret_file(secret: &str) -> String {
    let name = &HEXLOWER.encode(&Sha256::digest(secret))[..8];
    let path = std::env::temp_dir().join(format!("apono-oidc-{name}-{}", std::process::id()));
    std::fs::write(&path, secret).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Where the bot is sent back to.
pub(crate) fn redirect_uri(ctx: &Context) -> String {
    ctx.app().portal().unwrap().url_of(CALLBACK)
}

/// Presses the button on the page for signing in. Where the browser goes.
pub(crate) async fn leave(browser: &mut Browser) -> Url {
    let page = press(browser).await;
    let refresh = page.header("refresh");
    let to = refresh.strip_prefix("0; url=");
    to.unwrap_or_else(|| panic!("{refresh:?} leads nowhere:\n{}", page.text()))
        .parse()
        .unwrap()
}

/// The same, for what the page says.
pub(crate) async fn press(browser: &mut Browser) -> Page {
    let page = browser.open("/sign-in").await;
    browser.post("/sign-in/oidc", &[("form", &page.token())]).await
}

/// What an address says about `name`.
pub(crate) fn said(address: &Url, name: &str) -> String {
    let mut pairs = address.query_pairs();
    let (_, value) = pairs.find(|(named, _)| named == name).unwrap();
    value.into_owned()
}

/// Follows redirects at the issuer, with its cookies, until they lead back to the portal: the path there.
pub(crate) async fn through(ctx: &Context, mut at: Url) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let ours = ctx.app().portal().unwrap().origin().to_owned();
    let mut cookies: Vec<(String, String)> = Vec::new();
    for _ in 0..10 {
        if let Some(path) = at.as_str().strip_prefix(&ours) {
            return path.to_owned();
        }
        let lines: Vec<String> = cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder()
            .method(Method::GET)
            .uri(at.as_str())
            .header(header::COOKIE, lines.join("; "))
            .body(Body::empty());
        let answer = client.request(request.unwrap()).await.unwrap();
        keep(&mut cookies, answer.headers());
        let status = answer.status();
        let Some(to) = answer.headers().get(header::LOCATION).cloned() else {
            let body = axum::body::to_bytes(Body::new(answer.into_body()), 1 << 20)
                .await
                .unwrap();
            panic!("{status} at {at}: {}", String::from_utf8_lossy(&body));
        };
        at = at.join(to.to_str().unwrap()).unwrap();
    }
    panic!("{at} leads nowhere");
}

fn keep(cookies: &mut Vec<(String, String)>, headers: &HeaderMap) {
    for line in headers.get_all(header::SET_COOKIE) {
        let pair = line.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        cookies.retain(|(known, _)| known != name);
        if !value.is_empty() {
            cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// Signs in by way of the issuer: the last page.
pub(crate) async fn sign_in(ctx: &mut Context, browser: &mut Browser) -> Page {
    let to = leave(browser).await;
    let back = through(ctx, to).await;
    come_back(ctx, browser, &back).await
}

/// Opens what the issuer leads back to. What opens the session and what the issuer sent are secrets.
pub(crate) async fn come_back(ctx: &mut Context, browser: &mut Browser, back: &str) -> Page {
    let code = back.split(['?', '&']).find_map(|pair| pair.strip_prefix("code="));
    if let Some(code) = code {
        ctx.secrets.push(Secret::new("an issuer's code", code));
    }
    if let Some(attempt) = browser.cookies.get("apono-attempt") {
        ctx.secrets
            .push(Secret::new("what ties a sign-in to a browser", attempt));
    }
    let page = browser.open(back).await;
    if let Some(session) = browser.cookies.get("apono-session") {
        ctx.secrets.push(Secret::new("what opens a session", session));
    }
    page
}
