//! What administrators and people do to the workspace behind the app's back, as named methods for tests.
//!
//! All of them panic if the person or channel does not exist: that is a mistake in the test.

use serde_json::Value;

use super::World;
use super::app::App;
use super::channels::{Channel, UserGroup};
use super::messages::Draft;
use super::people::{Kind, NamedTeam, Person};

/// The actor in events about something that no person in the workspace did.
const ADMINISTRATOR: (&str, &str) = ("user", "USLACKBOT");

impl World {
    /// Adds somebody.
    pub fn add_person(&mut self, person: Person) {
        self.people.push(person);
    }

    /// Adds a channel.
    pub fn add_channel(&mut self, channel: Channel) {
        self.channels.push(channel);
    }

    /// Adds a user group, or replaces the one with the same id.
    pub fn set_group(&mut self, group: UserGroup) {
        self.groups.retain(|other| other.id != group.id);
        self.groups.push(group);
    }

    /// Changes anything about a person (by handle or id); the app gets `user_change`.
    pub fn change_person(&mut self, who: &str, change: impl FnOnce(&mut Person)) {
        let id = self.must_find_person(who);
        let person = self
            .people
            .iter_mut()
            .find(|person| person.id == id)
            .expect("the id was found above");
        change(person);
        self.announce_person(&id, self.changed_at);
    }

    pub fn deactivate(&mut self, who: &str) {
        self.change_person(who, |person| person.deactivated = true);
    }

    pub fn reactivate(&mut self, who: &str) {
        self.change_person(who, |person| person.deactivated = false);
    }

    /// Slack no longer knows the account; the app is not told.
    pub fn forget_person(&mut self, who: &str) {
        let id = self.must_find_person(who);
        self.people.retain(|person| person.id != id);
    }

    pub fn set_email(&mut self, who: &str, email: &str, confirmed: bool) {
        self.change_person(who, |person| {
            person.email = Some(email.to_owned());
            person.email_confirmed = confirmed;
        });
    }

    pub fn set_kind(&mut self, who: &str, kind: Kind) {
        self.change_person(who, |person| person.kind = kind);
    }

    /// Moves a person's account to another workspace, as seen from a shared channel.
    pub fn set_team(&mut self, who: &str, team: &str) {
        self.change_person(who, |person| person.team_id = Some(team.to_owned()));
    }

    pub fn rename_person(&mut self, who: &str, name: &str) {
        self.change_person(who, |person| name.clone_into(&mut person.name));
    }

    /// Adds somebody to a channel; `@bot` is the app.
    pub fn join(&mut self, channel: &str, who: &str) {
        let person = self.must_find_person(who);
        let channel = self.change_channel(channel, |channel| {
            channel.members.insert(person.clone());
        });
        self.announce_member("member_joined_channel", &channel, &person, self.changed_at);
    }

    /// Removes somebody from a channel; `@bot` is the app.
    pub fn leave(&mut self, channel: &str, who: &str) {
        let person = self.must_find_person(who);
        let channel = self.change_channel(channel, |channel| {
            channel.members.remove(&person);
        });
        self.announce_member("member_left_channel", &channel, &person, self.changed_at);
    }

    pub fn archive(&mut self, channel: &str) {
        let channel = self.change_channel(channel, |channel| channel.archived = true);
        self.announce_channel("channel_archive", &channel, ADMINISTRATOR, self.changed_at);
    }

    pub fn unarchive(&mut self, channel: &str) {
        let channel = self.change_channel(channel, |channel| channel.archived = false);
        self.announce_channel("channel_unarchive", &channel, ADMINISTRATOR, self.changed_at);
    }

    pub fn rename_channel(&mut self, channel: &str, name: &str) {
        self.change_channel(channel, |channel| name.clone_into(&mut channel.name));
    }

    /// Shares a channel with other workspaces through Slack Connect; an empty list ends the sharing.
    pub fn share(&mut self, channel: &str, teams: &[&str]) {
        let mut before = Vec::new();
        let channel = self.change_channel(channel, |channel| {
            let teams = teams.iter().map(|&team| team.to_owned()).collect();
            before = std::mem::replace(&mut channel.connected_teams, teams);
        });
        let (kind, team) = match (teams, before.first()) {
            ([team, ..], _) => ("channel_shared", (*team).to_owned()),
            ([], Some(team)) => ("channel_unshared", team.clone()),
            ([], None) => return,
        };
        self.announce_channel(kind, &channel, ("connected_team_id", &team), self.changed_at);
    }

    /// An invitation to share the channel goes out, or is withdrawn.
    pub fn set_pending_share(&mut self, channel: &str, pending: bool) {
        self.change_channel(channel, |channel| channel.pending_share = pending);
    }

    pub fn remove_scope(&mut self, scope: &str) {
        self.app.scopes.remove(scope);
    }

    pub fn grant_scope(&mut self, scope: &str) {
        self.app.scopes.insert(scope.to_owned());
    }

    /// Changes anything about the installed app: its tokens, its id.
    pub fn change_app(&mut self, change: impl FnOnce(&mut App)) {
        change(&mut self.app);
    }

    /// The bot token is no longer valid; this one replaces it. The app gets `tokens_revoked`.
    pub fn replace_bot_token(&mut self, token: &str) {
        token.clone_into(&mut self.app.bot_token);
        let bot = self.app.bot_user.clone();
        self.announce_revoked(&bot, self.changed_at);
    }

    /// Replaces the list of bot events the app subscribes to.
    pub fn subscribe(&mut self, events: &[&str]) {
        self.app.events = events.iter().map(|&event| event.to_owned()).collect();
    }

    /// Puts the workspace into an Enterprise Grid organisation.
    pub fn set_enterprise(&mut self, enterprise: &str) {
        self.team.enterprise_id = Some(enterprise.to_owned());
    }

    /// Posts like another app acting for `who`, with metadata that it copied from elsewhere.
    pub fn post_with_metadata(&mut self, who: &str, channel: &str, metadata: &Value) {
        let user = self.must_find_person(who);
        let channel = self.change_channel(channel, |_| {}).id;
        let draft = Draft {
            text: "copied".to_owned(),
            metadata: Some(metadata.clone()),
            ..Draft::default()
        };
        let now = self.changed_at;
        self.post(&channel, &user, draft, now)
            .unwrap_or_else(|refused| panic!("{who} cannot post: {}", refused.0));
    }

    /// The workspace and its people become part of an Enterprise Grid organisation; people keep their ids. From now on Slack
    /// uses `named` as their workspace. The app is not told.
    pub fn join_organisation(&mut self, enterprise: &str, named: NamedTeam) {
        self.set_enterprise(enterprise);
        self.named_team = named;
        for person in self.people.iter_mut().filter(|person| person.team_id.is_none()) {
            person.enterprise_id = Some(enterprise.to_owned());
        }
    }

    /// Removes a message, as retention or an administrator would; the app is not told.
    pub fn lose_message(&mut self, channel: &str, ts: &str) {
        let channel = self.change_channel(channel, |_| {}).id;
        self.messages
            .retain(|message| message.channel != channel || message.ts != ts);
    }

    fn change_channel(&mut self, which: &str, change: impl FnOnce(&mut Channel)) -> Channel {
        let channel = self
            .channel_mut(which)
            .unwrap_or_else(|| panic!("there is no channel {which}"));
        change(channel);
        channel.clone()
    }

    fn must_find_person(&self, who: &str) -> String {
        if who == "@bot" {
            return self.app.bot_user.clone();
        }
        self.person(who)
            .unwrap_or_else(|| panic!("there is no person {who}"))
            .id
            .clone()
    }
}
