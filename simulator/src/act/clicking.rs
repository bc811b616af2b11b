//! Clicks on the buttons of messages, modals and the home tab.

use serde_json::{Value, json};

use super::payload::Payloads;
use super::{ActError, Actor, reading};
use crate::render;
use crate::world::World;
use crate::world::blocks::{elements, id};
use crate::world::reading::SeenMessage;

impl Actor {
    /// Clicks a button (or chooses from an overflow menu) on the newest visible message that contains the words and has the
    /// button. Waits for both to appear, and for the ack.
    pub async fn click(&self, message_containing: &str, button: &str) -> Result<(), ActError> {
        self.signed_in()?;
        let has_it = |message: &SeenMessage| {
            message.contains(message_containing) && message.buttons.iter().any(|text| text == button)
        };
        let find = |world: &World| world.seen_by(&self.person).into_iter().rev().find(has_it);
        let found = self.shared.until(self.shared.patience(), find).await;
        let message = found.ok_or_else(|| ActError::NotSeen {
            wanted: format!("a message with \"{message_containing}\" and the button \"{button}\""),
            saw: reading::summary(&self.shared.look(|world| world.seen_by(&self.person))),
        })?;
        self.stale_click(&message, button).await
    }

    /// Clicks a button on the message with this ts, in its present form.
    pub async fn click_message(&self, channel: &str, ts: &str, button: &str) -> Result<(), ActError> {
        let message = self
            .read_channel(channel)?
            .into_iter()
            .find(|message| message.ts == ts);
        let message =
            message.ok_or_else(|| ActError::Refused(format!("there is no message {ts} in {channel}")))?;
        self.stale_click(&message, button).await
    }

    /// Clicks a button of a message as it once was on this person's screen, whatever the message shows now: like a client that
    /// has not received the change yet.
    pub async fn stale_click(&self, seen: &SeenMessage, button: &str) -> Result<(), ActError> {
        let blocks = seen.blocks.as_array().map_or(&[][..], Vec::as_slice);
        let action = action_in(blocks, button).ok_or_else(|| no_button(button, &seen.buttons))?;
        let payload = self.act(|payloads| {
            let message = if seen.ephemeral {
                payloads
                    .world
                    .ephemerals_of(payloads.person)
                    .find(|message| message.ts == seen.ts)
            } else {
                payloads.world.message(&seen.channel, &seen.ts)
            };
            let message = message
                .cloned()
                .ok_or_else(|| ActError::Refused("the message is gone".to_owned()))?;
            payloads.world.mark_read(payloads.person, [seen]);
            Ok(payloads.message_action(&message, seen.ephemeral, action))
        })?;
        self.send("interactive", payload).await.map(|_| ())
    }

    /// Clicks a button in the visible modal; waits for the modal, for the button and for the ack.
    pub async fn click_in_modal(&self, button: &str) -> Result<(), ActError> {
        self.signed_in()?;
        self.settle().await;
        let find = |world: &World| {
            let view = world.modals(&self.person).last()?;
            Some((view.clone(), action_in(view.blocks(), button)?))
        };
        let found = self.shared.until(self.shared.patience(), find).await;
        let (view, action) = found.ok_or_else(|| {
            self.top_modal()
                .map_or_else(|| self.no_modal(), |modal| no_button(button, &[modal.rendered]))
        })?;
        let payload = self.act(|payloads| {
            if let Some(top) = payloads.world.top_modal_mut(payloads.person) {
                top.told = true;
            }
            Ok(payloads.view_action(&view, action))
        })?;
        self.send("interactive", payload).await.map(|_| ())
    }

    /// Clicks a button on the app's home tab; waits for the button and for the ack.
    pub async fn click_in_home(&self, button: &str) -> Result<(), ActError> {
        self.signed_in()?;
        let find = |world: &World| {
            let view = world.home(&self.person)?;
            Some((view.clone(), action_in(view.blocks(), button)?))
        };
        let found = self.shared.until(self.shared.patience(), find).await;
        let (view, action) = found.ok_or_else(|| {
            no_button(
                button,
                &self
                    .home()
                    .map(|home| home.rendered)
                    .into_iter()
                    .collect::<Vec<_>>(),
            )
        })?;
        let payload = self.act(|payloads: &mut Payloads<'_>| Ok(payloads.view_action(&view, action)))?;
        self.send("interactive", payload).await.map(|_| ())
    }
}

/// The action object for a button, or for an option of an overflow menu, with this text.
fn action_in(blocks: &[Value], text: &str) -> Option<Value> {
    blocks.iter().find_map(|block| {
        let element = elements(block).into_iter().find(|element| render::button_texts(element).iter().any(|button| button == text))?;
        let mut action = json!({"type": element["type"], "block_id": id(block, "block_id"), "action_id": id(element, "action_id")});
        if element["type"] == "overflow" {
            let options = element["options"].as_array().into_iter().flatten();
            action["selected_option"] = options.into_iter().find(|option| option["text"]["text"] == text).cloned()?;
        } else {
            for key in ["text", "value", "style", "url"] {
                if let Some(value) = element.get(key) {
                    action[key] = value.clone();
                }
            }
        }
        Some(action)
    })
}

fn no_button(button: &str, saw: &[String]) -> ActError {
    ActError::NotSeen {
        wanted: format!("the button \"{button}\""),
        saw: saw.join(", "),
    }
}
