//! Alarms for operators: written to the log and sent to the admins by direct message, once until the problem is fixed; the
//! admins are then told that it is.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::handlers::Bot;
use super::identity::Directory;
use super::views::text::escape_shortened;
use super::web::{NewMessage, Posted, WebApi, WebError};
use crate::access::flows::Policy;
use crate::access::people::Person;
use crate::lasting::{Matter, Met};
use crate::workers::troubles::{calmed, troubled};

/// Slack cuts off longer messages anywhere. In characters.
const LONGEST: usize = 39_000;

/// What was raised and is not known to be over. It is kept in memory, so after a restart it is sent again.
#[derive(Default)]
pub struct Alarms {
    raised: Mutex<BTreeMap<Matter, Raised>>,
}

struct Raised {
    /// What was said last.
    sentence: String,
    /// At least one admin got it.
    told: bool,
    /// That it is over, while no admin could be told that.
    over: Option<String>,
}

impl Bot {
    /// Sends `sentence` to every admin, unless this alarm is already raised, even with another sentence.
    pub async fn raise(&self, matter: Matter, sentence: &str) {
        self.raise_if(matter, sentence, |_| false).await;
    }

    /// The same for a sentence that lists problems: it is sent again whenever the list changes.
    pub async fn raise_list(&self, matter: Matter, sentence: &str) {
        self.raise_if(matter, sentence, |said| said != sentence).await;
    }

    async fn raise_if(&self, matter: Matter, sentence: &str, is_news: impl FnOnce(&str) -> bool) {
        let met = self.core.troubles.met(matter.clone(), self.core.now());
        let alarm = matter.name();
        let (news, tell) = {
            let mut raised = self.alarms.raised.lock();
            let news = raised.get(&matter).is_none_or(|raised| is_news(&raised.sentence));
            let fresh = Raised {
                sentence: sentence.to_owned(),
                told: false,
                over: None,
            };
            if news {
                raised.insert(matter.clone(), fresh);
            }
            // An alarm that reached nobody is sent again the next time.
            let tell = raised.get_mut(&matter).is_some_and(|raised| {
                raised.over = None;
                !raised.told
            });
            (news, tell)
        };
        match met {
            Met::Still { times, since } => tracing::error!(alarm, times, %since, "{sentence}"),
            Met::First => tracing::error!(alarm, "{sentence}"),
            Met::Said if news => tracing::error!(alarm, "{sentence}"),
            Met::Said => {}
        }
        if tell && self.tell_admins("⚠️", sentence).await {
            let mut raised = self.alarms.raised.lock();
            if let Some(raised) = raised.get_mut(&matter) {
                raised.told = true;
            }
        }
    }

    /// The problem is gone. Admins who were told about it are told that.
    pub async fn calm(&self, matter: &Matter) {
        let over = calmed(&self.core, matter);
        let over = {
            let mut all = self.alarms.raised.lock();
            let Some(raised) = all.get_mut(matter) else {
                return;
            };
            raised.over = over.or(raised.over.take());
            match &raised.over {
                Some(over) if raised.told => over.clone(),
                _ => {
                    all.remove(matter);
                    return;
                }
            }
        };
        if self.tell_admins("✅", &as_a_sentence(&over)).await {
            let mut all = self.alarms.raised.lock();
            if all.get(matter).is_some_and(|raised| raised.over.is_some()) {
                all.remove(matter);
            }
        }
    }

    /// Whether at least one admin was told.
    async fn tell_admins(&self, mark: &str, sentence: &str) -> bool {
        let text = format!("{mark} {}", escape_shortened(sentence, LONGEST));
        let mut told = false;
        for admin in admins(&self.directory, &self.core.policy()).await {
            let matter = Matter::Admin(admin.account.user.clone());
            match tell(&self.web, &admin.account.user, &text).await {
                Ok(_) => {
                    told = true;
                    drop(calmed(&self.core, &matter));
                }
                Err(error) => troubled(&self.core, matter, "could not message an admin", &error),
            }
        }
        told
    }
}

/// `the database answers` as `The database answers.`
fn as_a_sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
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

/// A direct message in Slack's markup.
pub(super) async fn tell(web: &WebApi, user: &str, text: &str) -> Result<Posted, WebError> {
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
