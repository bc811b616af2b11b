//! What an approver is told besides the request: what the grantee has now, and what the requester asked for before.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::request::Request;

use super::super::Store;
use super::super::entities::request;
use super::super::error::StoreError;
use super::super::requests::many;

impl Store {
    /// Live access of the grantee besides `request`, newest first.
    pub async fn live_besides(&self, request: &Request) -> Result<Vec<Request>, StoreError> {
        let found = request::Entity::find()
            .filter(request::Column::GranteeId.eq(request.grantee.as_str()))
            .filter(request::Column::State.is_in(["granted", "revoking"]))
            .filter(request::Column::Id.ne(request.id.as_str()))
            .order_by_desc(request::Column::Number);
        many(self.reader(), found).await
    }

    /// The requester's latest `limit` requests on the integration before `request`, newest first.
    pub async fn requested_before(&self, request: &Request, limit: u64) -> Result<Vec<Request>, StoreError> {
        let found = request::Entity::find()
            .filter(request::Column::RequesterId.eq(request.requester.as_str()))
            .filter(request::Column::Number.lt(request.number.0))
            .filter(request::Column::Integration.eq(request.integration.as_str()))
            .order_by_desc(request::Column::Number)
            .limit(limit);
        many(self.reader(), found).await
    }
}
