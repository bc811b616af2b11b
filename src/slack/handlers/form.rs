//! Submitted forms: who carries out which, and how each is answered in its own window.

use std::time::Duration;

use serde_json::Value;

use crate::access::forbidden::Tried;
use crate::access::ids::RequestId;
use crate::access::people::{Facts, Person};
use crate::store::DecisionVerdict;
use crate::usecases::{Receipt, UseCaseError};

use super::super::act::{Form, Sender};
use super::super::actions::{self, FormKind};
use super::super::views::in_window::in_form;
use super::super::views::text;
use super::{Bot, HandlerError, Later, Report, may_decide, once};

/// How long a submitted form waits for the lookup of everybody who might decide it; Slack waits three seconds in all.
pub(super) const FACTS_WITHIN: Duration = Duration::from_millis(1_500);

/// A submitted form.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent<'a> {
    pub(super) sender: &'a Sender,
    pub(super) form: &'a Form,
    /// Its inbox key.
    pub(super) key: &'a str,
}

/// What somebody does with a form about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Asks,
    Decides,
}

impl<'a> Sent<'a> {
    pub(super) const fn receipt(self) -> Receipt<'a> {
        once(self.key)
    }

    /// The reason that somebody wrote, if any.
    pub(super) fn reason(self) -> Option<String> {
        self.form.one(actions::REASON).and_then(text::written)
    }

    /// A report that is shown in the form's own window.
    pub(super) fn report(self, request: Option<&'a RequestId>) -> Report<'a> {
        Report {
            sender: self.sender,
            tried: &Tried::Form,
            request,
            receipt: self.receipt(),
            response_url: None,
        }
    }
}

impl Bot {
    /// Carries out a submitted form. Wrong input is answered in the form and nothing is stored. An error if the result
    /// could not be stored, and Slack has to be told.
    pub async fn submit(
        &self,
        sender: &Sender,
        form: &Form,
        key: &str,
    ) -> Result<Option<Value>, HandlerError> {
        let sent = Sent { sender, form, key };
        match form.kind {
            FormKind::Request => self.submit_request(sent).await,
            FormKind::Approve => self.submit_decision(sent, DecisionVerdict::Approve).await,
            FormKind::Reject => self.submit_decision(sent, DecisionVerdict::Reject).await,
            FormKind::Connect => self.submit_key(sent).await,
            FormKind::Extend => self.submit_extension(sent).await,
            FormKind::Answer => self.submit_answer(sent).await,
            FormKind::End => self.submit_end(sent).await,
            FormKind::Review => self.submit_review(sent).await,
            FormKind::RedButton => self.submit_red_button(sent).await,
            FormKind::ExtendApprove => {
                self.submit_extension_decision(sent, DecisionVerdict::Approve)
                    .await
            }
            FormKind::ExtendReject => {
                self.submit_extension_decision(sent, DecisionVerdict::Reject)
                    .await
            }
        }
    }

    /// Who submitted a form about `request`, and fresh facts about its people, within the time that Slack waits.
    pub(super) async fn sent_about(
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

    /// Closes the window of a form that was carried out, now or earlier; in any other, says why it was not.
    pub(super) async fn answer_form<T>(
        &self,
        done: Result<T, UseCaseError>,
        by: &Person,
        block: &str,
        report: Report<'_>,
    ) -> Result<Option<Value>, HandlerError> {
        match done {
            Ok(_) | Err(UseCaseError::SeenBefore) => Ok(None),
            Err(error) => self.refuse_form(error.into(), Some(by), block, report).await,
        }
    }

    /// A refused form is answered in its window, and recorded if the trail needs it.
    pub(super) async fn refuse_form(
        &self,
        error: HandlerError,
        by: Option<&Person>,
        block: &str,
        report: Report<'_>,
    ) -> Result<Option<Value>, HandlerError> {
        let sentence = self.why_not(&error, by, report.request).await.plain();
        self.report_once(error, by, report).await;
        Ok(Some(in_form(vec![(block, sentence)])))
    }
}
