//! Commands, shortcuts, messages to the bot, the home tab, and interactions made by hand.

use serde_json::{Value, json};

use super::payload::Payloads;
use super::{ActError, Actor};
use crate::api;
use crate::journal::EnvelopeRecord;
use crate::world::messages::Draft;
use crate::world::tickets::Origin;

/// What a person reads right after a command: the message in the ack, empty if there is none.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Answer {
    /// As people read it: the blocks, or the text if there are none.
    pub text: String,
    pub blocks: Value,
}

impl Actor {
    /// Runs a slash command in #general.
    pub async fn command(&self, command: &str, text: &str) -> Result<Answer, ActError> {
        self.command_in("#general", command, text).await
    }

    /// Runs a slash command in a channel the person is in (`@bot`: the direct message with the bot).
    pub async fn command_in(&self, channel: &str, command: &str, text: &str) -> Result<Answer, ActError> {
        let payload = self.act(|payloads| {
            if !payloads.world.app.scopes.contains("commands") {
                return Err(ActError::Refused(format!("{command} is not a valid command")));
            }
            let channel = member_channel(payloads, channel)?;
            Ok(payloads.command(&channel, command, text))
        })?;
        let channel = payload["channel_id"].clone();
        let record = self.send("slash_commands", payload).await?;
        let Some(message) = record.ack.filter(|ack| *ack != json!({})) else {
            return Ok(Answer::default());
        };
        let draft =
            api::draft_from(&message).map_err(|error| ActError::BadAnswer(error.body().to_string()))?;
        let channel = channel.as_str().unwrap_or_default();
        self.shared.change(|world, now| {
            let seen = api::show(world, &self.person, channel, &message, draft, now)
                .map_err(|error| ActError::BadAnswer(error.code))?;
            world.mark_read(&self.person, [&seen]);
            Ok(Answer {
                text: seen.rendered,
                blocks: seen.blocks,
            })
        })
    }

    /// Types a direct message to the bot.
    pub async fn say_to_bot(&self, text: &str) -> Result<(), ActError> {
        self.say("@bot", text).await
    }

    /// Types a message into a channel the person is in.
    #[expect(
        clippy::unused_async,
        reason = "acting is async, whether the person has to wait or not"
    )]
    pub async fn say(&self, channel: &str, text: &str) -> Result<(), ActError> {
        self.act(|payloads| {
            let channel = member_channel(payloads, channel)?;
            let draft = Draft {
                text: text.to_owned(),
                ..Draft::default()
            };
            let posted = payloads
                .world
                .post(&channel, payloads.person, draft, payloads.now);
            posted
                .map(|_| ())
                .map_err(|refused| ActError::Refused(refused.0.to_owned()))
        })
    }

    /// Chooses a global shortcut.
    pub async fn shortcut(&self, callback_id: &str) -> Result<(), ActError> {
        let payload = self.act(|payloads| Ok(payloads.shortcut(callback_id)))?;
        self.send("interactive", payload).await.map(|_| ())
    }

    /// Opens the app's home tab; the app gets `app_home_opened`.
    #[expect(
        clippy::unused_async,
        reason = "acting is async, whether the person has to wait or not"
    )]
    pub async fn open_home(&self) -> Result<(), ActError> {
        self.act(|payloads| {
            payloads.world.announce_home_opened(payloads.person, payloads.now);
            Ok(())
        })
    }

    /// Sends an interaction as given, as this person unless it says otherwise; standard fields are filled in if missing. With
    /// `command` it is a slash command, otherwise it needs a `type`.
    pub async fn raw_interaction(&self, payload: Value) -> Result<EnvelopeRecord, ActError> {
        let is_command = payload.get("command").is_some();
        let whole = self.act(|payloads| {
            let mut whole = if is_command {
                payloads.command("C0GENERAL", "", "")
            } else {
                let mut frame = payloads.frame("");
                if payload.get("channel").is_some() {
                    let channel = payload["channel"]["id"].as_str().unwrap_or_default();
                    frame["response_url"] = json!(payloads.response_url(channel, Origin::Command));
                }
                frame
            };
            for (key, value) in payload.as_object().into_iter().flatten() {
                whole[key] = value.clone();
            }
            Ok(whole)
        })?;
        self.send(
            if is_command {
                "slash_commands"
            } else {
                "interactive"
            },
            whole,
        )
        .await
    }

    /// Changes the world as this person, if the person can act at all.
    pub(super) fn act<R>(
        &self,
        act: impl FnOnce(&mut Payloads<'_>) -> Result<R, ActError>,
    ) -> Result<R, ActError> {
        self.signed_in()?;
        self.shared.change(|world, now| {
            act(&mut Payloads {
                world,
                person: &self.person,
                base: &self.shared.base(),
                now,
            })
        })
    }
}

/// The id of the channel, if the person is in it; the direct message with the bot is opened if needed.
fn member_channel(payloads: &mut Payloads<'_>, which: &str) -> Result<String, ActError> {
    if which == "@bot" {
        return Ok(payloads.world.open_direct(payloads.person).0.id);
    }
    let channel = payloads
        .world
        .channel(which)
        .filter(|channel| channel.members.contains(payloads.person));
    let channel =
        channel.ok_or_else(|| ActError::Refused(format!("{} is not in {which}", payloads.person)))?;
    Ok(channel.id.clone())
}
