//! What needs an operator: said in the log and to the admins by direct message, once until it is mended.

use std::collections::HashSet;
use std::sync::Mutex;

use super::identity::Directory;
use super::web::{NewMessage, WebApi};
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
        let new = self
            .raised
            .lock()
            .expect("no holder of this lock can panic")
            .insert(name);
        if !new {
            return;
        }
        tracing::error!(alarm = name, "{sentence}");
        let text = format!("⚠️ {}", super::views::text::escape(sentence));
        let admins = directory.facts().await;
        let mut told = false;
        for admin in admins.people().iter().filter(|person| policy.is_admin(person)) {
            let sent = async {
                let channel = web.open_dm(&admin.account.user).await?;
                let message = NewMessage {
                    channel: &channel,
                    text: &text,
                    blocks: None,
                    thread_ts: None,
                    reply_broadcast: false,
                    metadata: None,
                };
                web.post_message(message).await
            };
            match sent.await {
                Ok(_) => told = true,
                Err(error) => tracing::warn!(%error, alarm = name, "an admin could not be told"),
            }
        }
        if !told {
            // Whoever finds it still wrong says it again.
            self.forget(name);
        }
    }

    /// What was wrong is well again.
    pub fn clear(&self, name: &'static str) {
        if self.forget(name) {
            tracing::info!(alarm = name, "mended");
        }
    }

    fn forget(&self, name: &'static str) -> bool {
        self.raised
            .lock()
            .expect("no holder of this lock can panic")
            .remove(name)
    }
}
