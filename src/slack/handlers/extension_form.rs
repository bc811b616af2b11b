//! The form that asks for an extension.

use serde_json::Value;

use crate::access::duration;
use crate::access::ids::RequestId;
use crate::usecases::extend::{self, More};

use super::super::actions;
use super::super::views::in_window::in_form;
use super::form::{Part, Sent};
use super::{Bot, HandlerError};

impl Bot {
    pub(super) async fn submit_extension(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let form = sent.form;
        let request = RequestId::new(&form.private_metadata);
        let report = sent.report(Some(&request));
        let block = form.block_of(actions::DURATION);
        let added = match duration::parse(form.one(actions::DURATION).unwrap_or_default()) {
            Ok(added) => added,
            Err(error) => return Ok(Some(in_form(vec![(block, error.to_string())]))),
        };
        let (by, facts) = match self.sent_about(sent.sender, &request, Part::Asks).await {
            Ok(known) => known,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        let words = sent.reason();
        let more = More { added, words };
        let done = extend::extend(&self.core, &facts, &by, &request, &more, sent.receipt()).await;
        self.answer_form(done, &by, block, report).await
    }
}
