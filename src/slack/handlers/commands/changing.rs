//! Commands that change a request.

use serde_json::Value;

use crate::access::ids::RequestNumber;
use crate::access::people::Person;
use crate::telling::answers;
use crate::usecases::extend::{self, More};
use crate::usecases::{Receipt, UseCaseError, revoke};

use super::super::super::views::answers::said;
use super::super::super::views::text::written;
use super::super::{Bot, HandlerError};
use super::text_body;

impl Bot {
    pub(super) async fn cancel(
        &self,
        by: &Person,
        number: RequestNumber,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let request = revoke::cancel(&self.core, by, number, receipt).await?;
        Ok(text_body(&said(answers::revoking(&request))))
    }

    pub(super) async fn extend(
        &self,
        by: &Person,
        number: RequestNumber,
        more: &More,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let stored = self
            .core
            .store
            .request_by_number(number)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        let facts = self.fresh_facts(&stored, by).await?;
        let (request, extension) = extend::extend(&self.core, &facts, by, &stored.id, more, receipt).await?;
        Ok(text_body(&said(answers::extending(&request, &extension))))
    }

    pub(super) async fn revoke_by_number(
        &self,
        by: &Person,
        number: RequestNumber,
        reason: Option<&str>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let reason = reason.and_then(written);
        let request = revoke::revoke(&self.core, by, number, reason.as_deref(), receipt).await?;
        Ok(text_body(&said(answers::revoking(&request))))
    }
}
