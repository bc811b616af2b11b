//! What needs an operator: said in the log and to the admins by direct message, once until it is mended.

use std::collections::HashSet;
use std::sync::Mutex;

use super::identity::Directory;
use super::views::text::escape;
use super::web::{NewMessage, Posted, WebApi, WebError};
use crate::access::flows::Policy;

/// Raises and clears alarms. What was raised is kept in memory: after a restart it is said again.
#[derive(Default)]
pub struct Alarms {
    raised: Mutex<HashSet<&'static str>>,
}

impl Alarms {
    /// Says `sentence` to every admin, unless this alarm is raised already.
    pub async fn raise(
        &self,
        web: &WebApi,
        directory: &Directory,
        policy: &Policy,
        name: &'static str,
        sentence: &str,
    ) {
        if self
            .raised
            .lock()
            .expect("no holder of this lock can panic")
            .contains(name)
        {
            return;
        }
        tracing::error!(alarm = name, "{sentence}");
        // An alarm that nobody heard is raised again the next time.
        if tell_admins(web, directory, policy, &format!("⚠️ {}", escape(sentence))).await {
            self.raised
                .lock()
                .expect("no holder of this lock can panic")
                .insert(name);
        }
    }

    /// What was wrong is well again.
    pub fn clear(&self, name: &'static str) {
        if self
            .raised
            .lock()
            .expect("no holder of this lock can panic")
            .remove(name)
        {
            tracing::info!(alarm = name, "mended");
        }
    }
}

/// Whether at least one admin was told.
async fn tell_admins(web: &WebApi, directory: &Directory, policy: &Policy, text: &str) -> bool {
    let facts = match directory.facts_about(&policy.admins, policy).await {
        Ok(facts) => facts,
        Err(error) => {
            tracing::warn!(%error, "the admins could not be looked up");
            return false;
        }
    };
    let mut told = false;
    for admin in facts.people().iter().filter(|person| policy.is_admin(person)) {
        match tell(web, &admin.account.user, text).await {
            Ok(_) => told = true,
            Err(error) => tracing::warn!(%error, "an admin could not be told"),
        }
    }
    told
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
