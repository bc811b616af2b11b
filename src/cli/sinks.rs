//! `apono sinks`: how far the sinks are, whether one works, and sending it back.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::app::reach::network;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::sink::ToSink;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::network::{Proxy, install_crypto_provider};
use crate::sinks::{Around, Fault, SinkConfig};
use crate::store::{Store, StoreError, Tx};
use crate::workers::sink::{Stuck, send_one};

use super::{failed, load};

/// The kind of event that a test sends.
const TESTED: &str = "tested";

/// Why an act on a sink failed.
#[derive(Debug, thiserror::Error)]
enum SinkError {
    #[error("the database's address: {0}")]
    Address(#[from] crate::secrets::SecretError),
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    #[error("the proxy: {0}")]
    Proxy(#[from] crate::network::Unusable),
    #[error("{0}")]
    Fault(#[from] Fault),
    #[error("the trail has only {last} events: --from can be at most {next}", next = last + 1)]
    TooFar { last: u64 },
}

impl From<Stuck> for SinkError {
    fn from(stuck: Stuck) -> Self {
        match stuck {
            Stuck::Store(error) => Self::Store(error),
            Stuck::Sink(fault) => Self::Fault(fault),
        }
    }
}

pub(super) async fn status(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    if config.sinks.is_empty() {
        say!("{} has no [[sinks]].", path.display());
        return ExitCode::SUCCESS;
    }
    match lines(&config).await {
        Ok(lines) => {
            say!("{}", lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(error) => failed("sinks status", &error),
    }
}

/// A line for each sink.
async fn lines(config: &Config) -> Result<Vec<String>, SinkError> {
    let store = Store::open_for_reading(&app::database(config)?).await?;
    let last = store.head().await?.seq;
    let mut lines = Vec::new();
    for SinkConfig { name, .. } in &config.sinks {
        let place = store.sink_place(name).await?;
        let left = last.saturating_sub(place);
        let waits = store.sink_waits_since(name).await?;
        let rest = match waits {
            Some(since) => format!("{left} events wait, the oldest since {since}"),
            None => "nothing waits".to_owned(),
        };
        lines.push(format!(
            "{name}: has everything up to event #{place} of {last}; {rest}"
        ));
    }
    Ok(lines)
}

pub(super) async fn test(name: &str, path: &Path) -> ExitCode {
    let (config, sink) = match sink_of(name, path) {
        Ok(found) => found,
        Err(code) => return code,
    };
    match tested(&config, &sink).await {
        Ok(said) => {
            say!("{name} took the event: {said}.");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&format!("{name} did not take the event"), &error),
    }
}

async fn tested(config: &Config, sink: &SinkConfig) -> Result<String, SinkError> {
    install_crypto_provider();
    let proxy = Proxy::from_env()?;
    let store = Store::open_beside_the_bot(&app::database(config)?).await?;
    let around = Around {
        install: store.install().await?,
        network: network(config, proxy),
    };
    let mut opened = sink.settings.open(&around)?;
    let before = store.head().await?.seq;
    let tx = store.write().await?;
    let tested = ToSink::Tested {
        sink: sink.name.clone(),
    };
    record(&store, tx, tested).await?;
    // A running bot may have added others since.
    let added = store.first_after(before, TESTED).await?;
    let seq = added.map_or(before + 1, |added| added.seq);
    let said = send_one(&store, sink, opened.as_mut(), seq, SystemClock.now()).await?;
    store.close().await?;
    Ok(said.said)
}

pub(super) async fn replay(name: &str, from: u64, path: &Path) -> ExitCode {
    let (config, sink) = match sink_of(name, path) {
        Ok(found) => found,
        Err(code) => return code,
    };
    match replayed(&config, &sink, from).await {
        Ok(()) => {
            say!("{name} gets everything from event #{from} on.");
            ExitCode::SUCCESS
        }
        Err(error) => failed("sinks replay", &error),
    }
}

async fn replayed(config: &Config, sink: &SinkConfig, from: u64) -> Result<(), SinkError> {
    let store = Store::open_beside_the_bot(&app::database(config)?).await?;
    let last = store.head().await?.seq;
    if from > last + 1 {
        return Err(SinkError::TooFar { last });
    }
    let mut tx = store.write().await?;
    tx.place_sink(&sink.name, from - 1).await?;
    let replayed = ToSink::Replayed {
        sink: sink.name.clone(),
        from,
    };
    record(&store, tx, replayed).await?;
    Ok(store.close().await?)
}

/// Seals what the operator did.
async fn record(store: &Store, tx: Tx, what: ToSink) -> Result<(), StoreError> {
    let origin = Origin {
        via: Via::Cli,
        cause: "sinks".to_owned(),
        actor: Actor::Apono,
    };
    let install = store.install().await?;
    let event = Event::new(SystemClock.now(), install, origin, None, What::ToSink(what));
    tx.seal(vec![event]).await
}

/// The config, and the sink of this name in it; otherwise reports which ones there are.
fn sink_of(name: &str, path: &Path) -> Result<(Config, SinkConfig), ExitCode> {
    let config = load(path)?;
    let Some(sink) = config.sinks.iter().find(|it| it.name == name).cloned() else {
        let names: Vec<&str> = config.sinks.iter().map(|it| it.name.as_str()).collect();
        let known = match names[..] {
            [] => format!("{} has no [[sinks]]", path.display()),
            _ => format!("{} has: {}", path.display(), names.join(", ")),
        };
        return Err(failed(&format!("there is no sink {name:?}"), &known));
    };
    Ok((config, sink))
}
