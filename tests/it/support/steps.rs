//! What people do again and again in these tests, and what they read of it.

use serde_json::{Value, json};
use slack_simulator::{ActError, Actor, EnvelopeRecord, SeenMessage, Submitted};

use super::bot::Context;

impl Context {
    /// Runs `/apono <words>` and returns what the person reads.
    pub(crate) async fn says(&self, who: &str, words: &str) -> String {
        self.answer_to(who, async |person| {
            person.command("/apono", words).await.map(|_| ())
        })
        .await
    }

    /// Others write in the audit channel, more than the bot reads of it at once.
    pub(crate) async fn others_write_in_the_channel(&self) {
        for n in 0..205 {
            let ada = self.person("ada");
            ada.say("permissions-audit", &format!("{n}")).await.unwrap();
        }
    }

    /// What somebody alone reads after they did something: in the acknowledgement, or in the answer that follows.
    pub(crate) async fn answer_to(
        &self,
        who: &str,
        act: impl AsyncFnOnce(&Actor) -> Result<(), ActError>,
    ) -> String {
        let person = self.person(who);
        let before = person.ephemerals().len();
        act(&person).await.unwrap();
        let answer = self
            .eventually("the answer", async || person.ephemerals().into_iter().nth(before))
            .await;
        self.plain(&answer.rendered)
    }

    /// Dana asks to read for two hours; returns the cards of Omar and of Priya.
    pub(crate) async fn asked(&self) -> (SeenMessage, SeenMessage) {
        assert_eq!(
            self.ask("dana", "read", "2h", "incident 4711").await,
            Submitted::Closed
        );
        let omars = self
            .sees("omar", "Dana Ito (dana@example.com) asks for read")
            .await;
        let priyas = self
            .sees("priya", "Dana Ito (dana@example.com) asks for read")
            .await;
        (omars, priyas)
    }

    /// Waits for the newest message from the bot with these words.
    pub(crate) async fn sees(&self, who: &str, words: &str) -> SeenMessage {
        self.person(who).wait_for("@bot", words).await.unwrap()
    }

    /// The same, as it reads once Slack shows what is committed: a card may be one state behind until then.
    pub(crate) async fn reads(&self, who: &str, words: &str) -> String {
        self.sees(who, words).await;
        self.delivered().await;
        let message = self.sees(who, words).await;
        self.plain(&message.rendered)
    }

    /// Waits until everybody whom the config names was looked up.
    pub(crate) async fn everybody_is_known(&self) {
        self.until("everybody is known", async || {
            let app = self.app();
            app.bot().directory.known.is_complete(&app.core().policy())
        })
        .await;
    }

    /// Waits for a headline of the audit channel, whoever posts it.
    pub(crate) async fn until_channel_says(&self, words: &str) {
        self.until(words, async || self.audit_channel().contains(words))
            .await;
    }

    /// Posts of the audit channel whose headline has this word, whole.
    pub(crate) async fn audit_posts(&self, word: &str) -> Vec<String> {
        self.settle().await;
        let posts = self.simulator.channel_messages("permissions-audit");
        let with_word = posts.iter().filter(|post| {
            let headline = post.rendered.lines().next().unwrap_or_default();
            headline.contains(&format!("*{word}*"))
        });
        with_word.map(|post| self.plain(&post.rendered)).collect()
    }

    /// Waits until all is worked off and Slack has an acknowledgement of everything, so that a stop loses no event.
    pub(crate) async fn quiet(&self) {
        self.settle().await;
        self.until("everything is acknowledged", async || {
            let envelopes = self.simulator.envelopes();
            !envelopes.iter().any(EnvelopeRecord::is_owed)
        })
        .await;
    }
}

/// Fills in and sends the request form for a database; an error where the bot does not answer.
pub(crate) async fn send_request(
    person: &Actor,
    database: &str,
    permission: &str,
    duration: &str,
    why: &str,
) -> Result<Submitted, ActError> {
    person.command("/apono", "request").await?;
    person.choose("Integration", &["orders-db"]).await?;
    person.choose("Resource type", &["Database"]).await?;
    person.choose("Resources", &[database]).await?;
    let permissions: Vec<&str> = permission.split(", ").collect();
    person.choose("Permissions", &permissions).await?;
    person.fill("Duration", duration).await?;
    person.fill("Justification", why).await?;
    person.submit().await
}

/// A click as a client could send it by hand: on the message that `card` is, with this action and value.
pub(crate) fn forged_click(card: &SeenMessage, action: &str, value: &str) -> Value {
    json!({
        "type": "block_actions",
        "container": { "type": "message", "message_ts": card.ts, "channel_id": card.channel, "is_ephemeral": false },
        "channel": { "id": card.channel, "name": "directmessage" },
        "actions": [{
            "type": "button", "block_id": "b", "action_id": action, "value": value, "action_ts": "1.1",
            "text": { "type": "plain_text", "text": "Approve" },
        }],
    })
}

/// The value that a card's button carries.
pub(crate) fn value_of(card: &SeenMessage, button: &str) -> String {
    let blocks = card.blocks.as_array().into_iter().flatten();
    let elements = blocks.flat_map(|block| block["elements"].as_array().into_iter().flatten());
    let found = elements
        .into_iter()
        .find(|element| element["text"]["text"] == button);
    found.unwrap()["value"].as_str().unwrap().to_owned()
}
