//! Requests that wait for an answer, and names that were ever requested.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};

use crate::access::extension::ExtensionState;
use crate::access::ids::RequestId;
use crate::access::request::Request;

use super::super::Store;
use super::super::entities::{extension, request, request_term};
use super::super::error::StoreError;
use super::super::requests::many;
use super::super::terms::{self, NameOf};

/// Something that waits for an answer.
#[derive(Clone, Debug)]
pub struct Unanswered {
    pub request: Request,
    /// The number of its extension; 0 for the request itself.
    pub extension: i64,
}

impl Store {
    /// Everything that waits for an answer, oldest first.
    pub async fn unanswered(&self) -> Result<Vec<Unanswered>, StoreError> {
        self.unanswered_among(request::Entity::find(), extension::Entity::find())
            .await
    }

    /// What of one request waits for an answer.
    pub async fn unanswered_about(&self, id: &RequestId) -> Result<Vec<Unanswered>, StoreError> {
        self.unanswered_among(
            request::Entity::find_by_id(id.as_str()),
            extension::Entity::find().filter(extension::Column::RequestId.eq(id.as_str())),
        )
        .await
    }

    async fn unanswered_among(
        &self,
        requests: Select<request::Entity>,
        extensions: Select<extension::Entity>,
    ) -> Result<Vec<Unanswered>, StoreError> {
        let pending = requests.filter(request::Column::State.eq("pending"));
        let mut unanswered: Vec<Unanswered> = many(self.reader(), pending)
            .await?
            .into_iter()
            .map(|request| Unanswered {
                request,
                extension: 0,
            })
            .collect();
        let asked: Vec<(String, i64)> = extensions
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
        self.had(&[(NameOf::Resource, name)]).await
    }

    /// Whether it was on this integration.
    pub async fn had_resource_on(&self, integration: &str, name: &str) -> Result<bool, StoreError> {
        self.had(&[(NameOf::Integration, integration), (NameOf::Resource, name)])
            .await
    }

    /// Whether a permission of this name was ever requested.
    pub async fn had_permission(&self, name: &str) -> Result<bool, StoreError> {
        self.had(&[(NameOf::Permission, name)]).await
    }

    /// Whether anything was ever requested under an access flow of this name.
    pub async fn had_flow(&self, name: &str) -> Result<bool, StoreError> {
        self.had(&[(NameOf::Flow, name)]).await
    }

    async fn had(&self, names: &[(NameOf, &str)]) -> Result<bool, StoreError> {
        let term = terms::of_names(names);
        let found = request_term::Entity::find().filter(request_term::Column::Term.eq(term));
        Ok(found.one(self.reader()).await?.is_some())
    }
}
