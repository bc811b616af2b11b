//! Who may answer, with their names in Slack.

use crate::access::policy::Candidate;
use crate::people::LookUpError;
use crate::usecases::look::{self, RequestView};

use super::identity::Directory;
use super::views::kit::Named;

/// Somebody who may decide.
#[derive(Clone, Debug)]
pub struct Asked {
    pub candidate: Candidate,
    pub named: Named,
}

impl Directory {
    /// Everybody who may decide the request, or an extension of it, as far as is known now.
    pub async fn who_may_decide(&self, view: &RequestView) -> Result<Vec<Asked>, LookUpError> {
        let core = &self.core;
        let policy = core.policy();
        let request = &view.request;
        let facts = look::facts_around(core, self, std::slice::from_ref(request), &policy).await?;
        let Some(facts) = facts else {
            return Ok(Vec::new());
        };
        let candidates = look::who_may_answer(&policy, &facts, request, view.at_first, core.now());
        let asked = candidates.into_iter().filter_map(|candidate| {
            let person = facts.person(&candidate.person)?;
            let named = Named {
                user: person.account.user.clone(),
                name: person.name.clone(),
            };
            Some(Asked { candidate, named })
        });
        Ok(asked.collect())
    }
}
