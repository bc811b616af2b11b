//! Somebody's requests, page by page.

use sea_orm::{EntityTrait, QueryFilter};

use crate::access::reader::Reader;
use crate::access::request::Request;

use super::super::Store;
use super::super::entities::request;
use super::super::error::StoreError;
use super::super::requests::{concerns, many};
use super::page::{Page, Paged};

impl Store {
    /// Requests by or for the reader, newest first; the operator, who is no particular person, sees everybody's.
    pub async fn requests_of(
        &self,
        reader: &Reader,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Request>, StoreError> {
        let mut found = request::Entity::find();
        if let Some(person) = reader.person() {
            found = found.filter(concerns(person));
        }
        let found = page.of(found, request::Column::Number, limit);
        Ok(page.cut(many(self.reader(), found).await?, limit))
    }
}
