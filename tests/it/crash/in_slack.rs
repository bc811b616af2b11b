//! Somebody in Slack who tries again where Slack says that it failed.

use apono::access::ids::RequestNumber;
use slack_simulator::{ActError, Actor, Submitted};

use crate::support::face::{Acted, Face};
use crate::support::steps::send_request_for;

use super::world::World;

/// Somebody in Slack who does what their cards of now offer.
pub(super) struct InSlack {
    pub(super) person: Actor,
    /// Integration and resource type, as the form has them.
    on: [&'static str; 2],
    database: String,
}

impl InSlack {
    pub(super) fn new(world: &World<'_>, who: &str) -> Self {
        Self {
            person: world.ctx.person(who),
            on: world.target.in_the_form(),
            database: world.ctx.target.database.clone(),
        }
    }

    /// Closes everything that is open. The bot need not be told.
    pub(super) async fn close_windows(&self) {
        while self.person.top_modal().is_some() {
            let _ = self.person.close_modal().await;
        }
    }

    async fn click(&self, request: RequestNumber, button: &str) -> Result<(), ActError> {
        self.person.click(&format!("{request} · Pending"), button).await
    }

    async fn types(&self, words: &str) -> Acted {
        self.person.command("/apono", words).await?;
        Ok(Vec::new())
    }

    fn said(&self, sent: Submitted) -> Vec<String> {
        match sent {
            Submitted::Closed => Vec::new(),
            Submitted::Errors(errors) => errors.into_values().collect(),
            Submitted::Updated => vec![self.person.top_modal().unwrap().rendered],
            Submitted::Pushed => panic!("no form opens another"),
        }
    }
}

impl Face for InSlack {
    async fn ask(&self, permission: &str, duration: &str) -> Acted {
        // A form that was sent and not acknowledged still stands there, filled in.
        if self.person.top_modal().is_some()
            && let Ok(Submitted::Closed) = self.person.submit().await
        {
            return Ok(Vec::new());
        }
        self.close_windows().await;
        let [integration, resource_type] = self.on;
        let wanted = [integration, resource_type, &self.database];
        let sent = send_request_for(&self.person, wanted, permission, duration, "incident 4711").await?;
        Ok(self.said(sent))
    }

    async fn approve(&self, request: RequestNumber) -> Acted {
        self.click(request, "Approve").await?;
        Ok(Vec::new())
    }

    async fn reject(&self, request: RequestNumber) -> Acted {
        self.click(request, "Reject").await?;
        let sent = self.person.submit().await?;
        Ok(self.said(sent))
    }

    async fn cancel(&self, request: RequestNumber) -> Acted {
        self.types(&format!("cancel {request}")).await
    }

    async fn extend(&self, request: RequestNumber, more: &str) -> Acted {
        self.types(&format!("extend {request} {more}")).await
    }

    async fn give_back(&self, request: RequestNumber) -> Acted {
        self.types(&format!("revoke {request}")).await
    }
}
