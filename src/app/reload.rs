//! SIGHUP: the config and the tokens are read again, checked as a whole, and then put to use all at once.
//!
//! Invariant: a reload that finds anything wrong changes nothing, and reports it in the log, in the trail and to the admins.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, ConfigError};
use crate::document::Problem;
use crate::integrations::records::RecordsError;
use crate::lasting::Matter;
use crate::store::{LiveIntegration, ReadPolicies, StoreError};

use super::{App, integrations, kind_records, record, tokens};

/// How long the people in the new config are looked up before it takes effect; anybody missing then is looked up at the click.
const KNOW_WITHIN: Duration = Duration::from_secs(5);

const ALARM: Matter = Matter::Reload;

/// Why nothing was reloaded; sentences for the operator, never empty.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ReloadRefused(pub Vec<String>);

impl From<StoreError> for ReloadRefused {
    fn from(error: StoreError) -> Self {
        Self(vec![format!("The database failed: {error}.")])
    }
}

impl From<RecordsError> for ReloadRefused {
    fn from(error: RecordsError) -> Self {
        Self(vec![format!("The database failed: {error}.")])
    }
}

impl App {
    /// Reads the config file and the tokens again and uses them, or refuses all of it.
    pub async fn reload(&self) -> Result<(), ReloadRefused> {
        let outcome = self.try_reload().await;
        match &outcome {
            Ok(()) => self.bot.calm(&ALARM).await,
            Err(ReloadRefused(problems)) => {
                for problem in problems {
                    tracing::error!("nothing was reloaded: {problem}");
                }
                if let Err(error) = record::reload_refused(&self.core, problems).await {
                    tracing::error!(%error, "the refused reload could not be recorded");
                }
                let more = match problems.len() {
                    1 => String::new(),
                    count => format!(" (and {} more)", count - 1),
                };
                let sentence = format!(
                    "I did not reload the config, and the previous one stays in use: {}{more}",
                    problems[0]
                );
                self.bot.raise(ALARM, &sentence).await;
            }
        }
        self.core.wakes.all();
        outcome
    }

    async fn try_reload(&self) -> Result<(), ReloadRefused> {
        let path = self.config.borrow().path.clone();
        let read = tokio::task::spawn_blocking(move || Config::check(&path));
        let next = read
            .await
            .map_err(|_| ReloadRefused(vec!["Reading the config did not finish.".to_owned()]))?
            .map_err(ReloadRefused::from)?;
        self.keeps_what_is_live(&next).await?;
        let tokens = tokens::read(&next).map_err(|error| ReloadRefused(vec![format!("{error}.")]))?;
        let exchange = tokens::try_out(&self.bot, &self.sockets, tokens)
            .await
            .map_err(ReloadRefused)?;
        self.know_people_of(&next).await;

        let needs_restart = self.started_with.needs_restart_for(&next);
        for key in &needs_restart {
            tracing::warn!(key, "this config change applies after a restart");
        }
        let change = record::Change {
            needs_restart: needs_restart.into_iter().map(str::to_owned).collect(),
            hidden: self.config.borrow().hidden_changes(&next),
        };
        let which = exchange
            .as_ref()
            .map_or_else(Vec::new, |exchange| exchange.which.clone());
        // Everything that can fail comes before the commit: after it nothing can be refused any more.
        kind_records::settle(&self.core, &next).await?;
        let rules = integrations::rules(&next, &self.core.store).await?;
        self.core.stage_rules(rules);
        if let Err(error) = record::reloaded(&self.core, &next, change, which).await {
            // A commit whose answer was lost may have succeeded anyway.
            match self.core.store.active_policy().await {
                Ok(active) if active.as_deref() == Some(next.policy.digest.as_str()) => {}
                Ok(_) => {
                    self.core.discard_staged_rules();
                    return Err(error.into());
                }
                Err(_) => return Err(error.into()),
            }
        }
        self.core.use_staged_rules();
        let modes = next.look_at_modes();
        for problem in &modes.problems {
            tracing::error!("{}", problem.shown_in(&next.path));
        }
        for doubt in next.doubts.iter().chain(&modes.doubts) {
            tracing::warn!("{}", doubt.shown_in(&next.path));
        }
        // Tasks that watch the config check targets and people again.
        self.config.send_replace(Arc::new(next));
        if let Some(exchange) = exchange {
            exchange.carry_out(&self.bot, &self.sockets).await;
        }
        tracing::info!("the config and the tokens were read again");
        Ok(())
    }

    /// Live access must not lose the settings that its end may need.
    async fn keeps_what_is_live(&self, next: &Config) -> Result<(), ReloadRefused> {
        let lost = lost_from(next, &self.core.store.live_integrations().await?);
        if lost.is_empty() {
            Ok(())
        } else {
            Err(ReloadRefused(lost))
        }
    }

    async fn know_people_of(&self, next: &Config) {
        let policy = &next.policy;
        let known = self.bot.directory.facts_about(policy.named_people(), policy);
        match tokio::time::timeout(KNOW_WITHIN, known).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                tracing::warn!(%error, "not all people of the new config could be looked up yet");
            }
            Err(_) => tracing::warn!("not all people of the new config could be looked up in time"),
        }
    }
}

/// A sentence about each integration in `live` that the config does not have, or has as another kind:
/// settings that ending its access may need would be gone.
pub(crate) fn lost_from(config: &Config, live: &[LiveIntegration]) -> Vec<String> {
    let said = live.iter().filter_map(|LiveIntegration { name, kind, count }| {
        let found = config.integrations.iter().find(|it| it.name == *name);
        match found.map(|it| it.settings.kind().name()) {
            None => Some(format!(
                "Integration {name:?} is no longer in the config but has live access ({count}); keep it with `retired = true` until that has ended."
            )),
            Some(now) if now != kind => Some(format!(
                "Integration {name:?} is now of kind {now:?} but has live access as {kind:?} ({count}); give the new one another name, and keep the old one with `retired = true` until that has ended."
            )),
            Some(_) => None,
        }
    });
    said.collect()
}

/// The problems as shown in the channel: with the file's name, without its folder.
impl From<ConfigError> for ReloadRefused {
    fn from(error: ConfigError) -> Self {
        Self(match error {
            ConfigError::Unreadable(..) => vec![format!("{error}.")],
            ConfigError::Problems { path, problems } => {
                let name = path.file_name().map_or(path.as_path(), Path::new);
                let shown = |problem: &Problem| problem.shown_in(name);
                problems.iter().map(shown).collect()
            }
        })
    }
}
