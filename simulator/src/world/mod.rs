//! The model of one Slack workspace with one installed app: who is there, what was said, what is open on whose screen.
//!
//! Invariant: pure and synchronous. Time comes in as an argument, ids follow from a counter, and everything Slack would tell
//! the app about a change goes into an outbox that the caller empties after each change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub(crate) mod app;
pub(crate) mod blocks;
mod changes;
pub(crate) mod channels;
mod events;
mod example;
mod file;
pub(crate) mod files;
pub(crate) mod messages;
pub(crate) mod openid;
pub(crate) mod people;
pub(crate) mod reading;
pub(crate) mod scheduled;
pub(crate) mod tickets;
pub(crate) mod views;

pub use file::WorldFileError;

use app::{App, Team};
use channels::{Channel, UserGroup};
use files::Upload;
use messages::Message;
use openid::OpenId;
use people::{NamedTeam, Person};
use scheduled::Scheduled;
use tickets::Tickets;
use views::View;

use crate::clock::Micros;

/// Slack's code for a refusal, as in `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) &'static str);

/// A workspace: build one with `World::example` or `World::from_json`, then change it with the named methods.
#[derive(Debug, Clone)]
pub struct World {
    pub(crate) team: Team,
    pub(crate) named_team: NamedTeam,
    pub(crate) app: App,
    pub(crate) openid: OpenId,
    pub(crate) people: Vec<Person>,
    pub(crate) channels: Vec<Channel>,
    pub(crate) groups: Vec<UserGroup>,
    messages: Vec<Message>,
    scheduled: Vec<Scheduled>,
    /// Files that are not shared yet.
    uploads: Vec<Upload>,
    /// Messages that only one person sees, by that person's id.
    ephemerals: Vec<(String, Message)>,
    modals: BTreeMap<String, Vec<View>>,
    homes: BTreeMap<String, View>,
    tickets: Tickets,
    /// By person: the channel and ts of the messages that person has read.
    read: BTreeMap<String, BTreeSet<(String, String)>>,
    /// Events for the app that have not been sent yet.
    outbox: Vec<Value>,
    last_ts: Micros,
    /// The time of the present change, for the named changes, which take no time argument.
    pub(crate) changed_at: Micros,
    pub(crate) ids: Ids,
}

/// Ids in the order of use, so two runs of the same steps give the same ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn next(&mut self, prefix: &str) -> String {
        self.0 += 1;
        format!("{prefix}{:08X}", self.0)
    }
}

impl World {
    /// A workspace with this app installed and nobody in it but the app's bot user.
    pub(crate) fn new(team: Team, app: App) -> Self {
        let bot = Person {
            email: None,
            email_confirmed: false,
            kind: people::Kind::Bot,
            ..Person::member(&app.bot_user, &app.name, &app.name, "")
        };
        Self {
            team,
            named_team: NamedTeam::default(),
            app,
            openid: OpenId::default(),
            people: vec![bot],
            channels: Vec::new(),
            groups: Vec::new(),
            messages: Vec::new(),
            scheduled: Vec::new(),
            uploads: Vec::new(),
            ephemerals: Vec::new(),
            modals: BTreeMap::new(),
            homes: BTreeMap::new(),
            tickets: Tickets::default(),
            read: BTreeMap::new(),
            outbox: Vec::new(),
            last_ts: 0,
            changed_at: 0,
            ids: Ids::default(),
        }
    }

    /// The person with this handle (with or without `@`) or id.
    pub fn person(&self, who: &str) -> Option<&Person> {
        let handle = who.trim_start_matches('@');
        self.people
            .iter()
            .find(|person| person.has_id(who) || person.handle == handle)
    }

    /// The workspace that Slack gives for this person.
    pub(crate) fn team_of<'a>(&'a self, person: &'a Person) -> Option<&'a str> {
        match (&person.team_id, self.named_team) {
            (None, NamedTeam::Organisation) => self.team.enterprise_id.as_deref(),
            (None, NamedTeam::Nothing) => None,
            (Some(_), _) | (None, NamedTeam::Workspace) => Some(person.team(&self.team.id)),
        }
    }

    /// The name people see for an id; the id itself when nobody has it.
    pub(crate) fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.person(id).map_or(id, |person| &person.name)
    }

    /// The channel with this id or name (with or without `#`). Direct messages are found by id only.
    pub(crate) fn channel(&self, which: &str) -> Option<&Channel> {
        let name = which.trim_start_matches('#');
        self.channels
            .iter()
            .find(|channel| channel.id == which || (!channel.is_im() && channel.name == name))
    }

    fn channel_mut(&mut self, which: &str) -> Option<&mut Channel> {
        let id = self.channel(which)?.id.clone();
        self.channels.iter_mut().find(|channel| channel.id == id)
    }

    /// The direct message between the bot and this person (id), opened if it does not exist yet; true if it did.
    pub(crate) fn open_direct(&mut self, person: &str) -> (Channel, bool) {
        let id = channels::direct_id(person);
        if let Some(open) = self.channels.iter().find(|channel| channel.id == id) {
            return (open.clone(), true);
        }
        let channel = Channel::direct(person, &self.app.bot_user);
        self.channels.push(channel.clone());
        (channel, false)
    }

    /// The home tab of a person, if the app has published one.
    pub(crate) fn home(&self, person: &str) -> Option<&View> {
        self.homes.get(person)
    }

    /// The events since the last call, oldest first.
    pub(crate) fn take_outbox(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.outbox)
    }
}
