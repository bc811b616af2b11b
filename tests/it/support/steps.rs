//! What people do again and again in these tests, and what they read of it.

use std::time::{Duration, Instant};

use apono::access::ids::RequestNumber;
use apono::access::request::Request;
use serde_json::{Value, json};
use slack_simulator::{ActError, Actor, EnvelopeRecord, SeenMessage, Submitted};

use super::bot::Context;

/// How long a bot that starts may take to look at its targets.
const OFFERED_WITHIN: Duration = Duration::from_secs(45);

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

    /// The same after a click on the newest message with these words that has the button.
    pub(crate) async fn answer_to_click(&self, who: &str, words: &str, button: &str) -> String {
        self.answer_to(who, async |person| person.click(words, button).await)
            .await
    }

    /// The same after a click on a message as it once stood on their screen.
    pub(crate) async fn answer_to_stale_click(&self, who: &str, seen: &SeenMessage, button: &str) -> String {
        self.answer_to(who, async |person| person.stale_click(seen, button).await)
            .await
    }

    /// The same after a click that was made by hand.
    pub(crate) async fn answer_to_forged(&self, who: &str, click: Value) -> String {
        self.answer_to(who, async |person| {
            person.raw_interaction(click).await.map(|_| ())
        })
        .await
    }

    /// Clicks a button on the newest message with these words that has it.
    pub(crate) async fn clicks(&self, who: &str, words: &str, button: &str) {
        self.person(who).click(words, button).await.unwrap();
    }

    /// Approves the newest request to read.
    pub(crate) async fn approves(&self, who: &str) {
        self.clicks(who, "asks for read", "Approve").await;
    }

    /// Writes a reason into the window that is open, and sends it, which is taken.
    pub(crate) async fn gives_reason(&self, who: &str, reason: &str) {
        let person = self.person(who);
        person.fill("Reason", reason).await.unwrap();
        assert_eq!(person.submit().await.unwrap(), Submitted::Closed);
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

    /// What the visible window of somebody says once it says `words`.
    pub(crate) async fn window(&self, who: &str, words: &str) -> String {
        let person = self.person(who);
        let modal = self
            .eventually(words, async || {
                person.top_modal().filter(|modal| modal.rendered.contains(words))
            })
            .await;
        self.plain(&modal.rendered)
    }

    /// The same, as it reads once Slack shows what is committed: a card may be one state behind until then.
    pub(crate) async fn reads(&self, who: &str, words: &str) -> String {
        self.sees(who, words).await;
        self.delivered().await;
        let message = self.sees(who, words).await;
        self.plain(&message.rendered)
    }

    /// The request with this number.
    pub(crate) async fn request(&self, number: i64) -> Request {
        let store = &self.app().core().store;
        let request = store.request_by_number(RequestNumber(number)).await.unwrap();
        request.unwrap()
    }

    /// The word for where a request stands.
    pub(crate) async fn state_of(&self, number: i64) -> &'static str {
        self.request(number).await.state.word()
    }

    pub(crate) async fn until_state(&self, number: i64, wanted: &str) {
        self.until(wanted, async || self.state_of(number).await == wanted)
            .await;
    }

    /// AR-1 waits for an answer, as an admin is shown it.
    pub(crate) async fn shows_pending(&self) {
        let shown = self.says("ada", "show AR-1").await;
        assert!(shown.contains("*AR-1 · Pending*"), "{shown}");
    }

    /// Lets `pause` pass whenever nothing is due or under way, until it is seen. A try that was under way when the clock was advanced
    /// sets the next one later than that, so that it is not enough to advance once.
    pub(crate) async fn until_tried_again(&self, pause: Duration, what: &str, seen: impl AsyncFn() -> bool) {
        let store = &self.app().core().store;
        self.until(what, async || {
            if seen().await {
                return true;
            }
            let counts = store.job_counts(self.app().core().now()).await.unwrap();
            if counts.values().all(|counts| counts.ready + counts.leased == 0) {
                self.clock.advance(pause);
            }
            false
        })
        .await;
    }

    /// Waits until everybody whom the config names was looked up.
    pub(crate) async fn everybody_is_known(&self) {
        self.until("everybody is known", async || {
            let app = self.app();
            app.bot().directory.known.is_complete(&app.core().policy())
        })
        .await;
    }

    /// Waits for a headline in the audit channel, whichever process posts it.
    pub(crate) async fn until_channel_says(&self, words: &str) {
        self.until(words, async || self.audit_channel().contains(words))
            .await;
    }

    /// The audit channel's headlines from the first with this word on.
    pub(crate) fn headlines_since(&self, word: &str) -> String {
        let all = self.audit_channel();
        let from = all.lines().position(|line| line.contains(&format!("*{word}*")));
        all.lines().skip(from.unwrap()).collect::<Vec<_>>().join("\n")
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
    let wanted = ["orders-db", "Database", database];
    send_request_for(person, wanted, permission, duration, why).await
}

/// The same for what has this integration, resource type and name.
pub(crate) async fn send_request_for(
    person: &Actor,
    wanted: [&str; 3],
    permission: &str,
    duration: &str,
    why: &str,
) -> Result<Submitted, ActError> {
    let [integration, resource_type, resource] = wanted;
    person.command("/apono", "request").await?;
    person.choose("Integration", &[integration]).await?;
    person.choose("Resource type", &[resource_type]).await?;
    person.choose("Resources", &[resource]).await?;
    let permissions: Vec<&str> = permission.split(", ").collect();
    person.choose("Permissions", &permissions).await?;
    person.fill("Duration", duration).await?;
    person.fill("Justification", why).await?;
    person.submit().await
}

/// The same to a bot that may not have looked at its targets yet.
pub(crate) async fn send_request_once_offered(
    person: &Actor,
    wanted: [&str; 3],
    permission: &str,
    duration: &str,
    why: &str,
) {
    let began = Instant::now();
    while let Err(error) = send_request_for(person, wanted, permission, duration, why).await {
        assert!(began.elapsed() < OFFERED_WITHIN, "{error:?}");
        // The form was looked at for a while, and offers nothing yet.
        let _ = person.close_modal().await;
    }
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

/// The click on Approve that `card` offers, sent by hand.
pub(crate) fn forged_approval(card: &SeenMessage) -> Value {
    forged_click(card, "approve", &value_of(card, "Approve"))
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
