//! Who alarms mention.

use crate::access::flows::PersonRef;
use crate::access::people::Standing;

use super::handlers::Bot;

impl Bot {
    /// The member ids of the people that alarms mention. An alarm does not wait for people who cannot be looked up: it mentions
    /// those that the config names by id.
    pub(super) async fn mentioned(&self) -> Vec<String> {
        let rules = self.core.rules();
        match self.directory.facts_about(&rules.mention, &rules.policy).await {
            Ok(facts) => facts
                .people()
                .iter()
                .filter(|person| {
                    person.standing == Standing::Member && rules.mention.iter().any(|one| person.is(one))
                })
                .map(|person| person.account.user.clone())
                .collect(),
            Err(error) => {
                tracing::warn!(%error, "the people that alarms mention could not be looked up");
                let by_id = |one: &PersonRef| match one {
                    PersonRef::Slack(user) => Some(user.clone()),
                    PersonRef::Email(_) => None,
                };
                rules.mention.iter().filter_map(by_id).collect()
            }
        }
    }
}
