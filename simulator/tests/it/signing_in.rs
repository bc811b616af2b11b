//! Sign in with Slack.

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use slack_simulator::Simulator;

use crate::support::{request, start};

const BACK: &str = "https://app.example/back";

/// A page, and where it leads.
async fn open(url: &str) -> (StatusCode, String, String) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request = Request::get(url).body(Full::default()).unwrap();
    let answer = client.request(request).await.unwrap();
    let to = answer.headers().get(header::LOCATION);
    let to = to.map_or_else(String::new, |to| to.to_str().unwrap().to_owned());
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, to, String::from_utf8(body.to_vec()).unwrap())
}

fn page(slack: &Simulator, client: &str, back: &str) -> String {
    let base = slack.api_url().replace("/api", "");
    format!(
        "{base}/openid/connect/authorize?response_type=code&client_id={client}&redirect_uri={back}&scope=openid&state=s&nonce=n"
    )
}

async fn redeem(slack: &Simulator, client: &(String, String), code: &str) -> Value {
    let (id, secret) = client;
    let url = format!("{}/openid.connect.token", slack.api_url());
    let form = format!("client_id={id}&client_secret={secret}&code={code}&redirect_uri={BACK}");
    let kind = "application/x-www-form-urlencoded";
    request(Method::POST, &url, None, kind, form).await.1
}

#[tokio::test]
async fn somebody_agrees_and_the_app_redeems_their_code_once() {
    let slack = start().await.slack;
    slack.change_world(|world| world.add_redirect_url(BACK));
    let client = slack.change_world(|world| world.client());
    let at = page(&slack, &client.0, BACK);
    let (status, _, text) = open(&at).await;
    assert!(
        status.is_success() && text.contains("Allow as Dana Ito"),
        "{text}"
    );
    assert!(!text.contains("Del Ray"), "who has left cannot sign in");

    let (_, to, _) = open(&format!("{at}&as=dana")).await;
    let code = to.strip_prefix(&format!("{BACK}?code=")).unwrap();
    let (code, state) = code.split_once("&state=").unwrap();
    assert_eq!(state, "s");
    let token = redeem(&slack, &client, code).await;
    assert_eq!(token["ok"], json!(true), "{token}");
    assert_eq!(token["id_token"].as_str().unwrap().split('.').count(), 3);
    let again = redeem(&slack, &client, code).await;
    assert_eq!(again, json!({"ok": false, "error": "invalid_code"}));
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let slack = start().await.slack;
    let (id, _) = slack.change_world(|world| world.client());
    let (status, to, text) = open(&format!("{}&as=dana", page(&slack, &id, BACK))).await;
    assert_eq!((status, to.as_str()), (StatusCode::BAD_REQUEST, ""), "{text}");
    slack.change_world(|world| world.add_redirect_url(BACK));
    let (status, _, _) = open(&page(&slack, "another", BACK)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let wrong = (id, "wrong".to_owned());
    assert_eq!(redeem(&slack, &wrong, "code").await["error"], "bad_client_secret");
}
