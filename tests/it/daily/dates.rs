//! 6. Times are in the reader's own time zone.

use serde_json::Value;

use crate::support::bot::{Context, run_test};

/// What Slack shows in the reader's own time zone, in all messages: what each falls back to.
fn dates(ctx: &Context) -> Vec<String> {
    let mut found = Vec::new();
    for call in ctx.simulator.calls() {
        if matches!(call.method.as_str(), "chat.postMessage" | "chat.update") {
            collect(&call.arguments, &mut found);
        }
    }
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "date") => {
            found.push(object["fallback"].as_str().unwrap().to_owned());
        }
        Value::Object(object) => object.values().for_each(|value| collect(value, found)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::String(text) => {
            let tokens = text.split("<!date^").skip(1);
            found.extend(tokens.map(|token| {
                token
                    .split('|')
                    .nth(1)
                    .unwrap()
                    .split('>')
                    .next()
                    .unwrap()
                    .to_owned()
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cards_posts_and_answers_carry_dates_with_utc_to_fall_back_to() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let dates = dates(ctx);
        assert!(dates.len() > 5, "{dates:?}");
        assert!(dates.iter().all(|date| date.ends_with(" UTC")), "{dates:?}");
    })
    .await;
}
