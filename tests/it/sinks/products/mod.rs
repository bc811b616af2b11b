//! The shape in which each product wants events, and what its answers mean: at the wire, with a server that answers as the product does.

mod answers;
mod bodies;
mod front_door;
mod keys;
mod limits;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use apono::access::ids::{InstallId, PersonId, RequestId, RequestNumber, TextId};
use apono::access::people::Account;
use apono::audit::chain::Head;
use apono::audit::event::{Actor, Event, Origin, PersonFacts, RequestFacts, Via, What};
use apono::audit::words::{Words, WordsRef};
use apono::config::Config;
use apono::network::{Network, install_crypto_provider};
use apono::sinks::{Around, Fault, Record, Sink, SinkSettings, Taken};
use tempfile::TempDir;

use super::receiver::Receiver;
use crate::config::LEAST;
use crate::support::databases::START;

/// The one secret of each sink, or a part of its secret address.
const SECRET: &str = "a-secret-that-nobody-may-see";

/// Every kind that is for a product.
const PRODUCTS: [&str; 11] = [
    "splunk",
    "datadog",
    "elastic",
    "sentinel",
    "sumo",
    "logzio",
    "cortex",
    "solarwinds",
    "coralogix",
    "newrelic",
    "loki",
];

/// A sink to a server that stands for the product.
pub(super) struct Product {
    pub(super) receiver: Receiver,
    settings: Arc<dyn SinkSettings>,
    _folder: TempDir,
}

impl Product {
    /// `more` are further keys.
    pub(super) async fn start(kind: &str, more: &str) -> Self {
        install_crypto_provider();
        let receiver = Receiver::start().await;
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{LEAST}{}{more}\n", section(kind, &receiver, folder.path()));
        let config = Config::parse(&text, &folder.path().join("config.toml")).unwrap();
        Self {
            receiver,
            settings: Arc::clone(&config.sinks[0].settings),
            _folder: folder,
        }
    }

    pub(super) fn open(&self) -> Box<dyn Sink> {
        let around = Around {
            install: InstallId::new("abcdefgh"),
            network: Network::default(),
        };
        self.settings.open(&around).unwrap()
    }

    /// A minute after what happened in them.
    pub(super) async fn deliver(&self, records: &[Record]) -> Result<Taken, Fault> {
        let now = records.last().unwrap().event.at.plus(Duration::from_mins(1));
        self.open().deliver(records, now).await
    }
}

/// The config of a sink to `receiver`, which is called like its kind; its secrets are put into `folder`.
fn section(kind: &str, receiver: &Receiver, folder: &Path) -> String {
    let at = receiver.url();
    fs::write(folder.join("secret"), SECRET).unwrap();
    fs::write(folder.join("url"), format!("{at}/{SECRET}?type=apono")).unwrap();
    let secret = "{ file = \"secret\" }";
    let keys = match kind {
        "splunk" => format!("url = \"{at}/services/collector/event\"\ntoken = {secret}"),
        "datadog" => format!("url = \"{at}/api/v2/logs\"\nkey = {secret}"),
        "elastic" => format!("url = \"{at}/es/\"\nstream = \"logs-apono.audit-default\"\nkey = {secret}"),
        "sentinel" => format!(
            "url = \"{at}\"\nrule = \"dcr-1\"\nstream = \"Custom-Apono_CL\"\ntenant = \"t-1\"\nclient_id = \"c-1\"\nclient_secret = {secret}\nauthority = \"{at}/entra\""
        ),
        "sumo" | "logzio" => "url = { file = \"url\" }".to_owned(),
        "cortex" => format!("url = \"{at}/logs/v1/event\"\ntoken = {secret}"),
        "solarwinds" => format!("url = \"{at}/v1/logs/bulk\"\ntoken = {secret}"),
        "coralogix" => format!("url = \"{at}/logs/v1/singles\"\nkey = {secret}"),
        "newrelic" => format!("url = \"{at}/log/v1\"\nkey = {secret}"),
        "loki" => format!(
            "url = \"{at}/loki/api/v1/push\"\ntenant = \"security\"\nuser = \"123456\"\npassword = {secret}"
        ),
        _ => panic!("no product is called {kind}"),
    };
    format!("[[sinks]]\nname = \"{kind}\"\nkind = \"{kind}\"\n{keys}\n")
}

/// What a product that says more than a status answers when it took everything.
fn yes() -> String {
    let said = [
        "\"code\":0",
        "\"errors\":false,\"items\":[]",
        "\"access_token\":\"an-access-token\",\"expires_in\":3599",
    ];
    format!("{{{}}}", said.join(","))
}

/// An event as a sink gets it, in a trail that is not there.
pub(super) fn record(seq: u64, event: Event) -> Record {
    let payload = event.canonical();
    Record {
        seq,
        hash: Head::EMPTY.after(payload.as_bytes()).hash,
        message: format!("{} AR-7", event.what.name().to_uppercase()),
        event,
        payload,
        words: [].into(),
    }
}

/// Dana asks for read on orders and gets it.
pub(super) fn two_records() -> Vec<Record> {
    let person = |id: &str, user: &str, name: &str| PersonFacts {
        id: PersonId::new(id),
        name: name.to_owned(),
        email: Some(format!("{}@example.com", name.to_lowercase())),
        account: Account::slack(user),
    };
    let (dana, omar) = (person("p1", "U0DANA", "Dana"), person("p2", "U0OMAR", "Omar"));
    let facts = RequestFacts {
        id: RequestId::new("r1"),
        number: RequestNumber(7),
        requester: dana.clone(),
        grantee: None,
        integration: "orders-db".to_owned(),
        kind: "postgres".to_owned(),
        resource_type: "database".to_owned(),
        resources: vec!["orders".to_owned(), "refunds".to_owned()],
        permissions: vec!["read".to_owned()],
        duration_s: 1_800,
        flows: vec!["developers".to_owned()],
    };
    let body = "incident \"4711\"".to_owned();
    let justification = words(&body);
    let id = justification.id.clone();
    let happened = |minutes, actor, what| {
        let origin = Origin {
            via: Via::Slack,
            cause: "env-1".to_owned(),
            actor,
        };
        let at = START
            .plus(Duration::from_mins(minutes))
            .plus(Duration::from_micros(123_456));
        Event::new(at, InstallId::new("abcdefgh"), origin, Some(facts.clone()), what)
    };
    let requested = What::Requested {
        policy_digest: "d".repeat(64),
        asked: Vec::new(),
        answer_due: START.plus(Duration::from_hours(24)),
        justification,
        sensitive: Vec::new(),
    };
    let granted = What::Granted {
        approved_by: vec![omar],
        principal: "apono_abcdefgh_ar7_dana".to_owned(),
        until: START.plus(Duration::from_mins(31)),
        confirmed_at: START.plus(Duration::from_mins(1)),
        deadline_on_target: true,
        live_grants: 1,
    };
    let mut first = record(6, happened(0, Actor::Person(dana.clone()), requested));
    first.words.insert(id, body);
    vec![first, record(7, happened(1, Actor::Apono, granted))]
}

fn words(body: &str) -> WordsRef {
    let words = Words::new(TextId::new("w1"), [7; 16], body.to_owned());
    words.reference().unwrap()
}
