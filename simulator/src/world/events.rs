//! What the Events API tells the app about a change.
//!
//! Invariant: an event goes into the outbox only if the app subscribes to it, and once for each change.

use serde_json::{Value, json};

use super::World;
use super::channels::Channel;
use super::messages::Message;
use crate::clock::Micros;

impl World {
    /// Puts `event` into the outbox, wrapped as an `event_callback`, if the app subscribes to `subscription`.
    pub(super) fn announce(
        &mut self,
        subscription: &str,
        event: &Value,
        channel: Option<&Channel>,
        now: Micros,
    ) {
        if !self.app.events.contains(subscription) {
            return;
        }
        let callback = json!({
            "type": "event_callback",
            "token": super::app::VERIFICATION_TOKEN,
            "team_id": self.team.id,
            "context_team_id": self.team.id,
            "context_enterprise_id": self.team.enterprise_id,
            "api_app_id": self.app.id,
            "event_id": self.ids.next("Ev"),
            "event_time": now / 1_000_000,
            "event_context": self.ids.next("4-"),
            "is_ext_shared_channel": channel.is_some_and(Channel::ext_shared),
            "authorizations": [{
                "enterprise_id": self.team.enterprise_id, "team_id": self.team.id, "user_id": self.app.bot_user,
                "is_bot": true, "is_enterprise_install": false,
            }],
            "event": event,
        });
        self.outbox.push(callback);
    }

    /// Reports a message, its change (`message_changed`) or its deletion (`message_deleted`). The app gets its own messages
    /// too, as with Slack.
    pub(super) fn announce_message(&mut self, message: &Message, subtype: Option<&str>, now: Micros) {
        let Some(channel) = self.channel(&message.channel).cloned() else {
            return;
        };
        let (subscription, channel_type) = match channel.scope_family() {
            "im" => ("message.im", "im"),
            "groups" => ("message.groups", "group"),
            _ => ("message.channels", "channel"),
        };
        let object = self.message_json(message, true);
        let event = match subtype {
            None => {
                let mut event = object;
                event["channel"] = json!(channel.id);
                event["channel_type"] = json!(channel_type);
                event["event_ts"] = json!(message.ts);
                event
            }
            Some(subtype) => {
                let mut event = json!({
                    "type": "message", "subtype": subtype, "hidden": true, "channel": channel.id, "channel_type": channel_type,
                    "ts": message.ts, "event_ts": message.ts,
                });
                if subtype == "message_deleted" {
                    event["deleted_ts"] = json!(message.ts);
                    event["previous_message"] = object;
                } else {
                    event["message"] = object;
                }
                event
            }
        };
        self.announce(subscription, &event, Some(&channel), now);
        if subtype.is_none()
            && !channel.is_im()
            && message.text.contains(&format!("<@{}>", self.app.bot_user))
        {
            let mention = json!({
                "type": "app_mention", "user": message.user, "text": message.text, "ts": message.ts, "channel": channel.id,
                "event_ts": message.ts,
            });
            self.announce("app_mention", &mention, Some(&channel), now);
        }
    }

    /// Reports that somebody opened the app's home tab.
    pub(crate) fn announce_home_opened(&mut self, person: &str, now: Micros) {
        let (channel, _) = self.open_direct(person);
        let mut event = json!({
            "type": "app_home_opened", "user": person, "channel": channel.id, "tab": "home", "event_ts": self.next_ts(now),
        });
        if let Some(home) = self.home(person) {
            event["view"] = self.view_json(home);
        }
        self.announce("app_home_opened", &event, Some(&channel), now);
    }

    pub(super) fn announce_person(&mut self, id: &str, now: Micros) {
        let Some(person) = self.person(id) else {
            return;
        };
        let with_email = self.app.scopes.contains("users:read.email");
        let user = person.to_json(&self.team.id, self.team_of(person), with_email);
        let event = json!({"type": "user_change", "user": user, "cache_ts": now / 1_000_000, "event_ts": self.next_ts(now)});
        self.announce("user_change", &event, None, now);
    }

    /// Reports that the token of `bot` was revoked.
    pub(super) fn announce_revoked(&mut self, bot: &str, now: Micros) {
        let event = json!({
            "type": "tokens_revoked", "tokens": {"oauth": [], "bot": [bot]}, "event_ts": self.next_ts(now),
        });
        self.announce("tokens_revoked", &event, None, now);
    }

    /// Reports that somebody joined (`member_joined_channel`) or left (`member_left_channel`) a channel the bot is in.
    pub(super) fn announce_member(&mut self, kind: &str, channel: &Channel, person: &str, now: Micros) {
        if !channel.members.contains(&self.app.bot_user) && person != self.app.bot_user {
            return;
        }
        let event = json!({
            "type": kind, "user": person, "channel": channel.id, "channel_type": if channel.private { "G" } else { "C" },
            "team": self.team.id, "event_ts": self.next_ts(now),
        });
        self.announce(kind, &event, Some(channel), now);
    }

    /// Reports a change to the channel as a whole, such as `channel_archive`; `about` is the event's content besides the
    /// channel.
    pub(super) fn announce_channel(
        &mut self,
        kind: &str,
        channel: &Channel,
        about: (&str, &str),
        now: Micros,
    ) {
        if !channel.members.contains(&self.app.bot_user) {
            return;
        }
        let event =
            json!({"type": kind, "channel": channel.id, about.0: about.1, "event_ts": self.next_ts(now)});
        self.announce(kind, &event, Some(channel), now);
    }
}
