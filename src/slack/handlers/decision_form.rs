//! The forms that approve or reject a request or an extension.

use serde_json::Value;

use crate::access::ids::RequestId;
use crate::store::DecisionVerdict;
use crate::usecases::decide::{Answer, answer};
use crate::usecases::{extend, revoke};

use super::super::actions;
use super::super::views::in_window::in_form;
use super::super::views::{answer as answer_view, extension};
use super::form::{Part, Sent};
use super::{Bot, HandlerError};

impl Bot {
    pub(super) async fn submit_decision(
        &self,
        sent: Sent<'_>,
        verdict: DecisionVerdict,
    ) -> Result<Option<Value>, HandlerError> {
        let request = RequestId::new(&sent.form.private_metadata);
        self.decide(sent, &request, None, verdict).await
    }

    pub(super) async fn submit_extension_decision(
        &self,
        sent: Sent<'_>,
        verdict: DecisionVerdict,
    ) -> Result<Option<Value>, HandlerError> {
        let (request, position) = extension::of_value(&sent.form.private_metadata);
        self.decide(sent, &request, Some(position), verdict).await
    }

    /// The form that asks whether.
    pub(super) async fn submit_answer(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let (request, position) = extension::of_value(&sent.form.private_metadata);
        let chosen = sent.form.one(actions::VERDICT).and_then(answer_view::verdict_of);
        let Some(verdict) = chosen else {
            let block = sent.form.block_of(actions::VERDICT);
            return Ok(Some(in_form(vec![(block, "Choose an answer.".to_owned())])));
        };
        let extension = (position > 0).then_some(position);
        self.decide(sent, &request, extension, verdict).await
    }

    /// The form that ends somebody else's access.
    pub(super) async fn submit_end(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let request = RequestId::new(&sent.form.private_metadata);
        let report = sent.report(Some(&request));
        let block = sent.form.block_of(actions::REASON);
        let by = match self.actor(sent.sender).await {
            Ok(by) => by,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        let stored = self.request(&request).await?;
        let (reason, receipt) = (sent.reason(), sent.receipt());
        let done = revoke::revoke(&self.core, &by, stored.number, reason.as_deref(), receipt).await;
        self.answer_form(done, &by, block, report).await
    }

    /// Decides `request`, or its extension at this position.
    async fn decide(
        &self,
        sent: Sent<'_>,
        request: &RequestId,
        extension: Option<i64>,
        verdict: DecisionVerdict,
    ) -> Result<Option<Value>, HandlerError> {
        let (core, receipt) = (&self.core, sent.receipt());
        let report = sent.report(Some(request));
        let block = sent.form.block_of(actions::REASON);
        let (by, facts) = match self.sent_about(sent.sender, request, Part::Decides).await {
            Ok(known) => known,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        let reason = sent.reason();
        let decided = Answer { verdict, reason };
        let done = match extension {
            None => answer(core, &facts, &by, request, &decided, receipt)
                .await
                .map(drop),
            Some(position) => extend::answer(core, &facts, &by, (request, position), &decided, receipt)
                .await
                .map(drop),
        };
        self.answer_form(done, &by, block, report).await
    }
}
