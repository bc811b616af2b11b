//! Commands that only look.

use serde_json::Value;

use crate::access::ids::RequestNumber;
use crate::access::people::Person;
use crate::usecases::{Receipt, look};

use super::super::super::views::{answers, details};
use super::super::{Bot, HandlerError};
use super::{post_body, text_body};

/// How many requests `/apono list` names.
const LISTED: u64 = 20;

impl Bot {
    pub(super) async fn list(&self, by: &Person, receipt: Receipt<'_>) -> Result<Value, HandlerError> {
        let requests = look::mine(&self.core, by, LISTED).await?;
        self.answered(receipt, text_body(&answers::list(&requests))).await
    }

    pub(super) async fn show(
        &self,
        by: &Person,
        number: RequestNumber,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let (view, events) = look::show(&self.core, by, number).await?;
        self.answered(receipt, post_body(&details::details(&view, &events)))
            .await
    }
}
