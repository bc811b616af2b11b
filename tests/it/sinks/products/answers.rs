//! What each product's answers mean: taken, later, refused or held. No text of a product is repeated.

use std::time::Duration;

use apono::sinks::Fault;

use super::super::receiver::Answer;
use super::{PRODUCTS, Product, SECRET, two_records};

fn says(status: u16, body: &str) -> Answer {
    Answer::Says(status, Vec::new(), body.to_owned())
}

/// What comes of one answer, in a word and a sentence.
fn came(result: Result<apono::sinks::Taken, Fault>) -> String {
    match result {
        Ok(taken) => format!("taken: {}", taken.said),
        Err(Fault::Later { why, after: None }) => format!("later: {why}"),
        Err(Fault::Later {
            why,
            after: Some(after),
        }) => format!("later, after {} s: {why}", after.as_secs()),
        Err(Fault::Refused { why }) => format!("refused: {why}"),
        Err(Fault::Held { why }) => format!("held: {why}"),
    }
}

/// What comes of each answer to a batch.
async fn all(kind: &str, answers: impl IntoIterator<Item = Answer>) -> String {
    let product = Product::start(kind, "").await;
    let mut lines = Vec::new();
    for answer in answers {
        product.receiver.answers_next([answer]);
        lines.push(came(product.deliver(&two_records()).await));
    }
    lines.join("\n")
}

#[tokio::test]
async fn the_status_means_the_same_with_every_product() {
    let said = "<html>an error of a proxy, with the token a-secret-that-nobody-may-see</html>";
    for kind in PRODUCTS.into_iter().filter(|kind| *kind != "sentinel") {
        let wait = Answer::Says(429, vec![("retry-after", "17".to_owned())], said.to_owned());
        let statuses = [400, 413, 401, 403, 404, 500, 503].map(|status| says(status, said));
        let came = all(kind, statuses.into_iter().chain([wait])).await;
        assert_eq!(
            came,
            "refused: it answered HTTP 400\n\
             refused: it answered HTTP 413\n\
             held: it answered HTTP 401\n\
             held: it answered HTTP 403\n\
             later: it answered HTTP 404\n\
             later: it answered HTTP 500\n\
             later: it answered HTTP 503\n\
             later, after 17 s: it answered HTTP 429",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn splunk_says_it_with_a_code() {
    let answers = [
        says(200, r#"{"text":"Success","code":0}"#),
        says(200, "<html>a page to sign in</html>"),
        says(
            400,
            r#"{"text":"Incorrect index","code":7,"invalid-event-number":1}"#,
        ),
        says(
            400,
            r#"{"text":"Invalid data format","code":6,"invalid-event-number":0}"#,
        ),
        says(403, r#"{"text":"Invalid token","code":4}"#),
        says(503, r#"{"text":"Server is busy","code":9}"#),
        says(
            500,
            r#"{"text":"a token: a-secret-that-nobody-may-see","code":8}"#,
        ),
        says(400, r#"{"text":"something new","code":4711}"#),
    ];
    insta::assert_snapshot!(all("splunk", answers).await, @r"
    taken: HTTP 200, code 0
    held: what answers there is not Splunk's HTTP Event Collector
    held: it answered HTTP 400, code 7 (incorrect index)
    refused: it answered HTTP 400, code 6 (invalid data format)
    held: it answered HTTP 403, code 4 (invalid token)
    later: it answered HTTP 503, code 9 (server is busy)
    later: it answered HTTP 500, code 8 (internal server error)
    later: it answered HTTP 400, code 4711
    ");
}

#[tokio::test]
async fn elasticsearch_says_it_for_each_event() {
    let items = |first: &str, second: &str| {
        let body = format!(
            "{{\"took\":1,\"errors\":true,\"items\":[{{\"create\":{first}}},{{\"create\":{second}}}]}}"
        );
        says(200, &body)
    };
    let there = r#"{"status":409,"error":{"type":"version_conflict_engine_exception","reason":"document already exists"}}"#;
    let created = r#"{"status":201}"#;
    let busy =
        r#"{"status":429,"error":{"type":"es_rejected_execution_exception","reason":"queue is full"}}"#;
    let wrong =
        r#"{"status":400,"error":{"type":"document_parsing_exception","reason":"a justification in full"}}"#;
    let odd = r#"{"status":400,"error":{"type":"<script>alert(1)</script>"}}"#;
    let gone = r#"{"status":404,"error":{"type":"index_not_found_exception","reason":"no such index"}}"#;
    let answers = [
        says(200, r#"{"took":1,"errors":false,"items":[]}"#),
        items(created, there),
        items(there, there),
        items(wrong, created),
        items(odd, created),
        items(wrong, busy),
        items(busy, gone),
        says(200, "<html>a page to sign in</html>"),
    ];
    insta::assert_snapshot!(all("elastic", answers).await, @r"
    taken: HTTP 200
    taken: HTTP 200
    taken: HTTP 200
    refused: it answered 400 about an event (document_parsing_exception)
    refused: it answered 400 about an event
    later: it answered 429 about an event (es_rejected_execution_exception)
    held: it answered 404 about an event (index_not_found_exception)
    held: what answers there is not Elasticsearch
    ");
}

fn token(text: &str, seconds: u32) -> Answer {
    says(
        200,
        &format!("{{\"access_token\":\"{text}\",\"expires_in\":{seconds}}}"),
    )
}

#[tokio::test]
async fn sentinels_token_is_kept_until_shortly_before_it_expires_and_replaced_once_if_it_is_refused() {
    let product = Product::start("sentinel", "").await;
    let records = two_records();
    let start = records[1].event.at;
    let mut sink = product.open();
    let receiver = &product.receiver;

    receiver.answers_next([token("first", 3_599), Answer::status(204)]);
    sink.deliver(&records, start).await.unwrap();
    receiver.answers_next([Answer::status(204)]);
    sink.deliver(&records, start.plus(Duration::from_mins(54)))
        .await
        .unwrap();
    receiver.answers_next([token("second", 3_599), Answer::status(204)]);
    sink.deliver(&records, start.plus(Duration::from_mins(55)))
        .await
        .unwrap();

    // Somebody revoked it.
    receiver.answers_next([Answer::status(401), token("third", 3_599), Answer::status(204)]);
    sink.deliver(&records, start.plus(Duration::from_mins(56)))
        .await
        .unwrap();
    // A new one is refused too.
    receiver.answers_next([Answer::status(401), token("fourth", 3_599), Answer::status(401)]);
    let refused = sink.deliver(&records, start.plus(Duration::from_mins(57))).await;
    assert_eq!(came(refused), "held: it answered HTTP 401");

    let asked: Vec<String> = receiver
        .got()
        .iter()
        .map(|got| match got.header("authorization") {
            "" => got.path.clone(),
            bearer => bearer.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(asked.join("\n"), @r"
    /entra/t-1/oauth2/v2.0/token
    Bearer first
    Bearer first
    /entra/t-1/oauth2/v2.0/token
    Bearer second
    Bearer second
    /entra/t-1/oauth2/v2.0/token
    Bearer third
    Bearer third
    /entra/t-1/oauth2/v2.0/token
    Bearer fourth
    ");
}

#[tokio::test]
async fn what_entra_and_azure_answer_means() {
    let product = Product::start("sentinel", "").await;
    let mut lines = Vec::new();
    let invalid =
        r#"{"error":"invalid_client","error_description":"AADSTS7000215: a-secret-that-nobody-may-see"}"#;
    let wait = Answer::Says(429, vec![("retry-after", "60".to_owned())], String::new());
    for answers in [
        vec![says(401, invalid)],
        vec![says(400, r#"{"error":"<script>"}"#)],
        vec![says(500, "")],
        vec![says(200, "<html>a page to sign in</html>")],
        vec![token("one", 3_599), says(403, "{}")],
        vec![token("one", 3_599), says(413, "")],
        vec![token("one", 3_599), wait],
        // A new token that is refused is not asked for again at once.
        vec![token("one", 3_599), says(401, "")],
    ] {
        product.receiver.answers_next(answers);
        lines.push(came(product.deliver(&two_records()).await));
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    held: Entra gives no token: HTTP 401 (invalid_client)
    held: Entra gives no token: HTTP 400
    later: it answered HTTP 500
    later: what answers at the authority is not Microsoft Entra
    held: it answered HTTP 403
    refused: it answered HTTP 413
    later, after 60 s: it answered HTTP 429
    held: it answered HTTP 401
    ");
}

/// Nor in what is printed of settings.
#[tokio::test]
async fn no_secret_is_in_a_fault_or_in_what_is_printed_of_a_config() {
    for kind in PRODUCTS {
        let product = Product::start(kind, "").await;
        assert!(!format!("{:?}", product.settings).contains(SECRET), "{kind}");
        let echo = format!("{{\"code\":6,\"error\":\"{SECRET}\",\"text\":\"{SECRET}\"}}");
        product.receiver.answers(move |_| Some(says(400, &echo)));
        let fault = product.deliver(&two_records()).await.unwrap_err();
        assert!(!format!("{fault} {fault:?}").contains(SECRET), "{kind}");
    }
}
