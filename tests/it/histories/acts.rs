//! What people do in Slack, with the real bot behind it.

use apono::access::ids::RequestNumber;
use slack_simulator::{ActError, Actor, Submitted};
use sqlx::PgConnection;

use crate::support::face::{Acted, Face};
use crate::support::login::Login;
use crate::support::steps::{forged_click, value_of};

use super::people::Person;
use super::world::World;

/// Somebody in Slack who may do what nobody offers them: they click on their card as it first stood there, and without one on
/// somebody else's, as a client could send it by hand.
pub(super) struct Bold<'a> {
    pub(super) world: &'a World,
    pub(super) who: Person,
}

impl Bold<'_> {
    fn person(&self) -> Actor {
        self.world.ctx.person(self.who.handle())
    }

    async fn click(&self, request: RequestNumber, button: &str) -> Result<(), ActError> {
        let request = usize::try_from(request.0).unwrap();
        let person = self.person();
        if let Some(card) = self.world.cards.get(&(self.who, request)) {
            return person.stale_click(card, button).await;
        }
        let mut others = self
            .world
            .cards
            .iter()
            .filter(|((_, about), _)| *about == request);
        let (_, card) = others.next().unwrap();
        let action = button.to_lowercase();
        let forged = forged_click(card, &action, &value_of(card, button));
        person.raw_interaction(forged).await.map(|_| ())
    }

    async fn types(&self, words: &str) -> Acted {
        self.person().command("/apono", words).await?;
        Ok(Vec::new())
    }

    /// What a form says in place of closing: at its fields, or in a window that shows what is there already.
    async fn said_in_form(&self, sent: Submitted) -> Acted {
        let person = self.person();
        let said = match sent {
            Submitted::Closed => return Ok(Vec::new()),
            Submitted::Errors(errors) => errors.into_values().collect(),
            Submitted::Updated => vec![person.modal().await?.rendered],
            Submitted::Pushed => panic!("no form opens another"),
        };
        person.close_modal().await?;
        Ok(said)
    }
}

impl Face for Bold<'_> {
    async fn ask(&self, permission: &str, duration: &str) -> Acted {
        let ctx = &self.world.ctx;
        let sent = ctx
            .ask(self.who.handle(), permission, duration, "incident 4711")
            .await;
        self.said_in_form(sent).await
    }

    async fn approve(&self, request: RequestNumber) -> Acted {
        self.click(request, "Approve").await?;
        Ok(Vec::new())
    }

    /// Sends the window for the reason, if one opens.
    async fn reject(&self, request: RequestNumber) -> Acted {
        let person = self.person();
        let before = person.ephemerals().len();
        self.click(request, "Reject").await?;
        self.world
            .ctx
            .until("a window, or why there is none", async || {
                person.top_modal().is_some() || person.ephemerals().len() > before
            })
            .await;
        if person.top_modal().is_none() {
            return Ok(Vec::new());
        }
        let sent = person.submit().await?;
        self.said_in_form(sent).await
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

impl World {
    /// Opens a session with what Connect shows, and keeps it open.
    pub(super) async fn connect(&mut self, who: Person, request: usize) {
        let person = self.ctx.person(who.handle());
        let card = format!("AR-{request} · Granted");
        person.click(&card, "Connect").await.unwrap();
        let window = self
            .ctx
            .eventually("credentials are shown", async || {
                let window = person.top_modal()?.rendered;
                window.contains("Password: ").then_some(window)
            })
            .await;
        person.close_modal().await.unwrap();
        let session: PgConnection = Login::read(&window).open().await.unwrap();
        self.sessions.push((request, session));
    }
}
