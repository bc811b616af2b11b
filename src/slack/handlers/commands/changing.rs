//! Commands that change a request.

use serde_json::Value;

use crate::access::ids::RequestNumber;
use crate::access::people::Person;
use crate::usecases::{Receipt, revoke};

use super::super::super::views::answers;
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
        Ok(text_body(&answers::revoking(&request)))
    }

    pub(super) async fn revoke_by_number(
        &self,
        by: &Person,
        number: RequestNumber,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let request = revoke::revoke(&self.core, by, number, receipt).await?;
        Ok(text_body(&answers::revoking(&request)))
    }
}
