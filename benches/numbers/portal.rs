//! The portal beside Slack: what 200 people who click through a long history cost the acknowledgements, how long and how large their
//! pages are, and the memory of a bot with the web on that nobody uses yet.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use apono::access::ids::PersonId;
use apono::access::people::Account;
use apono::clock::{Clock, SystemClock};
use apono::store::{DatabaseTarget, PortalSession, Store, Way};
use apono::usecases::portal::Secret;
use axum::body::{Body, to_bytes};
use http::{Request, header};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::RUNS;
use crate::acks::{RUN, WARM_UP, paced};
use crate::bot::{Bot, configure};
use crate::history;
use crate::machine;
use crate::samples::Samples;
use crate::scaled;
use crate::slack::Slack;
use crate::table::{Limit, Row};

const REQUESTS: u32 = 100_000;

/// People in the portal. The first ones see everything, as auditors do.
const PEOPLE: u32 = 200;
const AUDITORS: u32 = 20;

/// Each of them opens a page this often.
const CLICK: Duration = Duration::from_secs(5);

/// What they open, one after the other.
const PAGES: [&str; 8] = [
    "/",
    "/activity",
    "/activity?status=expired",
    "/activity?text=incid",
    "/activity?integration=integration-3&permission=write",
    "/active",
    "/waiting",
    "/requests/AR-99999",
];

/// No page is longer, in bytes.
const MOST: usize = 10_000_000;

/// How long a page took, and how long it is.
struct Opened {
    took: Duration,
    bytes: usize,
}

pub(crate) fn measure() -> Vec<Row> {
    machine::runtime().block_on(measured())
}

async fn measured() -> Vec<Row> {
    let folder = machine::folder();
    let database = folder.path().join("apono.db");
    let secrets = prepare(
        DatabaseTarget::Sqlite(database.clone()),
        &format!("sqlite://{}", database.display()),
    )
    .await;
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut slack = Slack::start().await;
    let auditors: Vec<String> = (1..=AUDITORS)
        .map(|number| format!("\"{}\"", history::user(number)))
        .collect();
    let web = format!("\n[web]\nlisten = \"{listen}\"\n");
    let config = configure(folder.path(), &slack.api_url(), &web);
    let text = std::fs::read_to_string(&config).unwrap();
    let roles = format!("[roles]\nauditors = [{}]", auditors.join(", "));
    std::fs::write(&config, text.replace("[roles]", &roles)).unwrap();

    let bot = Bot::start(&config);
    let mut sockets = [slack.socket().await, slack.socket().await];
    sleep(WARM_UP).await;
    let memory = bot.memory();

    let origin = format!("http://{listen}");
    // Everybody's first page, so that the bot knows each of them.
    let (clicks, mut opened) = unbounded_channel();
    let (to, sent) = (origin.clone(), clicks.clone());
    let everybody = secrets.clone();
    let looked_up = tokio::spawn(async move {
        for (number, secret) in everybody.iter().enumerate() {
            open(&client(), &to, secret, PAGES[number % PAGES.len()], &sent).await;
        }
    });
    // Slack lets it look up so many within minutes; the sockets live on meanwhile.
    let mut rounds = 0;
    while !looked_up.is_finished() {
        paced(&mut sockets, &format!("looked-up-{rounds}"), WARM_UP).await;
        rounds += 1;
    }
    looked_up.await.unwrap();
    let [mut alone, mut beside, mut pages] = [const { Vec::new() }; 3];
    let mut largest = 0;
    paced(&mut sockets, "warm-up", WARM_UP).await;
    for run in 0..RUNS {
        alone.push(
            paced(&mut sockets, &format!("alone-{run}"), RUN)
                .await
                .percentile(99),
        );
        let people = click(&origin, &secrets, &clicks);
        // Until each of them has begun.
        sleep(CLICK).await;
        while opened.try_recv().is_ok() {}
        beside.push(
            paced(&mut sockets, &format!("beside-{run}"), RUN)
                .await
                .percentile(99),
        );
        drop(people);
        let mut took = Samples::default();
        while let Ok(page) = opened.try_recv() {
            took.push(page.took);
            largest = largest.max(page.bytes);
        }
        pages.push(took.percentile(99));
    }
    let most = bot.most_memory();
    bot.stop();
    let cost = alone
        .iter()
        .zip(&beside)
        .map(|(alone, beside)| beside / alone)
        .collect();
    let row = |figure: String, runs, unit, limit| Row {
        figure,
        runs,
        unit,
        limit,
    };
    let kilobytes = f64::from(u32::try_from(largest).unwrap()) / 1e3;
    vec![
        row(
            "memory (RSS) with the web on, idle".to_owned(),
            vec![memory],
            "MB",
            Limit::AtMost(30.0),
        ),
        row(
            "help at 100/s, p99, nobody in the portal".to_owned(),
            alone,
            "ms",
            Limit::None,
        ),
        row(
            format!("the same, {PEOPLE} people in the portal"),
            beside,
            "ms",
            Limit::None,
        ),
        row(
            "the second of the first".to_owned(),
            cost,
            "times",
            Limit::AtMost(1.2),
        ),
        row("their pages, p99".to_owned(), pages, "ms", Limit::None),
        row(
            "their largest page".to_owned(),
            vec![kilobytes],
            "kB",
            Limit::AtMost(60.0),
        ),
        row(
            "most memory (RSS) with them".to_owned(),
            vec![most],
            "MB",
            Limit::None,
        ),
    ]
}

/// A long history, and a session for each of the people; returns what opens it.
async fn prepare(target: DatabaseTarget, url: &str) -> Vec<String> {
    let count = scaled(REQUESTS);
    let store = Store::open(&target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    history::fill(&store, url, count, 0, history::began(count)).await;
    store.close().await.unwrap();
    let store = Store::open(&target).await.unwrap();
    let now = SystemClock.now();
    store.migrate(now).await.unwrap();
    let mut tx = store.write().await.unwrap();
    let mut secrets = Vec::new();
    for number in 1..=PEOPLE {
        let secret = Secret::fresh().unwrap();
        let session = PortalSession {
            id: format!("session-{number}"),
            person: PersonId::new(format!("person-{number}")),
            account: Account::slack(history::user(number)),
            through: Some(Way::Link),
            address: "127.0.0.1".to_owned(),
            browser: "a measurement".to_owned(),
            began_at: now,
            seen_at: now,
        };
        tx.insert_portal_session(&session, &secret.hash("session"))
            .await
            .unwrap();
        secrets.push(secret.told().to_owned());
    }
    tx.seal(Vec::new()).await.unwrap();
    store.close().await.unwrap();
    secrets
}

type Http = Client<HttpConnector, Body>;

fn client() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

/// Everybody opens one page after the other until the set is dropped. They begin one after the other.
fn click(origin: &str, secrets: &[String], opened: &UnboundedSender<Opened>) -> JoinSet<()> {
    let mut people = JoinSet::new();
    for (number, secret) in secrets.iter().enumerate() {
        let (origin, secret, opened) = (origin.to_owned(), secret.clone(), opened.clone());
        let begins = CLICK / PEOPLE * u32::try_from(number).unwrap();
        people.spawn(async move {
            sleep(begins).await;
            let client = client();
            for page in PAGES.iter().cycle().skip(number) {
                open(&client, &origin, &secret, page, &opened).await;
                sleep(CLICK).await;
            }
        });
    }
    people
}

async fn open(client: &Http, origin: &str, secret: &str, page: &str, opened: &UnboundedSender<Opened>) {
    let request = Request::get(format!("{origin}{page}"))
        .header(header::COOKIE, format!("apono-session={secret}"))
        .body(Body::empty())
        .unwrap();
    let start = Instant::now();
    let answer = client.request(request).await.unwrap();
    let status = answer.status();
    let bytes = to_bytes(Body::new(answer.into_body()), MOST).await.unwrap().len();
    // A developer sees no request of others.
    assert!(
        status.is_success() || status.as_u16() == 404,
        "{page} answered {status}"
    );
    let took = start.elapsed();
    // Nobody listens any more after the last run.
    let _ = opened.send(Opened { took, bytes });
}
