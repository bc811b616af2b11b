//! Lists of requests, page by page: somebody's own, everybody's with filters, and those that wait for an answer.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use crate::access::extension::ExtensionState;
use crate::access::filter::{Filter, Status};
use crate::access::reader::Reader;
use crate::access::request::{RejectCause, Request};

use super::super::Store;
use super::super::entities::{extension, request, request_unit};
use super::super::error::StoreError;
use super::super::requests::{concerns, many};
use super::page::{Page, Paged};

/// Something that waits for an answer.
#[derive(Clone, Debug)]
pub struct Unanswered {
    pub request: Request,
    /// The number of its extension; 0 for the request itself.
    pub extension: i64,
}

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

    /// Requests in any state that the reader may see and the filter lets through, newest first.
    pub async fn requests_like(
        &self,
        reader: &Reader,
        filter: &Filter,
        page: Page,
        limit: u64,
    ) -> Result<Paged<Request>, StoreError> {
        let mut found = filtered(filter);
        if let Some(person) = reader.limited_to() {
            found = found.filter(concerns(person));
        }
        // Numbers follow time, and the list is in their order: a bound on them ends its scan.
        if let Some(from) = filter.from {
            let first = request::Entity::find()
                .filter(request::Column::CreatedAt.gte(from.micros()))
                .order_by_asc(request::Column::CreatedAt)
                .order_by_asc(request::Column::Number);
            let first = first.one(self.reader()).await?.map_or(i64::MAX, |row| row.number);
            found = found.filter(request::Column::Number.gte(first));
        }
        if let Some(to) = filter.to {
            let last = request::Entity::find()
                .filter(request::Column::CreatedAt.lt(to.micros()))
                .order_by_desc(request::Column::CreatedAt)
                .order_by_desc(request::Column::Number);
            let last = last.one(self.reader()).await?.map_or(0, |row| row.number);
            found = found.filter(request::Column::Number.lte(last));
        }
        let found = page.of(found, request::Column::Number, limit);
        Ok(page.cut(many(self.reader(), found).await?, limit))
    }

    /// Everything that waits for an answer, oldest first.
    pub async fn unanswered(&self) -> Result<Vec<Unanswered>, StoreError> {
        let pending = request::Entity::find().filter(request::Column::State.eq("pending"));
        let mut unanswered: Vec<Unanswered> = many(self.reader(), pending)
            .await?
            .into_iter()
            .map(|request| Unanswered {
                request,
                extension: 0,
            })
            .collect();
        let asked: Vec<(String, i64)> = extension::Entity::find()
            .select_only()
            .column(extension::Column::RequestId)
            .column(extension::Column::Position)
            .filter(extension::Column::State.eq(ExtensionState::Pending.name()))
            .into_tuple()
            .all(self.reader())
            .await?;
        let extended = request::Entity::find()
            .filter(request::Column::Id.is_in(asked.iter().map(|(request, _)| request.as_str())));
        for request in many(self.reader(), extended).await? {
            let about_it = asked.iter().filter(|(id, _)| *id == request.id.as_str());
            unanswered.extend(about_it.map(|(_, extension)| Unanswered {
                request: request.clone(),
                extension: *extension,
            }));
        }
        unanswered.sort_by_key(|one| (one.request.number, one.extension));
        Ok(unanswered)
    }

    /// Whether anything was ever requested on an integration of this name.
    pub async fn had_integration(&self, name: &str) -> Result<bool, StoreError> {
        let found = request::Entity::find().filter(request::Column::Integration.eq(name));
        Ok(found.one(self.reader()).await?.is_some())
    }

    /// Whether a resource of this name was ever requested.
    pub async fn had_resource(&self, name: &str) -> Result<bool, StoreError> {
        let found = request_unit::Entity::find().filter(request_unit::Column::ResourceName.eq(name));
        Ok(found.one(self.reader()).await?.is_some())
    }
}

pub(super) fn filtered(filter: &Filter) -> Select<request::Entity> {
    let mut found = request::Entity::find();
    if let Some(person) = &filter.person {
        found = found.filter(concerns(person));
    }
    if let Some(integration) = &filter.integration {
        found = found.filter(request::Column::Integration.eq(integration.as_str()));
    }
    if let Some(resource) = &filter.resource {
        let with_it = request_unit::Entity::find()
            .select_only()
            .column(request_unit::Column::RequestId)
            .filter(request_unit::Column::ResourceName.eq(resource.as_str()))
            .into_query();
        found = found.filter(request::Column::Id.in_subquery(with_it));
    }
    if let Some(from) = filter.from {
        found = found.filter(request::Column::CreatedAt.gte(from.micros()));
    }
    if let Some(to) = filter.to {
        found = found.filter(request::Column::CreatedAt.lt(to.micros()));
    }
    if !filter.status.is_empty() {
        let any = filter.status.iter().map(|status| match status {
            Status::Lapsed => request::Column::State
                .eq(Status::Rejected.name())
                .and(request::Column::ReasonKind.eq(RejectCause::Lapsed.name())),
            status => request::Column::State.eq(status.name()),
        });
        found = found.filter(any.fold(Condition::any(), Condition::add));
    }
    found
}
