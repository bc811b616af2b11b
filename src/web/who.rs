//! Who is signed in: asked again at every request.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::Method;
use http::request::Parts;

use super::Portal;
use super::cookies::Cookie;
use super::fault::Fault;
use super::next;
use super::sent::token;
use super::zone;
use crate::access::ids::PersonId;
use crate::access::people::Person;
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::audit::event::{Actor, Origin, PersonFacts, Via};
use crate::audit::read::{About, Page};
use crate::store::StoreError;
use crate::usecases::Receipt;
use crate::usecases::look::Onlooker;
use crate::usecases::portal::{self, Holder, Secret, SignedIn, Visitor};
use crate::usecases::revoke::{self, Part};

/// Somebody who is signed in, and what they may read.
pub(super) struct Who {
    visitor: Visitor,
    pub(super) onlooker: Onlooker,
    pub(super) is_admin: bool,
    /// The id of their session.
    pub(super) session: String,
    /// For the forms on their pages.
    pub(super) token: String,
}

impl FromRequestParts<Arc<Portal>> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, portal: &Arc<Portal>) -> Result<Self, Response> {
        let Some(secret) = Cookie::Session.read(&portal.site, &parts.headers) else {
            return Err(to_sign_in(parts));
        };
        let secret = Secret::sent(secret);
        let found = portal::whose(&portal.core, &*portal.directory, &secret).await;
        let found = found.map_err(|error| Fault::from(error).into_response())?;
        let SignedIn { session, visitor } = match found {
            Holder::Is(found) if is_trusted(portal, &found.visitor) => found,
            Holder::Is(_) | Holder::Nobody => return Err(to_sign_in(parts)),
            Holder::NotSaid => return Err(Fault::NotSaid.into_response()),
        };
        if !portal.limits.take_of(visitor.id()) {
            return Err(Fault::TooMany.into_response());
        }
        let (own, is_admin) = match &visitor {
            Visitor::Person(person) => (
                portal.directory.known().zone(&person.account.user),
                portal.core.policy().is_admin(person),
            ),
            Visitor::ByRole(_) => (None, false),
        };
        let in_utc = Cookie::Zone.read(&portal.site, &parts.headers) == Some(zone::UTC);
        zone::settle(own.as_deref(), in_utc);
        Ok(Self {
            onlooker: visitor.onlooker(&portal.core),
            is_admin,
            visitor,
            session: session.id,
            token: token(&secret),
        })
    }
}

/// Without an account in Slack, somebody is who an issuer said they are: only the one in the config still counts.
fn is_trusted(portal: &Portal, visitor: &Visitor) -> bool {
    match visitor {
        Visitor::Person(_) => true,
        Visitor::ByRole(reader) => portal
            .issuer
            .as_ref()
            .is_some_and(|issuer| issuer.provider.issuer() == reader.issuer),
    }
}

/// A person who does something.
#[derive(Clone, Copy)]
pub(super) struct Doer<'a> {
    pub(super) who: &'a Who,
    pub(super) person: &'a Person,
}

impl Who {
    /// The person, if they have an account in Slack: nobody else does anything.
    pub(super) const fn person(&self) -> Option<&Person> {
        match &self.visitor {
            Visitor::Person(person) => Some(person),
            Visitor::ByRole(_) => None,
        }
    }

    /// The same for a page that is about doing something.
    pub(super) fn doer(&self) -> Result<Doer<'_>, Fault> {
        let person = self.person().ok_or(Fault::ReadsOnly)?;
        Ok(Doer { who: self, person })
    }

    pub(super) const fn id(&self) -> &PersonId {
        self.visitor.id()
    }

    /// As the trail records them.
    pub(super) fn facts(&self) -> PersonFacts {
        self.visitor.facts()
    }

    /// What the head of each page calls them.
    pub(super) fn name(&self) -> &str {
        match &self.visitor {
            Visitor::Person(person) => &person.name,
            Visitor::ByRole(reader) => &reader.email,
        }
    }

    /// By which right they may end this access, or withdraw the request.
    pub(super) async fn part_of(
        &self,
        portal: &Portal,
        request: &Request,
    ) -> Result<Option<Part>, StoreError> {
        let core = &portal.core;
        match self.person() {
            Some(person) => revoke::part_of(core, &core.store, request, person).await,
            None => Ok(None),
        }
    }

    pub(super) const fn reads_all(&self) -> bool {
        self.onlooker.reads_all()
    }

    /// For a page that can show others' data; the trail has it before the page is made.
    pub(super) async fn reader(
        &self,
        portal: &Portal,
        page: Page,
        about: Option<About>,
    ) -> Result<Reader, Fault> {
        let reader = self.onlooker.reader(&portal.core, page, about, self.reads());
        Ok(reader.await?)
    }

    /// Where a read comes from, for the trail.
    pub(super) fn reads(&self) -> Origin {
        let cause = format!("portal/{}/read", self.session);
        Receipt::now(Via::Portal, &cause).origin_of(Actor::Person(self.facts()))
    }
}

/// A page that was asked for is shown after signing in; what was sent is not sent again.
fn to_sign_in(parts: &Parts) -> Response {
    let wanted = parts.uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    let to = if parts.method == Method::GET && wanted != "/" {
        next::sign_in_for(wanted)
    } else {
        "/sign-in".to_owned()
    };
    Redirect::to(&to).into_response()
}
