//! `apono audit verify`: checks the trail in the database from its first event to its head, and compares it with the audit
//! channel or with a head that somebody wrote down. It changes nothing, and works while the bot runs.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::audit::chain::Hash;
use crate::audit::witnessed::{NotedHead, Seen, binding, compare};
use crate::config::Config;
use crate::network::Proxy;
use crate::slack::channel::Purpose;
use crate::slack::check::WantedChannel;
use crate::slack::shown::{Shown, Unread};
use crate::slack::web::Pacing;
use crate::store::{Ahead, Store, StoreError};

use super::{failed, load};

/// What the trail is compared with.
pub(super) struct With {
    pub(super) channel: bool,
    pub(super) head: Option<NotedHead>,
}

pub(super) async fn verify(path: &Path, with: With) -> ExitCode {
    match verified(path, with).await {
        Ok(lines) => {
            say!("{}", lines.join("\n"));
            ExitCode::SUCCESS
        }
        Err(code) => code,
    }
}

/// What was found, a line each.
async fn verified(path: &Path, with: With) -> Result<Vec<String>, ExitCode> {
    let config = load(path)?;
    let target = app::database(&config).map_err(|error| failed("the database's address", &error))?;
    let unread = |error: StoreError| failed("the trail could not be read", &error);
    let store = Store::open_for_reading(&target).await.map_err(unread)?;
    // Read before the trail, which has what was posted.
    let posts = if with.channel {
        Some(posts(&config, &store).await?)
    } else {
        None
    };
    let head = store.audit_verify().await.map_err(unread)?;
    let head = head.map_err(|misfit| failed("audit verify", &misfit))?;
    let mut lines = vec![format!(
        "The trail is intact: {} events, head {}.",
        head.seq, head.hash
    )];
    if posts.is_none() && with.head.is_none() {
        return Ok(lines);
    }
    let hashes = store.hashes().await.map_err(unread)?;
    if let Some(posts) = posts {
        let given_up = store.given_up().await.map_err(unread)?;
        let seen: Vec<Seen> = posts.iter().map(seen).collect();
        let mut made = BTreeMap::new();
        for unfit in seen
            .iter()
            .filter(|seen| !given_up.is_empty() && !seen.fits(&hashes))
        {
            let found = store.events_after(unfit.seq.saturating_sub(1), 1).await;
            let found = found.map_err(unread)?.into_iter();
            made.extend(
                found
                    .filter(|event| event.seq == unfit.seq)
                    .map(|event| (event.seq, event.event.at)),
            );
        }
        let (binding, gone) = binding(&hashes, seen, &given_up, &made);
        lines.push(compared(&config.slack.audit_channel, &binding, gone, &hashes)?);
    }
    if let Some(head) = with.head {
        lines.push(found(&head, &hashes)?);
    }
    Ok(lines)
}

/// What the channel shows, as far as it matters.
async fn posts(config: &Config, store: &Store) -> Result<Vec<Ahead>, ExitCode> {
    let unread = |error: StoreError| failed("the trail could not be read", &error);
    let not_shown = |error: Unread| failed("audit verify --online", &error);
    let no_slack = |error: &dyn Display| failed("Slack cannot be asked", &error);
    let install = store.install().await.map_err(unread)?;
    let wanted = config.slack.audit_channel.as_str();
    let channel = WantedChannel {
        purpose: Purpose::Audit,
        wanted,
        pinned: store
            .pinned_channel(Purpose::Audit.stored(), wanted)
            .await
            .map_err(unread)?,
    };
    let proxy = Proxy::from_env().map_err(|error| no_slack(&error))?;
    let web = app::web_api(config, Pacing::Slack, proxy).map_err(|error| no_slack(&error))?;
    let mut shown = Shown::read(&web, &channel, install.as_str())
        .await
        .map_err(not_shown)?;
    let places = shown.places();
    if places.is_empty() {
        let none = format!(
            "the audit channel {wanted} shows no event of this install ({install}): is this the right channel, and the right database?"
        );
        return Err(failed("audit verify --online", &none));
    }
    let hashes = store.hashes().await.map_err(unread)?;
    let fits = |place: &&Ahead| seen(place).fits(&hashes);
    let settled = places.iter().filter(fits).map(|place| place.ts.as_str()).max();
    shown
        .read_threads_after(settled.unwrap_or_default())
        .await
        .map_err(not_shown)?;
    Ok(shown.places())
}

fn seen(place: &Ahead) -> Seen {
    Seen {
        seq: place.seq,
        head: place.head.clone(),
        ts: place.ts.clone(),
    }
}

/// Compares what the channel shows, except for what an accepted restore gave up.
fn compared(channel: &str, binding: &[Seen], gone: usize, hashes: &[Hash]) -> Result<String, ExitCode> {
    if let Err(unfit) = compare(hashes, binding) {
        let what = format!("the trail does not fit the audit channel {channel}");
        return Err(failed(&what, &unfit));
    }
    let last = binding.iter().map(|seen| seen.seq).max().unwrap_or(0);
    let of_the_old = match gone {
        0 => String::new(),
        count => format!(
            " {count} older messages are about events that were given up with `apono accept-restore`."
        ),
    };
    Ok(format!(
        "It fits the audit channel {channel}: {} messages were compared, up to event #{last}.{of_the_old}",
        binding.len()
    ))
}

fn found(head: &NotedHead, hashes: &[Hash]) -> Result<String, ExitCode> {
    let last = hashes.len();
    match head.found_in(hashes) {
        Some(seq) => Ok(format!("The head {head} is that of event #{seq} of {last}.")),
        None => Err(failed(
            "audit verify --head",
            &format!(
                "no event of this trail, #1 to #{last}, has the head {head}: the end of the trail was cut off, or the trail was changed, or the head is of another install"
            ),
        )),
    }
}
