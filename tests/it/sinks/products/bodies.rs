//! What a request to each product is, to the byte.

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;

use super::super::receiver::{Answer, Got};
use super::{PRODUCTS, Product, SECRET, two_records, yes};

/// As people can read it: JSON on several lines, and no secret.
fn shown(got: &Got) -> String {
    let mut text = format!("POST {}\n", got.path);
    let mut names: Vec<&str> = got.headers.keys().map(http::HeaderName::as_str).collect();
    names.retain(|name| !matches!(*name, "host" | "content-length"));
    names.sort_unstable();
    for name in names {
        writeln!(text, "{name}: {}", got.header(name)).unwrap();
    }
    match serde_json::from_str::<Value>(&got.body) {
        Ok(body) => write!(text, "\n{}\n", serde_json::to_string_pretty(&body).unwrap()).unwrap(),
        Err(_) => write!(text, "\n{}\n", got.body).unwrap(),
    }
    let basic = data_encoding::BASE64.encode(format!("123456:{SECRET}").as_bytes());
    text.replace(SECRET, "[secret]")
        .replace(&basic, "[user and secret]")
}

#[tokio::test]
async fn each_product_gets_what_it_wants() {
    for kind in PRODUCTS {
        let product = Product::start(kind, "").await;
        product
            .receiver
            .answers(|_| Some(Answer::Says(200, Vec::new(), yes())));
        let taken = product.deliver(&two_records()).await.unwrap();
        let requests: Vec<String> = product.receiver.got().iter().map(shown).collect();
        let all = format!("{}\n{}", requests.join("\n"), taken.said);
        insta::assert_snapshot!(format!("a_request_to_{kind}"), all);
    }
}

#[tokio::test]
async fn what_a_product_would_drop_for_its_age_gets_the_time_of_sending_and_keeps_its_own_in_a_field() {
    let (of_datadog, of_new_relic) = (
        |body: &Value| body[0]["timestamp"].clone(),
        |body: &Value| body[0]["logs"][0]["timestamp"].clone(),
    );
    for (kind, hours, time) in [
        ("datadog", 18, of_datadog as fn(&Value) -> Value),
        ("newrelic", 48, of_new_relic),
    ] {
        let product = Product::start(kind, "").await;
        let records = two_records();
        let at = records[0].event.at;
        let millis = |at: apono::access::time::Timestamp| Value::from(at.micros() / 1_000);
        let late = at.plus(Duration::from_hours(hours));
        let soon = at.plus(Duration::from_hours(hours - 2));
        for now in [soon, late] {
            product.open().deliver(&records, now).await.unwrap();
        }
        let got = product.receiver.got();
        assert_eq!(time(&got[0].json()), millis(at), "{kind}");
        assert_eq!(time(&got[1].json()), millis(late), "{kind}");
        assert!(got[1].body.contains(&format!("\"at\":\"{}\"", at.to_rfc3339())));
    }
}

#[tokio::test]
async fn what_the_config_adds_goes_along() {
    let splunk = Product::start("splunk", "index = \"security\"\nsourcetype = \"apono:audit\"").await;
    splunk
        .receiver
        .answers_next([Answer::Says(200, Vec::new(), yes())]);
    splunk.deliver(&two_records()[..1]).await.unwrap();
    let body = splunk.receiver.got()[0].json();
    assert_eq!(body["index"], "security");
    assert_eq!(body["sourcetype"], "apono:audit");

    let datadog = Product::start("datadog", "tags = [\"env:production\", \"team:security\"]").await;
    datadog.deliver(&two_records()).await.unwrap();
    assert_eq!(
        datadog.receiver.got()[0].json()[0]["ddtags"],
        "env:production,team:security"
    );

    let coralogix = Product::start("coralogix", "application = \"access\"\nsubsystem = \"jit\"").await;
    coralogix.deliver(&two_records()).await.unwrap();
    let body = coralogix.receiver.got()[0].json();
    assert_eq!(
        (&body[0]["applicationName"], &body[0]["subsystemName"]),
        (&"access".into(), &"jit".into())
    );
}

/// Wherever an event is any JSON.
#[tokio::test]
async fn each_of_these_can_have_ocsf_instead() {
    for kind in ["splunk", "sumo", "cortex", "solarwinds", "coralogix", "loki"] {
        let product = Product::start(kind, "format = \"ocsf\"").await;
        product
            .receiver
            .answers_next([Answer::Says(200, Vec::new(), yes())]);
        product.deliver(&two_records()).await.unwrap();
        let body = product.receiver.got()[0].body.replace('\\', "");
        assert!(
            body.contains("\"class_uid\":3005") && body.contains("\"version\":\"1.8.0\""),
            "{kind}: {body}"
        );
    }
}
