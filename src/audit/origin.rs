//! Who acted, and through what.

use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use crate::access::named::named;
use crate::access::people::Account;

/// Where an act came from and who did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub via: Via,
    pub cause: String,
    pub actor: Actor,
}

named! {
    /// The face through which something happened, as in the payload.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Via {
        Slack = "slack",
        Portal = "portal",
        Cli = "cli",
        Worker = "worker",
        Reconcile = "reconcile",
    }
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Actor {
    Person(PersonFacts),
    /// apono itself: a timer, a worker.
    Apono,
    /// An account that we do not know.
    Stranger {
        account: Account,
        /// Where it is from: in Slack its workspace.
        home: String,
    },
}
