//! A workspace read from a JSON file (`slack-simulator --world FILE`).

use std::collections::BTreeSet;

use serde::Deserialize;

use super::World;
use super::app::{App, Team};
use super::channels::{Channel, UserGroup};
use super::people::Person;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    team: Team,
    app: AppFile,
    people: Vec<Person>,
    channels: Vec<Channel>,
    #[serde(default)]
    groups: Vec<UserGroup>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppFile {
    /// Its ids follow from the name: `A0NAME`, `B0NAME`, `U0NAME`.
    name: String,
    scopes: Option<BTreeSet<String>>,
    events: Option<BTreeSet<String>>,
}

/// Why a world file was refused.
#[derive(Debug, thiserror::Error)]
pub enum WorldFileError {
    #[error("not a world: {0}")]
    Format(#[from] serde_json::Error),
    #[error("the channel {channel} has the member {member}, but nobody has that id")]
    UnknownMember { channel: String, member: String },
}

impl World {
    /// Reads a workspace: `team`, `app`, `people`, `channels` and `groups`, with the fields of `Person`, `Channel` and
    /// `UserGroup`. Members are ids; the app's bot user is a member if the channel lists it.
    pub fn from_json(text: &str) -> Result<Self, WorldFileError> {
        let file: WorldFile = serde_json::from_str(text)?;
        let mut app = App::named(&file.app.name);
        app.scopes = file.app.scopes.unwrap_or(app.scopes);
        app.events = file.app.events.unwrap_or(app.events);
        let mut world = World::new(file.team, app);
        world.people.extend(file.people);
        for channel in file.channels {
            let unknown = channel
                .members
                .iter()
                .find(|id| world.people.iter().all(|person| person.id != **id));
            if let Some(member) = unknown {
                return Err(WorldFileError::UnknownMember {
                    member: member.clone(),
                    channel: channel.name,
                });
            }
            world.channels.push(channel);
        }
        world.groups = file.groups;
        Ok(world)
    }
}
