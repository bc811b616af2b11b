//! Health and metrics, as monitors and a real Prometheus read them.

mod health;
mod metrics;
mod pages;
mod prometheus;
mod server;

use axum::body::{Body, to_bytes};
use http::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use crate::support::bot::{Context, Setup, run_test_with};

/// No answer is longer, in bytes.
const MOST: usize = 1_000_000;

async fn run(test: impl AsyncFn(&mut Context)) {
    let with_metrics = || {
        let setup = Setup::default();
        Setup {
            config: format!("\n[metrics]\nlisten = \"127.0.0.1:0\"\n{}", setup.config),
            ..setup
        }
    };
    run_test_with(with_metrics, test).await;
}

struct Answer {
    status: u16,
    kind: String,
    text: String,
}

/// What a monitor reads at an address of this machine.
async fn read(url: &str) -> Option<Answer> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::get(url).body(Body::empty()).unwrap();
    let answer = client.request(request).await.ok()?;
    let kind = answer.headers().get(header::CONTENT_TYPE);
    let kind = kind.map_or("", |kind| kind.to_str().unwrap()).to_owned();
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), MOST).await.ok()?;
    Some(Answer {
        status,
        kind,
        text: String::from_utf8(body.to_vec()).unwrap(),
    })
}

/// What the bot says at this path.
async fn of_bot(ctx: &Context, path: &str) -> Answer {
    let at = ctx.app().metrics().unwrap();
    read(&format!("http://{at}{path}")).await.unwrap()
}

/// One value of the metrics: `value(&text, "apono_overdue")`, with its labels as they are written.
fn value(metrics: &str, series: &str) -> Option<f64> {
    let mut lines = metrics.lines();
    lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' ')?.parse().ok())
}
