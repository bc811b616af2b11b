//! The small forms about one request: why it is approved or rejected, and how much longer it shall last.

use serde_json::Value;

use crate::access::duration;
use crate::access::ids::RequestId;
use crate::access::people::{Facts, Person};
use crate::store::DecisionVerdict;
use crate::usecases::UseCaseError;
use crate::usecases::decide::{Answer, answer};
use crate::usecases::extend::{self, More};

use super::super::act::{Form, Sender};
use super::super::actions;
use super::super::views::in_window::in_form;
use super::super::views::{extension, reject, text};
use super::form::FACTS_WITHIN;
use super::{Bot, HandlerError, Later, Report, may_decide, once, sentence};

impl Bot {
    pub(super) async fn submit_decision(
        &self,
        sender: &Sender,
        sent: &Form,
        key: &str,
        verdict: DecisionVerdict,
    ) -> Result<Option<Value>, HandlerError> {
        let request = reject::request_of(&sent.private_metadata);
        let report = Report::of_form(sender, Some(&request), key);
        let block = sent.block_of(actions::REASON);
        let (by, facts) = match self.sent_about(sender, &request, Part::Decides).await {
            Ok(known) => known,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        let receipt = once(key);
        let reason = words(sent);
        let decided = Answer { verdict, reason };
        match answer(&self.core, &facts, &by, &request, &decided, receipt).await {
            Ok(_) | Err(UseCaseError::SeenBefore) => Ok(None),
            Err(error) => self.refuse_form(error.into(), Some(&by), block, report).await,
        }
    }

    pub(super) async fn submit_extension_decision(
        &self,
        sender: &Sender,
        sent: &Form,
        key: &str,
        verdict: DecisionVerdict,
    ) -> Result<Option<Value>, HandlerError> {
        let (request, position) = extension::of_value(&sent.private_metadata);
        let report = Report::of_form(sender, Some(&request), key);
        let block = sent.block_of(actions::REASON);
        let (by, facts) = match self.sent_about(sender, &request, Part::Decides).await {
            Ok(known) => known,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        let about = (&request, position);
        let receipt = once(key);
        let reason = words(sent);
        let decided = Answer { verdict, reason };
        match extend::answer(&self.core, &facts, &by, about, &decided, receipt).await {
            Ok(_) | Err(UseCaseError::SeenBefore) => Ok(None),
            Err(error) => self.refuse_form(error.into(), Some(&by), block, report).await,
        }
    }

    pub(super) async fn submit_extension(
        &self,
        sender: &Sender,
        sent: &Form,
        key: &str,
    ) -> Result<Option<Value>, HandlerError> {
        let request = RequestId::new(&sent.private_metadata);
        let report = Report::of_form(sender, Some(&request), key);
        let block = sent.block_of(actions::DURATION);
        let added = match duration::parse(sent.one(actions::DURATION).unwrap_or_default()) {
            Ok(added) => added,
            Err(error) => return Ok(Some(in_form(vec![(block, error.to_string())]))),
        };
        let more = More {
            added,
            words: words(sent),
        };
        let (by, facts) = match self.sent_about(sender, &request, Part::Asks).await {
            Ok(known) => known,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        match extend::extend(&self.core, &facts, &by, &request, &more, once(key)).await {
            Ok(_) | Err(UseCaseError::SeenBefore) => Ok(None),
            Err(error) => self.refuse_form(error.into(), Some(&by), block, report).await,
        }
    }

    /// Who sent a form about `request`, and fresh facts of its people, within the time that Slack waits.
    async fn sent_about(
        &self,
        sender: &Sender,
        request: &RequestId,
        part: Part,
    ) -> Result<(Person, Facts), HandlerError> {
        let asked = tokio::time::timeout(FACTS_WITHIN, async {
            let person = self.actor(sender).await?;
            if part == Part::Decides {
                may_decide(&person)?;
            }
            let stored = self.request(request).await?;
            let facts = self.fresh_facts(&stored, &person).await?;
            Ok((person, facts))
        });
        asked.await.unwrap_or(Err(HandlerError::Later(Later::TooSlow)))
    }

    /// A form that may not be sent is answered in its window, and recorded where the trail wants it.
    pub(super) async fn refuse_form(
        &self,
        error: HandlerError,
        by: Option<&Person>,
        block: &str,
        report: Report<'_>,
    ) -> Result<Option<Value>, HandlerError> {
        let sentence = sentence(&error, by);
        self.report_once(error, by, report).await;
        Ok(Some(in_form(vec![(block, sentence)])))
    }
}

/// What somebody does with a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Asks,
    Decides,
}

fn words(sent: &Form) -> Option<String> {
    Some(text::clean(sent.one(actions::REASON).unwrap_or_default())).filter(|text| !text.is_empty())
}
