//! Somebody's requests, page by page.

use sea_orm::{EntityTrait, QueryFilter};

use crate::access::ids::PersonId;
use crate::access::request::Request;

use super::super::Store;
use super::super::entities::request;
use super::super::error::StoreError;
use super::super::requests::{concerns, many};
use super::page::{Page, Paged};

impl Store {
    /// Requests by or for a person, newest first.
    pub async fn requests_of(
        &self,
        person: &PersonId,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Request>, StoreError> {
        let found = request::Entity::find().filter(concerns(person));
        let found = page.of(found, request::Column::Number, limit);
        Ok(page.cut(many(self.reader(), found).await?, limit))
    }
}
