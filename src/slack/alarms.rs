//! What needs an operator: said in the log and to the admins by direct message, once until it is mended.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::identity::Directory;
use super::views::text::escape_shortened;
use super::web::{NewMessage, Posted, WebApi, WebError};
use crate::access::flows::Policy;
use crate::access::people::Person;

/// Slack cuts longer messages off, wherever that is; in characters.
const LONGEST: usize = 39_000;

/// Raises and clears alarms. What was raised is kept in memory: after a restart it is said again.
#[derive(Default)]
pub struct Alarms {
    /// What was said last, by the alarm's name.
    raised: Mutex<HashMap<&'static str, String>>,
}

impl Alarms {
    /// Says `sentence` to every admin, unless this alarm is raised already, whatever it said.
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

    /// The same for a sentence that lists what is wrong: it is said again whenever the list is another one.
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

    /// What was wrong is well again.
    pub fn clear(&self, name: &'static str) {
        if self.raised.lock().remove(name).is_some() {
            tracing::info!(alarm = name, "mended");
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
        // An alarm that nobody heard is raised again the next time.
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
            Err(error) => tracing::warn!(%error, "an admin could not be told"),
        }
    }
    told
}

/// Every admin who is known: also where the database cannot say who else is, because it is what an alarm is about.
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
