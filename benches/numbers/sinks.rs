//! How fast a sink gets a trail that it is far behind: into a file, and to an HTTPS server on this machine.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apono::clock::{Clock, SystemClock};
use apono::store::{DatabaseTarget, Store};
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::bot::{Bot, configure};
use crate::history;
use crate::machine;
use crate::scaled;
use crate::slack::Slack;
use crate::table::{Limit, Row};

/// Requests in the history, with eight events each.
const REQUESTS: u32 = 50_000;

/// What the sink had before is not counted: the bot starts meanwhile.
const WARM_UP: u64 = 5_000;

const LOOK_EVERY: Duration = Duration::from_millis(50);

pub(crate) fn measure() -> Vec<Row> {
    machine::runtime().block_on(async {
        let file = "\n[[sinks]]\nname = \"measured\"\nkind = \"file\"\npath = \"trail.jsonl\"\n";
        let to_file = rate(async |_| file.to_owned()).await;
        let to_https = rate(https).await;
        vec![
            row("events to a file", to_file, 20_000.0),
            row("events to an HTTPS server, in batches of 100", to_https, 5_000.0),
        ]
    })
}

fn row(figure: &str, rate: f64, least: f64) -> Row {
    Row {
        figure: figure.to_owned(),
        runs: vec![rate],
        unit: "events/s",
        limit: Limit::AtLeast(least),
    }
}

/// Events a second that the sink takes which `config` writes.
async fn rate(config: impl AsyncFn(&Path) -> String) -> f64 {
    let folder = machine::folder();
    let target = DatabaseTarget::Sqlite(folder.path().join("apono.db"));
    let url = format!("sqlite://{}", folder.path().join("apono.db").display());
    let count = scaled(REQUESTS);
    let store = Store::open(&target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    history::fill(&store, &url, count, 0, history::began(count)).await;
    store.close().await.unwrap();
    Store::open(&target)
        .await
        .unwrap()
        .migrate(SystemClock.now())
        .await
        .unwrap();
    let slack = Slack::start().await;
    let path = configure(folder.path(), &slack.api_url(), &config(folder.path()).await);
    if folder.path().join("ca.pem").exists() {
        let text = fs::read_to_string(&path).unwrap();
        fs::write(
            &path,
            text.replacen("[slack]", "[slack]\nca_file = \"ca.pem\"", 1),
        )
        .unwrap();
    }
    let bot = Bot::start(&path);
    let store = Store::open_for_reading(&target).await.unwrap();
    let last = store.head().await.unwrap().seq;
    let (first, began) = at_least(&store, WARM_UP.min(last / 2)).await;
    let (taken, ended) = at_least(&store, last).await;
    bot.stop();
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^52 events")]
    let events = (taken - first) as f64;
    events / ended.duration_since(began).as_secs_f64()
}

/// Waits until the sink has taken so many; returns how many then, and when.
async fn at_least(store: &Store, count: u64) -> (u64, Instant) {
    loop {
        let place = store.sink_place("measured").await.unwrap();
        if place >= count {
            return (place, Instant::now());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A server that takes everything; returns the config of a sink to it.
async fn https(folder: &Path) -> String {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&key, &ca)
        .unwrap();
    fs::write(folder.join("ca.pem"), ca.pem()).unwrap();
    fs::write(folder.join("sink_secret"), "a secret of thirty-two characters").unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![server.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = TokioIo::new(acceptor.accept(stream).await.unwrap());
                // It ends when the bot does.
                let _ = http1::Builder::new()
                    .serve_connection(stream, service_fn(taken))
                    .await;
            });
        }
    });
    format!(
        "\n[[sinks]]\nname = \"measured\"\nkind = \"webhook\"\nurl = \"https://localhost:{port}/\"\nsecrets = [{{ file = \"sink_secret\" }}]\n"
    )
}

async fn taken(request: Request<hyper::body::Incoming>) -> Result<Response<Body>, hyper::Error> {
    request.into_body().collect().await?;
    Ok(Response::new(Body::empty()))
}
