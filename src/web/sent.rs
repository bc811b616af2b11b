//! What a browser sends with a form.
//!
//! Invariant: a form counts only with the token that its own page had: it is derived from a cookie that no other site can
//! read, and says nothing about it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use url::form_urlencoded;

use super::Portal;
use super::fault::Fault;
use super::who::Who;
use crate::usecases::portal::Secret;

/// The field with the token.
const TOKEN: &str = "form";

/// The token for forms of whoever has this secret in a cookie.
pub(super) fn token(secret: &Secret) -> String {
    secret.hash("form")
}

/// The fields of a form or of a query.
#[derive(Clone, Debug, Default)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    pub(super) fn read(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text).into_owned();
        // No database takes a NUL in a text, and nobody types one.
        Self(
            fields
                .map(|(name, value)| (name, value.replace('\0', "")))
                .collect(),
        )
    }

    /// The first value of this name, without white space at its ends; empty if there is none.
    pub(super) fn one(&self, name: &str) -> &str {
        let mut fields = self.0.iter();
        fields
            .find(|(named, _)| named == name)
            .map_or("", |(_, value)| value.trim())
    }

    /// Every name with its value, in the order in which they were sent.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.trim()))
    }

    /// Whether the form was made for whoever has this secret.
    pub(super) fn are_of(&self, secret: &Secret) -> bool {
        self.one(TOKEN) == token(secret)
    }
}

impl FromRequest<Arc<Portal>> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Fault> {
        match Bytes::from_request(request, portal).await {
            Ok(body) => Ok(Self::read(&body)),
            Err(why) if why.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Fault::TooLarge),
            Err(_) => Err(Fault::Forged),
        }
    }
}

/// The fields of a page's address.
pub(super) struct Query(pub(super) Fields);

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let query = parts.uri.query().unwrap_or_default();
        Ok(Self(Fields::read(query.as_bytes())))
    }
}

/// A form that somebody who is signed in sent from a page of theirs.
pub(super) struct Sent {
    pub(super) who: Who,
    pub(super) fields: Fields,
}

impl FromRequest<Arc<Portal>> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, portal: &Arc<Portal>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let who = Who::from_request_parts(&mut parts, portal).await?;
        let fields = Fields::from_request(Request::from_parts(parts, body), portal)
            .await
            .map_err(IntoResponse::into_response)?;
        if fields.one(TOKEN) != who.token {
            return Err(Fault::Forged.into_response());
        }
        Ok(Self { who, fields })
    }
}
