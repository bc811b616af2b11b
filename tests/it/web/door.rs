//! What every request meets: hosts, headers, sizes, limits, and the end.

use apono::app::{App, Options, StartError};
use apono::clock::SystemClock;
use apono::config::Config;
use apono::slack::socket::SocketSettings;
use apono::slack::web::Pacing;
use apono::workers::capacity::Capacities;
use http::{Method, header};
use insta::assert_snapshot;
use sea_orm::DbBackend;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::browser::Browser;
use super::with_portal;
use crate::support::bot::{Context, run_test, run_test_on};

async fn run(test: impl AsyncFn(&mut Context)) {
    run_test_on(&[DbBackend::Sqlite], with_portal, test).await;
}

fn browser(ctx: &Context) -> Browser {
    Browser::new(ctx.app().portal().unwrap().origin())
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_address_there_is_no_portal() {
    run_test(async |ctx| assert!(ctx.app().portal().is_none())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_the_headers() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        for (method, path) in [
            (Method::GET, "/sign-in"),
            (Method::GET, "/nothing/here"),
            (Method::GET, "/assets/nothing.css"),
            (Method::DELETE, "/sign-in"),
        ] {
            let page = browser.ask(method, path, None).await;
            let policy = page.header("content-security-policy");
            assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
            assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
            assert!(!policy.contains("unsafe"), "{path}: {policy}");
            assert_eq!(page.header("cache-control"), "no-store", "{path}");
            assert_eq!(page.header("referrer-policy"), "no-referrer", "{path}");
            assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_is_refused() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        browser
            .headers
            .insert(header::HOST, "rebound.example.com".parse().unwrap());
        let page = browser.open("/sign-in").await;
        assert_eq!(page.status, 421);
        assert_snapshot!(page.text(), @"
        apono
        Wrong address
        The portal does not answer at this address. Type /apono portal in Slack for the right one.
        Go to the start page
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_says_so() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        let page = browser.open("/nothing").await;
        assert_eq!(page.status, 404);
        assert_snapshot!(page.text(), @"
        apono
        Not found
        There is no such page, or it is not yours to read. Check the address.
        Go to the start page
        ");
        assert_eq!(browser.ask(Method::PUT, "/sign-in", None).await.status, 405);
        let first = browser.open("/").await;
        assert_eq!((first.status, first.path.as_str()), (200, "/sign-in"));
        let head = browser.ask(Method::HEAD, "/sign-in", None).await;
        assert_eq!((head.status, head.html.as_str()), (200, ""));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_pages_load_is_there_and_may_be_kept_forever() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        let page = browser.open("/sign-in").await;
        let mut named: Vec<String> = assets_in(&page.html);
        let style = named
            .iter()
            .find(|name| name.contains("/style-"))
            .unwrap()
            .clone();
        let inside = browser.open(&style).await.html;
        named.extend(inside.split("url(").skip(1).map(|rest| {
            let name = rest.split(')').next().unwrap();
            format!("/assets/{name}")
        }));
        assert!(named.len() >= 5, "{named:?}");
        for name in named {
            let asset = browser.open(&name).await;
            assert_eq!(asset.status, 200, "{name}");
            assert!(asset.header("cache-control").contains("immutable"), "{name}");
        }
    })
    .await;
}

fn assets_in(html: &str) -> Vec<String> {
    let parts = html.split("\"/assets/").skip(1);
    parts
        .map(|rest| format!("/assets/{}", rest.split('"').next().unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_another_site_is_refused() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        browser
            .headers
            .insert("sec-fetch-site", "cross-site".parse().unwrap());
        let page = browser.send("/sign-in", &[]).await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains("Nothing was changed"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_asks_too_much_is_told_so() {
    run(async |ctx| {
        let mut browser = browser(ctx);
        let mut refused = None;
        for _ in 0..20_000 {
            let page = browser.ask(Method::HEAD, "/nothing", None).await;
            if page.status == 429 {
                refused = Some(page);
                break;
            }
        }
        assert!(refused.is_some(), "20,000 requests in a row were answered");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_finishes_and_closes_connections() {
    run(async |ctx| {
        let origin = ctx.app().portal().unwrap().origin().to_owned();
        let address = origin.trim_start_matches("http://").to_owned();
        let mut idle = TcpStream::connect(&address).await.unwrap();
        let ask = format!("GET /sign-in HTTP/1.1\r\nHost: {address}\r\n\r\n");
        idle.write_all(ask.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        idle.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        ctx.stop().await;
        let mut rest = Vec::new();
        // The end of the stream, not a wait for it.
        idle.read_to_end(&mut rest).await.unwrap();
        assert!(TcpStream::connect(&address).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_said_at_the_start() {
    run(async |ctx| {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        ctx.stop().await;
        let path = ctx.config_path();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace("127.0.0.1:0", &format!("127.0.0.1:{port}"))).unwrap();
        let options = Options {
            clock: Arc::new(SystemClock),
            pacing: Pacing::Off,
            sockets: SocketSettings::default(),
            proxy: None,
            capacities: Capacities::default(),
        };
        let started = App::start(Config::load(&path).unwrap(), options).await;
        let Err(error @ StartError::Portal(_)) = started else {
            panic!("it started");
        };
        let said = error.to_string().replace(&port.to_string(), "PORT");
        assert_snapshot!(said, @"the portal: it cannot listen on 127.0.0.1:PORT: Address already in use (os error 98). Change [web] in the config, or stop what listens there");
        drop(taken);
    })
    .await;
}
