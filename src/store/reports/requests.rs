//! Lists of requests, page by page: somebody's own, everybody's with filters, and those that wait for somebody's answer.

use std::collections::BTreeSet;

use sea_orm::sea_query::Expr;
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};

use crate::access::extension::ExtensionState;
use crate::access::filter::{Filter, Status};
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::request::{RejectCause, Request};

use super::super::Store;
use super::super::entities::{extension, message, request, request_unit};
use super::super::error::StoreError;
use super::super::messages::{MessageState, Surface};
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

    /// What `person` was asked to answer and nobody has answered yet, oldest first. They may no longer be somebody who may answer.
    pub async fn unanswered_by(&self, person: &PersonId) -> Result<Vec<Unanswered>, StoreError> {
        let requests = asked(person, Surface::ApproverCard)
            .filter(request::Column::State.eq("pending"))
            .filter(message::Column::Extension.eq(0));
        let same_extension = Expr::col((extension::Entity, extension::Column::Position))
            .equals((message::Entity, message::Column::Extension));
        let extensions = asked(person, Surface::ExtensionCard)
            .join(JoinType::InnerJoin, of_request())
            .filter(same_extension)
            .filter(extension::Column::State.eq(ExtensionState::Pending.name()));
        let mut asked: BTreeSet<(String, i64)> = BTreeSet::new();
        for found in [requests, extensions] {
            asked.extend(found.into_tuple::<(String, i64)>().all(self.reader()).await?);
        }
        let ids = asked.iter().map(|(id, _)| id.as_str());
        let found = request::Entity::find()
            .filter(request::Column::Id.is_in(ids))
            .order_by_asc(request::Column::Number);
        let found = many(self.reader(), found).await?;
        let unanswered = found.into_iter().flat_map(|request| {
            let about_it = asked.iter().filter(|(id, _)| *id == request.id.as_str());
            let extensions: Vec<i64> = about_it.map(|(_, extension)| *extension).collect();
            extensions.into_iter().map(move |extension| Unanswered {
                request: request.clone(),
                extension,
            })
        });
        Ok(unanswered.collect())
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

    /// Everybody who was asked to answer something that nobody has answered yet.
    pub async fn people_asked(&self) -> Result<Vec<PersonId>, StoreError> {
        let pending = request::Entity::find()
            .select_only()
            .column(request::Column::Id)
            .filter(request::Column::State.eq("pending"))
            .into_query();
        let extended = extension::Entity::find()
            .select_only()
            .column(extension::Column::RequestId)
            .filter(extension::Column::State.eq(ExtensionState::Pending.name()))
            .into_query();
        let mut people = BTreeSet::new();
        for (surface, about) in [
            (Surface::ApproverCard, pending),
            (Surface::ExtensionCard, extended),
        ] {
            let rows: Vec<String> = message::Entity::find()
                .select_only()
                .column(message::Column::PersonId)
                .filter(message::Column::RequestId.in_subquery(about))
                .filter(message::Column::Surface.eq(surface.name()))
                .filter(message::Column::State.ne(MessageState::Dead.name()))
                .distinct()
                .into_tuple()
                .all(self.reader())
                .await?;
            people.extend(rows.into_iter().map(PersonId::new));
        }
        Ok(people.into_iter().collect())
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
    match filter.status {
        Some(Status::Lapsed) => found
            .filter(request::Column::State.eq(Status::Rejected.name()))
            .filter(request::Column::ReasonKind.eq(RejectCause::Lapsed.name())),
        Some(status) => found.filter(request::Column::State.eq(status.name())),
        None => found,
    }
}

/// The requests that `person` has such a card about: id, and the number of the extension.
fn asked(person: &PersonId, surface: Surface) -> Select<message::Entity> {
    let about = message::Entity::belongs_to(request::Entity)
        .from(message::Column::RequestId)
        .to(request::Column::Id)
        .into();
    message::Entity::find()
        .join(JoinType::InnerJoin, about)
        .select_only()
        .column(request::Column::Id)
        .column(message::Column::Extension)
        .filter(message::Column::PersonId.eq(person.as_str()))
        .filter(message::Column::Surface.eq(surface.name()))
        .filter(message::Column::State.ne(MessageState::Dead.name()))
}

fn of_request() -> sea_orm::RelationDef {
    message::Entity::belongs_to(extension::Entity)
        .from(message::Column::RequestId)
        .to(extension::Column::RequestId)
        .into()
}
