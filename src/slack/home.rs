//! Which workspace the bot is in, and people's standing there.
//!
//! Invariant: only Slack's answer about the bot's own token says which workspace and which organisation are ours. What an
//! envelope or a user says about an organisation is a reason to ask again, but makes nobody one of ours.

use std::time::Duration;

use parking_lot::RwLock;

use crate::access::people::{Home, Person, SlackAccount, Standing};
use crate::access::time::Timestamp;

use super::identity::{Directory, IdentityError};
use super::web::{Installation, UserInfo, WebApi, WebError};

/// Strangers from other organisations turn up again and again: Slack is not asked more often than this because of them.
const ASKED_LATELY: Duration = Duration::from_secs(10);

/// What Slack said about the bot's token.
#[derive(Default)]
pub(super) struct Whose {
    said: RwLock<Option<Installation>>,
    /// When Slack was last asked again because of somebody.
    asked: tokio::sync::Mutex<Option<Timestamp>>,
}

impl Whose {
    /// `None` until Slack has answered.
    pub(super) fn get(&self) -> Option<Installation> {
        self.said.read().clone()
    }

    pub(super) fn home(&self) -> Option<Home> {
        self.get().map(|ours| home_of(&ours))
    }

    /// Slack says the same about a token each time, except for the organisation that the workspace may join.
    pub(super) fn set(&self, ours: Installation) {
        let mut said = self.said.write();
        match &mut *said {
            Some(known) if known.team_id == ours.team_id => {
                if known.enterprise_id != ours.enterprise_id {
                    tracing::info!(
                        enterprise = ours.enterprise_id,
                        "the workspace now belongs to another organisation"
                    );
                    known.enterprise_id = ours.enterprise_id;
                }
            }
            Some(_) => {}
            None => *said = Some(ours),
        }
    }

    /// Asks Slack again, unless it was asked a moment ago.
    pub(super) async fn ask_again(&self, web: &WebApi, now: Timestamp) -> Result<(), WebError> {
        let mut asked = self.asked.lock().await;
        if asked.is_some_and(|then| now.since(then) < ASKED_LATELY) {
            return Ok(());
        }
        self.set(web.auth_test().await?);
        *asked = Some(now);
        Ok(())
    }
}

impl Directory {
    /// Whether Slack has said whose workspace this is, so it was reached since the start.
    pub fn is_connected(&self) -> bool {
        self.whose.get().is_some()
    }

    /// Sets whose workspace this is; until then everybody is an outsider.
    pub fn learn_installation(&self, ours: Installation) {
        self.whose.set(ours);
    }

    /// The address of a message: the workspace's, its channel, and its timestamp without the dot. Source: the permalinks that Slack makes.
    pub fn address_of(&self, channel: &str, ts: &str) -> Option<String> {
        let home = self.whose.get()?.url?;
        Some(format!(
            "{}/archives/{channel}/p{}",
            home.trim_end_matches('/'),
            ts.replace('.', "")
        ))
    }

    /// Whether a token with this installation belongs to the same workspace and app as the one in use; anything
    /// is possible before Slack has said whose workspace this is.
    pub fn is_installation(&self, other: &Installation) -> bool {
        self.whose
            .get()
            .is_none_or(|ours| ours.team_id == other.team_id && ours.user_id == other.user_id)
    }

    /// Whether an envelope's account is one of ours at all; what Slack says about the user decides the rest.
    pub fn is_ours(&self, account: &SlackAccount) -> bool {
        self.home().is_some_and(|home| home.has_account(account))
    }

    /// The same; Slack is asked again whose workspace this is before somebody from an organisation is treated as a stranger.
    pub async fn admits(&self, account: &SlackAccount) -> Result<bool, IdentityError> {
        let may_be = |home: Home| is_of_an_organisation(account, &home);
        if !self.is_ours(account) && self.home().is_some_and(may_be) {
            self.whose.ask_again(&self.web, self.core.now()).await?;
        }
        Ok(self.is_ours(account))
    }

    /// Whether somebody may look like a stranger only because the workspace is joining an organisation: they are
    /// in one and we are in none, or ours has changed since it was `before`, when Slack was asked about them.
    pub fn may_join(&self, person: &Person, before: Option<&Home>) -> bool {
        person.standing == Standing::Outsider
            && is_becoming_home(&person.account, before, self.home().as_ref())
    }

    /// Whose accounts count, once Slack has said so.
    pub fn home(&self) -> Option<Home> {
        self.whose.home()
    }
}

fn home_of(ours: &Installation) -> Home {
    Home {
        team: ours.team_id.clone(),
        enterprise: ours.enterprise_id.clone().filter(|id| !id.is_empty()),
    }
}

/// Whether an account outside `home` may still turn out to be in it: it names an organisation that `home` does not.
fn is_of_an_organisation(account: &SlackAccount, home: &Home) -> bool {
    let named = [&account.enterprise, &account.team];
    named
        .into_iter()
        .flatten()
        .any(|id| id.starts_with('E') && home.enterprise.as_ref() != Some(id))
}

/// Whether it means nothing that `account` was not part of the home `before`, because home is different `now` or may
/// soon be.
fn is_becoming_home(account: &SlackAccount, before: Option<&Home>, now: Option<&Home>) -> bool {
    let alone = now.filter(|home| home.enterprise.is_none());
    now != before || alone.is_some_and(|home| is_of_an_organisation(account, home))
}

/// Somebody's standing in the workspace `ours`.
pub(super) fn standing_of(info: &UserInfo, ours: &Installation) -> Standing {
    let is_ours = home_of(ours).has(info.enterprise_id.as_deref(), info.team_id.as_deref());
    if info.deleted {
        Standing::Deactivated
    } else if info.is_bot || info.is_workflow_bot || info.is_connector_bot || info.id == "USLACKBOT" {
        Standing::Bot
    } else if !is_ours || info.is_stranger {
        Standing::Outsider
    } else if info.is_restricted || info.is_ultra_restricted || info.is_invited_user {
        Standing::Guest
    } else {
        Standing::Member
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_account_may_be_of_ours_while_the_workspace_joins_an_organisation() {
        let account = |enterprise: Option<&str>, team: &str| SlackAccount {
            enterprise: enterprise.map(str::to_owned),
            team: Some(team.to_owned()),
            user: "U1".to_owned(),
        };
        let alone = Home {
            team: "T1".to_owned(),
            enterprise: None,
        };
        let organised = Home {
            enterprise: Some("E1".to_owned()),
            ..alone.clone()
        };
        let theirs = account(Some("E1"), "E1");
        assert!(is_becoming_home(&theirs, Some(&alone), Some(&alone)));
        // Slack was asked before the workspace joined, and answered after.
        assert!(is_becoming_home(&theirs, Some(&alone), Some(&organised)));
        assert!(!is_becoming_home(&theirs, Some(&organised), Some(&organised)));
        assert!(!is_becoming_home(
            &account(None, "T2"),
            Some(&alone),
            Some(&alone)
        ));
    }

    #[test]
    fn what_names_another_organisation_or_workspace_is_not_ours() {
        let alone = Home {
            team: "T1".to_owned(),
            enterprise: None,
        };
        assert!(alone.has(None, Some("T1")) && alone.has(Some("E1"), Some("T1")));
        for (enterprise, team) in [
            (None, None),
            (None, Some("T2")),
            (Some("E1"), Some("T2")),
            (Some("E1"), Some("E1")),
            (Some("E1"), None),
        ] {
            assert!(!alone.has(enterprise, team), "{enterprise:?} {team:?}");
        }
        let organised = Home {
            enterprise: Some("E1".to_owned()),
            ..alone
        };
        for (enterprise, team) in [
            (None, Some("T1")),
            (Some("E1"), Some("T2")),
            (Some("E1"), None),
            (Some("E1"), Some("E1")),
            (None, Some("E1")),
        ] {
            assert!(organised.has(enterprise, team), "{enterprise:?} {team:?}");
        }
        for (enterprise, team) in [
            (None, None),
            (None, Some("T2")),
            (Some("E2"), Some("T2")),
            (Some("E2"), Some("E2")),
            (None, Some("E2")),
        ] {
            assert!(!organised.has(enterprise, team), "{enterprise:?} {team:?}");
        }
    }
}
