//! The forms that approve or reject a request or an extension.

use serde_json::Value;

use crate::access::ids::RequestId;
use crate::store::DecisionVerdict;
use crate::usecases::decide::{Answer, answer};
use crate::usecases::extend;

use super::super::actions;
use super::super::views::extension;
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
