//! Slack behind a proxy and a certificate authority of one's own, for the Web API and the sockets alike.

use std::path::PathBuf;
use std::sync::Arc;

use apono::network::{Network, Proxy, install_crypto_provider};
use apono::slack::web::{ApiUrl, Pacing, Tokens, WebApi, WebError, WebSettings};

use crate::support::bot::run_test;
use crate::support::connect_proxy::ConnectProxy;
use crate::support::tls_door::TlsDoor;

/// A name that no resolver knows: only the proxy finds it.
const SLACK: &str = "slack.test";

fn proxy_at(port: u16, password: &str) -> Proxy {
    Proxy::new(&format!("http://me:{password}@127.0.0.1:{port}"), "").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lives_its_life_through_the_proxy() {
    run_test(async |ctx| {
        ctx.stop().await;
        let direct = ctx.simulator.api_url();
        let origin = direct.strip_suffix("/api").unwrap().to_owned();
        let port = origin.rsplit(':').next().unwrap().parse().unwrap();
        let tls = TlsDoor::before(port, SLACK).await;
        let proxy = ConnectProxy::start().await;
        std::fs::write(ctx.folder.path().join("ca.pem"), &tls.ca).unwrap();
        let behind = format!("https://{SLACK}:{}", tls.port);
        ctx.simulator.set_origin(&behind);
        let plain = format!("api_url = \"{direct}\"");
        let secure = format!("api_url = \"{behind}/api\"\nca_file = \"ca.pem\"");
        ctx.edit_config(|config| config.replace(&plain, &secure));
        ctx.options.proxy = Some(Arc::new(proxy_at(proxy.port, "hunter2")));

        ctx.run().await;
        ctx.granted("30m").await;
        let answer = ctx.says("dana", "show AR-1").await;
        assert!(
            answer.contains("AR-1"),
            "an answer by response_url arrives too: {answer}"
        );
        let asked = proxy.asked();
        let expected = format!("{SLACK}:{}", tls.port);
        assert!(asked.iter().all(|server| *server == expected), "{asked:?}");
        // Two sockets, and at least one connection for the Web API.
        assert!(asked.len() >= 3, "{asked:?}");

        ctx.quiet().await;
        ctx.stop().await;
        ctx.simulator.set_origin(&origin);
        ctx.edit_config(|config| config.replace(&secure, &plain));
        ctx.options.proxy = None;
    })
    .await;
}

async fn auth_test(port: u16, proxy: Proxy, ca_file: Option<PathBuf>) -> WebError {
    install_crypto_provider();
    let web = WebApi::new(WebSettings {
        api_url: ApiUrl::parse(&format!("https://{SLACK}:{port}/api"), false).unwrap(),
        tokens: Some(Tokens::new(
            &"xoxb-1".to_owned().into(),
            &"xapp-1".to_owned().into(),
        )),
        pacing: Pacing::Off,
        network: Network {
            proxy: Some(Arc::new(proxy)),
            ca_file,
        },
    });
    web.unwrap().auth_test().await.unwrap_err()
}

#[tokio::test]
async fn what_is_in_the_way_is_said_without_the_proxys_password() {
    let tls = TlsDoor::before(9, SLACK).await;
    let proxy = ConnectProxy::start().await;
    let wrong = auth_test(tls.port, proxy_at(proxy.port, "wrong"), None).await;
    insta::assert_snapshot!(wrong, @"auth.test: slack cannot be reached (tunnel error: proxy authorization required)");
    let unknown = auth_test(tls.port, proxy_at(proxy.port, "hunter2"), None).await;
    insta::assert_snapshot!(unknown, @"auth.test: slack cannot be reached (invalid peer certificate: UnknownIssuer)");
    let nobody = auth_test(tls.port, proxy_at(9, "hunter2"), None).await;
    assert!(matches!(nobody, WebError::Unreachable { .. }), "{nobody}");
    assert!(!nobody.to_string().contains("hunter2"));
}

#[test]
fn a_ca_file_without_certificates_is_refused() {
    install_crypto_provider();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, "no certificate").unwrap();
    let refused = WebApi::new(WebSettings {
        api_url: ApiUrl::parse("https://slack.com/api", false).unwrap(),
        tokens: None,
        pacing: Pacing::Off,
        network: Network {
            proxy: None,
            ca_file: Some(path),
        },
    });
    let said = refused.unwrap_err().to_string();
    insta::assert_snapshot!(said.replace(folder.path().to_str().unwrap(), "[folder]"), @"ca_file [folder]/ca.pem holds no certificate");
}
