//! People at their screens: what they do, and what they see.
//!
//! Invariant: an actor does only what Slack's clients let that person do, and waits a while (10 s, unless set otherwise) for what it needs.

mod clicking;
mod commanding;
mod fields;
mod filling;
mod modals;
mod payload;
mod reading;

use std::sync::Arc;

use serde_json::Value;

use crate::journal::EnvelopeRecord;
use crate::shared::Shared;
use crate::socket::{self, DeliveryError};

pub use commanding::Answer;
pub use modals::{SeenModal, SeenView, Submitted};

/// Why something a person tried did not work, as the person sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// Slack's client does not offer this to the person.
    #[error("{0}")]
    Refused(String),
    #[error("the app has no open socket: Slack shows dispatch_failed")]
    NotConnected,
    #[error("no ack within 3 s: Slack shows operation_timeout")]
    TimedOut,
    /// What the person needs did not appear in time.
    #[error("waited for {wanted}; saw {saw}")]
    NotSeen { wanted: String, saw: String },
    /// The app acked with something that Slack does not accept.
    #[error("slack refuses the app's answer: {0}")]
    BadAnswer(String),
}

/// One person acting.
#[derive(Clone)]
pub struct Actor {
    shared: Arc<Shared>,
    person: String,
}

impl Actor {
    pub(crate) fn new(shared: Arc<Shared>, person: String) -> Self {
        Self { shared, person }
    }

    /// The person's Slack id.
    pub fn id(&self) -> String {
        self.person.clone()
    }

    /// The person's address; empty for those without one.
    pub fn email(&self) -> String {
        self.shared
            .look(|world| world.person(&self.person).and_then(|person| person.email.clone()))
            .unwrap_or_default()
    }

    /// Sends what the person did to the app and waits for the ack.
    async fn send(&self, kind: &str, payload: Value) -> Result<EnvelopeRecord, ActError> {
        socket::deliver_interaction(&self.shared, kind, payload)
            .await
            .map_err(|error| match error {
                DeliveryError::NotConnected => ActError::NotConnected,
                DeliveryError::NotAcked => ActError::TimedOut,
            })
    }

    /// A deactivated person has no client to act with.
    fn signed_in(&self) -> Result<(), ActError> {
        let deactivated = self.shared.look(|world| {
            world
                .person(&self.person)
                .is_some_and(|person| person.deactivated)
        });
        if deactivated {
            Err(ActError::Refused(format!("{} is deactivated", self.person)))
        } else {
            Ok(())
        }
    }
}
