//! Alarms for operators: written to the log and sent to the admins by direct message, once until the problem is fixed.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::identity::Directory;
use super::views::text::escape_shortened;
use super::web::{NewMessage, Posted, WebApi, WebError};
use crate::access::flows::Policy;
use crate::access::people::Person;

/// Slack cuts off longer messages anywhere. In characters.
const LONGEST: usize = 39_000;

/// Raises and clears alarms. Raised alarms are kept in memory, so after a restart they are sent again.
#[derive(Default)]
pub struct Alarms {
    /// The last sentence of each alarm, by its name.
    raised: Mutex<HashMap<&'static str, String>>,
}

impl Alarms {
    /// Sends `sentence` to every admin, unless this alarm is already raised, even with another sentence.
    pub async fn raise(
        &self,
        web: &WebApi,
        directory: &Directory,
        policy: &Policy,
        name: &'static str,
        sentence: &str,
    ) {
        if !self.raised.lock().contains_key(name) {
            self.say(web, directory, policy, name, sentence).await;
        }
    }

    /// The same for a sentence that lists problems: it is sent again whenever the list changes.
    pub async fn raise_list(
        &self,
        web: &WebApi,
        directory: &Directory,
        policy: &Policy,
        name: &'static str,
        sentence: &str,
    ) {
        let known = self.raised.lock().get(name).is_some_and(|said| said == sentence);
        if !known {
            self.say(web, directory, policy, name, sentence).await;
        }
    }

    /// The problem is gone.
    pub fn clear(&self, name: &'static str) {
        if self.raised.lock().remove(name).is_some() {
            tracing::info!(alarm = name, "resolved");
        }
    }

    async fn say(
        &self,
        web: &WebApi,
        directory: &Directory,
        policy: &Policy,
        name: &'static str,
        sentence: &str,
    ) {
        tracing::error!(alarm = name, "{sentence}");
        // An alarm that reached nobody is raised again the next time.
        if tell_admins(
            web,
            directory,
            policy,
            &format!("⚠️ {}", escape_shortened(sentence, LONGEST)),
        )
        .await
        {
            self.raised.lock().insert(name, sentence.to_owned());
        }
    }
}

/// Whether at least one admin was told.
async fn tell_admins(web: &WebApi, directory: &Directory, policy: &Policy, text: &str) -> bool {
    let mut told = false;
    for admin in admins(directory, policy).await {
        match tell(web, &admin.account.user, text).await {
            Ok(_) => told = true,
            Err(error) => tracing::warn!(%error, "could not message an admin"),
        }
    }
    told
}

/// Every known admin, even if the database cannot say who else is one: the alarm may be about the database.
pub(super) async fn admins(directory: &Directory, policy: &Policy) -> Vec<Person> {
    if let Err(error) = directory.look_up(&policy.admins, policy).await {
        tracing::warn!(%error, "not all admins could be looked up");
    }
    let facts = directory.known.facts();
    let admins = facts.people().iter().filter(|person| policy.is_admin(person));
    admins.cloned().collect()
}

async fn tell(web: &WebApi, user: &str, text: &str) -> Result<Posted, WebError> {
    let channel = web.open_dm(user).await?;
    web.post_message(NewMessage {
        channel: &channel,
        text,
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: None,
    })
    .await
}
