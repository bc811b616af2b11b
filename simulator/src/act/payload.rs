//! The payloads of interactions, as Slack sends them.

use serde_json::{Value, json};

use crate::clock::Micros;
use crate::world::World;
use crate::world::app::VERIFICATION_TOKEN;
use crate::world::blocks;
use crate::world::messages::Message;
use crate::world::tickets::Origin;
use crate::world::views::View;

/// What one payload is made of.
pub(super) struct Payloads<'a> {
    pub(super) world: &'a mut World,
    pub(super) person: &'a str,
    /// `http://127.0.0.1:PORT`, for response urls.
    pub(super) base: &'a str,
    pub(super) now: Micros,
}

impl Payloads<'_> {
    /// What every interaction has: who, where, which app, and a fresh trigger.
    pub(super) fn frame(&mut self, kind: &str) -> Value {
        let trigger = self.world.issue_trigger(self.person, self.now);
        let world = &*self.world;
        let person = world.person(self.person);
        let handle = person.map(|person| person.handle.clone());
        let mut frame = json!({
            "type": kind, "token": VERIFICATION_TOKEN, "api_app_id": world.app.id, "trigger_id": trigger,
            "team": {"id": world.team.id, "domain": world.team.domain},
            "user": {"id": self.person, "username": handle, "name": handle},
            "enterprise": world.team.enterprise_id.as_ref().map(|id| json!({"id": id, "name": id})),
            "is_enterprise_install": false,
        });
        match person.and_then(|person| world.team_of(person)) {
            Some(team) => frame["user"]["team_id"] = json!(team),
            None => frame["team"] = Value::Null,
        }
        frame
    }

    pub(super) fn command(&mut self, channel: &str, command: &str, text: &str) -> Value {
        let trigger = self.world.issue_trigger(self.person, self.now);
        let response_url = self.response_url(channel, Origin::Command);
        let world = &*self.world;
        let person = world.person(self.person);
        let mut payload = json!({
            "token": VERIFICATION_TOKEN, "team_domain": world.team.domain,
            "channel_id": channel, "channel_name": world.channel(channel).map(|channel| &channel.name),
            "user_id": self.person, "user_name": person.map(|person| &person.handle), "command": command, "text": text,
            "api_app_id": world.app.id, "is_enterprise_install": "false", "response_url": response_url, "trigger_id": trigger,
        });
        if let Some(team) = person.and_then(|person| world.team_of(person)) {
            payload["team_id"] = json!(team);
        }
        if let Some(enterprise) = &world.team.enterprise_id {
            payload["enterprise_id"] = json!(enterprise);
            payload["enterprise_name"] = json!(enterprise);
        }
        payload
    }

    /// A click on a message; for an ephemeral one Slack only gives its place.
    pub(super) fn message_action(&mut self, message: &Message, ephemeral: bool, action: Value) -> Value {
        let mut payload = self.frame("block_actions");
        let ts = message.ts.clone();
        let origin = if ephemeral {
            Origin::Ephemeral { ts }
        } else {
            Origin::Message { ts }
        };
        payload["response_url"] = json!(self.response_url(&message.channel, origin));
        payload["container"] = json!({
            "type": "message", "message_ts": message.ts, "channel_id": message.channel, "is_ephemeral": ephemeral,
        });
        if let Some(thread) = &message.thread_ts {
            payload["container"]["thread_ts"] = json!(thread);
        }
        payload["channel"] = json!({
            "id": message.channel, "name": self.world.channel(&message.channel).map(|channel| &channel.name),
        });
        if !ephemeral {
            payload["message"] = self.world.message_json(message, true);
        }
        payload["state"] = json!({"values": blocks::initial_state(&message.blocks)});
        payload["actions"] = json!([self.stamped(action)]);
        payload
    }

    /// A click or choice in a modal or home tab.
    pub(super) fn view_action(&mut self, view: &View, action: Value) -> Value {
        let mut payload = self.of_view("block_actions", view);
        payload["actions"] = json!([self.stamped(action)]);
        payload
    }

    pub(super) fn suggestion(&mut self, view: &View, block_id: &str, action_id: &str, typed: &str) -> Value {
        let mut payload = self.of_view("block_suggestion", view);
        payload["block_id"] = json!(block_id);
        payload["action_id"] = json!(action_id);
        payload["value"] = json!(typed);
        payload
    }

    pub(super) fn submission(&mut self, view: &View) -> Value {
        let mut payload = self.frame("view_submission");
        payload["view"] = self.world.view_json(view);
        payload["response_urls"] = json!([]);
        payload
    }

    pub(super) fn closed(&mut self, view: &View) -> Value {
        let mut payload = self.frame("view_closed");
        payload["view"] = self.world.view_json(view);
        payload["is_cleared"] = json!(false);
        payload
    }

    pub(super) fn shortcut(&mut self, callback_id: &str) -> Value {
        let mut payload = self.frame("shortcut");
        payload["callback_id"] = json!(callback_id);
        payload["action_ts"] = json!(self.world.next_ts(self.now));
        payload
    }

    pub(super) fn response_url(&mut self, channel: &str, origin: Origin) -> String {
        format!(
            "{}{}",
            self.base,
            self.world
                .issue_response_url(self.person, channel, origin, self.now)
        )
    }

    fn of_view(&mut self, kind: &str, view: &View) -> Value {
        let mut payload = self.frame(kind);
        payload["container"] = json!({"type": "view", "view_id": view.id});
        payload["view"] = self.world.view_json(view);
        payload
    }

    fn stamped(&mut self, mut action: Value) -> Value {
        action["action_ts"] = json!(self.world.next_ts(self.now));
        action
    }
}
