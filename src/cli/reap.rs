//! `apono reap`: the dead man's switch. It ends expired access on a target, and needs neither the bot nor its database: the
//! config names the target, and the target itself says what has expired.

use std::path::Path;
use std::process::ExitCode;

use crate::integrations::{Reap, Reaped};

use super::{failed, integration_of};

pub(super) async fn reap(name: &str, path: &Path) -> ExitCode {
    let integration = match integration_of(name, path) {
        Ok(integration) => integration,
        Err(code) => return code,
    };
    let target = integration.settings.for_reap();
    let reaped = match target {
        Ok(target) => match target.state() {
            Some(target) => target.reap().await,
            // The integration keeps nothing there, so nothing can have expired.
            None => Ok(Reap::default()),
        },
        Err(error) => Err(error),
    };
    match reaped {
        Ok(reap) => tell(name, &reap),
        Err(error) => failed(&format!("{name} could not be checked"), &error),
    }
}

/// Prints SQL that does the same on the target, for a scheduler there.
pub(super) fn print_sql(name: &str, path: &Path) -> ExitCode {
    let integration = match integration_of(name, path) {
        Ok(integration) => integration,
        Err(code) => return code,
    };
    let target = match integration.settings.sql() {
        Ok(target) => target,
        Err(none) => return failed(&format!("{name} does not use SQL"), &none.reap),
    };
    match target.reap() {
        Ok(sql) => {
            print!("{sql}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&format!("no SQL can be written for {name}"), &error),
    }
}

fn tell(name: &str, Reap { ended, unseen }: &Reap) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for why in unseen {
        eprintln!("NOT checked, so sessions may still be running there: {why}");
        code = ExitCode::FAILURE;
    }
    if ended.is_empty() {
        say!(
            "Nothing {}on {name} has expired.",
            if unseen.is_empty() { "" } else { "else " }
        );
    }
    for Reaped {
        principal,
        request,
        end,
    } in ended
    {
        match end {
            Ok(revoked) => {
                let ended = revoked.sessions_ended;
                say!(
                    "{request} {principal}: {}; sessions ended: {ended}",
                    revoked.proof
                );
            }
            Err(error) => {
                eprintln!("{request} {principal}: NOT ended: {error}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
