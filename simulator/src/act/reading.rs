//! What a person reads.

use super::modals::SeenView;
use super::{ActError, Actor};
use crate::render;
use crate::world::World;
use crate::world::reading::SeenMessage;

impl Actor {
    /// Everything in a channel (`@bot`: the direct message with the bot), oldest first; marks it as read. Panics if the person
    /// is not in it.
    pub fn reads(&self, channel: &str) -> Vec<SeenMessage> {
        self.read_channel(channel)
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, with an error for a channel the person cannot see.
    pub fn read_channel(&self, channel: &str) -> Result<Vec<SeenMessage>, ActError> {
        self.shared.change(|world, _| {
            let seen = in_channel(world, &self.person, channel)?;
            world.mark_read(&self.person, &seen);
            Ok(seen)
        })
    }

    /// The ephemeral messages of this person, oldest first; marks them as read.
    pub fn ephemerals(&self) -> Vec<SeenMessage> {
        self.shared.change(|world, _| {
            let seen = world.seen_ephemerals(&self.person);
            world.mark_read(&self.person, &seen);
            seen
        })
    }

    /// Waits for a message that contains the words and returns the newest one; marks it as read.
    pub async fn wait_for(&self, channel: &str, containing: &str) -> Result<SeenMessage, ActError> {
        let find = |world: &World| {
            newest(
                in_channel(world, &self.person, channel).unwrap_or_default(),
                containing,
            )
        };
        let found = self.shared.until(self.shared.patience(), find).await;
        self.found(found, &format!("\"{containing}\" in {channel}"), |world| {
            in_channel(world, &self.person, channel).unwrap_or_default()
        })
    }

    /// Waits for an ephemeral message that contains the words and returns the newest one; marks it as read.
    pub async fn wait_for_ephemeral(&self, containing: &str) -> Result<SeenMessage, ActError> {
        let found = self
            .shared
            .until(self.shared.patience(), |world| {
                newest(world.seen_ephemerals(&self.person), containing)
            })
            .await;
        self.found(found, &format!("an ephemeral \"{containing}\""), |world| {
            world.seen_ephemerals(&self.person)
        })
    }

    /// The home tab, if the app has published one.
    pub fn home(&self) -> Option<SeenView> {
        self.shared.look(|world| {
            let view = world.home(&self.person)?;
            Some(SeenView {
                view_id: view.id.clone(),
                rendered: render::blocks(world, view.blocks(), None),
                view: world.view_json(view),
            })
        })
    }

    /// What this person has not read yet, oldest first. Own messages count as read; so does what `reads`, `wait_for` and
    /// clicks have shown.
    pub fn unread(&self) -> Vec<SeenMessage> {
        self.shared.look(|world| world.unread_by(&self.person))
    }

    pub fn mark_all_read(&self) {
        self.shared.change(|world, _| {
            let unread = world.unread_by(&self.person);
            world.mark_read(&self.person, &unread);
        });
    }

    fn found(
        &self,
        found: Option<SeenMessage>,
        wanted: &str,
        instead: impl FnOnce(&World) -> Vec<SeenMessage>,
    ) -> Result<SeenMessage, ActError> {
        match found {
            Some(found) => {
                self.shared
                    .change(|world, _| world.mark_read(&self.person, [&found]));
                Ok(found)
            }
            None => Err(ActError::NotSeen {
                wanted: wanted.to_owned(),
                saw: summary(&self.shared.look(instead)),
            }),
        }
    }
}

fn in_channel(world: &World, person: &str, channel: &str) -> Result<Vec<SeenMessage>, ActError> {
    match world.channel_for(person, channel) {
        Some(found) if found.members.contains(person) => Ok(world.seen_in(&found.id)),
        // Nobody has written in the direct message yet.
        None if channel == "@bot" => Ok(Vec::new()),
        Some(_) | None => Err(ActError::Refused(format!("{person} cannot see {channel}"))),
    }
}

fn newest(messages: Vec<SeenMessage>, containing: &str) -> Option<SeenMessage> {
    messages
        .into_iter()
        .rev()
        .find(|message| message.contains(containing))
}

/// The last messages, for an error.
pub(super) fn summary(messages: &[SeenMessage]) -> String {
    let last: Vec<String> = messages
        .iter()
        .rev()
        .take(5)
        .rev()
        .map(|message| format!("{:?}", message.rendered))
        .collect();
    if last.is_empty() {
        "nothing".to_owned()
    } else {
        last.join(", ")
    }
}
