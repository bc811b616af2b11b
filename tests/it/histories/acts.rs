//! What people do in Slack, with the real bot behind it.

use slack_simulator::Submitted;
use sqlx::PgConnection;

use crate::support::login::Login;
use crate::support::steps::{forged_click, value_of};

use super::commands::Permission;
use super::people::Person;
use super::world::World;

impl World {
    /// Sends the request form; what it says if it is not taken.
    pub(super) async fn ask(&self, who: Person, permission: Permission, hours: u32) -> Vec<String> {
        let person = who.handle();
        let sent = self
            .ctx
            .ask(person, permission.word(), &format!("{hours}h"), "incident 4711")
            .await;
        self.said_in_form(who, sent).await
    }

    /// Clicks on one's own card as it first stood there; without one, on somebody else's, as a client could send it by hand.
    pub(super) async fn click(&self, who: Person, request: usize, button: &str) {
        let person = self.ctx.person(who.handle());
        if let Some(card) = self.cards.get(&(who, request)) {
            return person.stale_click(card, button).await.unwrap();
        }
        let mut others = self.cards.iter().filter(|((_, about), _)| *about == request);
        let (_, card) = others.next().unwrap();
        let action = button.to_lowercase();
        let forged = forged_click(card, &action, &value_of(card, button));
        person.raw_interaction(forged).await.unwrap();
    }

    /// Clicks Reject and, if a window opens for the reason, sends that.
    pub(super) async fn reject(&self, who: Person, request: usize) -> Vec<String> {
        let person = self.ctx.person(who.handle());
        let before = person.ephemerals().len();
        self.click(who, request, "Reject").await;
        self.ctx
            .until("a window, or why there is none", async || {
                person.top_modal().is_some() || person.ephemerals().len() > before
            })
            .await;
        if person.top_modal().is_none() {
            return Vec::new();
        }
        let sent = person.submit().await.unwrap();
        self.said_in_form(who, sent).await
    }

    /// What a form says in place of closing: at its fields, or in a window that shows what is there already.
    async fn said_in_form(&self, who: Person, sent: Submitted) -> Vec<String> {
        let person = self.ctx.person(who.handle());
        let said = match sent {
            Submitted::Closed => return Vec::new(),
            Submitted::Errors(errors) => errors.into_values().collect(),
            Submitted::Updated => vec![person.modal().await.unwrap().rendered],
            Submitted::Pushed => panic!("no form opens another"),
        };
        person.close_modal().await.unwrap();
        said
    }

    pub(super) async fn types(&self, who: Person, words: &str) {
        let person = self.ctx.person(who.handle());
        person.command("/apono", words).await.unwrap();
    }

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
