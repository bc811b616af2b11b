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
use crate::access::people::Person;
use crate::access::reader::Reader;
use crate::audit::event::{Origin, Via};
use crate::audit::read::{About, Page};
use crate::usecases::Receipt;
use crate::usecases::look::Onlooker;
use crate::usecases::portal::{self, Secret, SignedIn};

/// Somebody who is signed in, and what they may read.
pub(super) struct Who {
    pub(super) person: Person,
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
        let Some(SignedIn { session, person }) = found.map_err(|error| Fault::from(error).into_response())?
        else {
            return Err(to_sign_in(parts));
        };
        if !portal.limits.take_of(&person.id) {
            return Err(Fault::TooMany.into_response());
        }
        let own = portal.directory.known().zone(&person.account.user);
        let in_utc = Cookie::Zone.read(&portal.site, &parts.headers) == Some(zone::UTC);
        zone::settle(own.as_deref(), in_utc);
        Ok(Self {
            onlooker: Onlooker::of(&portal.core, &person),
            is_admin: portal.core.policy().is_admin(&person),
            person,
            session: session.id,
            token: token(&secret),
        })
    }
}

impl Who {
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
        Receipt::now(Via::Portal, &cause).origin(&self.person)
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
