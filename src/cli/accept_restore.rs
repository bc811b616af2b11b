//! `apono accept-restore`: an operator confirms that a database that was restored from a backup, copied or moved is the one to
//! continue with.

use std::path::Path;
use std::process::ExitCode;

use crate::access::filter::Filter;
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::clock::{Clock, SystemClock};
use crate::store::{Page, Paged, Store, StoreError};
use crate::telling::causes;
use crate::usecases::restored::{self, Accepted};

use super::{database_of, failed};

/// How many of the requests that are live according to the database are listed.
const LISTED: u64 = 50;

/// Longest reason, in characters.
const LONGEST: usize = 500;

pub(super) async fn accept(path: &Path, reason: &str) -> ExitCode {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return failed(
            "--reason",
            &format!(
                "say in 1 to {LONGEST} characters why this database is the one to continue with; the trail keeps the reason"
            ),
        );
    }
    let target = match database_of(path) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let accepted = async {
        let store = Store::open(&target).await?;
        let moved = restored::accept_move(&store, reason, SystemClock.now()).await?;
        let accepted = restored::accept(&store, reason, SystemClock.now()).await?;
        let live = store
            .with_live_access(&Reader::operator(), &Filter::default(), Page::First, LISTED)
            .await?;
        store.close().await?;
        Ok::<_, StoreError>((moved, accepted, live))
    };
    match accepted.await {
        Ok((None, None, _)) => failed(
            "there is nothing to accept",
            &"the bot found neither a moved database nor an event in the audit channel that the database does not have; it checks when it starts",
        ),
        Ok((moved, accepted, live)) => {
            if let Some(why) = moved {
                let why = causes::elsewhere(&why);
                say!("Accepted. The database continues wherever the bot starts next: {why}.");
            }
            if let Some(accepted) = accepted {
                say!("{}", told(&accepted, &live));
            }
            ExitCode::SUCCESS
        }
        Err(error) => failed("the database", &error),
    }
}

fn told(accepted: &Accepted, live: &Paged<Request>) -> String {
    let Accepted { ahead, next_request } = accepted;
    let mut lines = vec![format!(
        "Accepted. The trail continues from here; the events it lost are only in the audit channel, up to #{}. The next request is {next_request}.",
        ahead.seq
    )];
    if live.items.is_empty() {
        lines.push("This database knows of no live access.".to_owned());
    } else {
        lines.push("Live access according to this database. Compare it with the channel, and end what had already ended there (/apono revoke):".to_owned());
        lines.extend(live.items.iter().map(|request| {
            let units = request.units.iter();
            let units: Vec<String> = units
                .map(|unit| format!("{} on {}", unit.permission, unit.resource_name))
                .collect();
            format!(
                "  {} {} ({})",
                request.number,
                units.join(", "),
                request.integration
            )
        }));
        if live.older {
            lines.push("  and older requests: /apono active lists them".to_owned());
        }
    }
    lines.join("\n")
}
