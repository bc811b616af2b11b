//! Checks the people named in the config, and tells the admins about those who are not accepted.

use std::collections::{BTreeMap, BTreeSet};

use super::handlers::Bot;
use super::to_admins;
use super::views::text::{clean, escape};
use crate::config::Config;
use crate::store::Job;
use crate::usecases::uncounted::{self, Trouble};
use crate::usecases::{UseCaseError, step};

/// Asks Slack about everybody named in the config, and has the admins told about new problems.
pub async fn look(bot: &Bot, config: &Config) -> Result<(), UseCaseError> {
    let policy = bot.core.policy();
    let mut named = policy.named_people();
    named.extend(config.mentioned());
    let looked_at = bot.directory.refresh(&named, &policy).await;
    let looked_at: BTreeMap<String, Option<Trouble>> = looked_at
        .into_iter()
        .map(|(person, why)| {
            let why = why.filter(|why| why.matters(&person, &policy) || config.mentioned().contains(&person));
            let line = config
                .place_of(&person)
                .map_or_else(String::new, |place| format!(" (line {})", place.line));
            let trouble = why.map(|why| Trouble {
                name: why.name(),
                sentence: format!("{}{line}: {}.", why.sentence(&person), why.remedy(&person)),
            });
            (person.to_string(), trouble)
        })
        .collect();
    let named: BTreeSet<String> = named.iter().map(ToString::to_string).collect();
    uncounted::note(&bot.core, &named, &looked_at).await
}

/// Tells each admin about the people the job's message is about, except those accepted meanwhile.
pub async fn tell(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let sentences = uncounted::told_by(&bot.core, &job.key).await?;
    if sentences.is_empty() {
        return step::done(&bot.core, job).await;
    }
    let lines = sentences
        .iter()
        .map(|sentence| format!("\n• {}", escape(&clean(sentence))));
    let text = format!(
        "⚠️ There is a problem with people named in my config:{}",
        lines.collect::<String>()
    );
    to_admins::tell(bot, job, "uncounted", &text).await
}
