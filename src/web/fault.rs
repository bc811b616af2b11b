//! Why there is no page, as people read it. None says more than the reader may know: what they may not see, and what is not
//! there, are the same.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;

use super::pages::Frame;
use crate::access::forbidden::Forbidden;
use crate::paper::PaperError;
use crate::people::LookUpError;
use crate::store::StoreError;
use crate::telling::refusals;
use crate::usecases::UseCaseError;

/// Why there is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It is not there, or not for this reader.
    NotFound,
    NotAllowed,
    /// It was asked of another host, or not by way of the proxy.
    Misdirected,
    /// The form was sent by another site, or is of another session.
    Forged,
    /// They have no account in Slack, so they only read.
    ReadsOnly,
    /// They have no account in Slack, as far as Slack said too long ago.
    NotSaid,
    TooMany,
    TooLarge,
    TooSlow,
    /// Something is wrong on our side.
    Broken,
}

#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    frame: Frame<'a>,
    heading: &'a str,
    text: &'a str,
}

impl Fault {
    const fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Forged | Self::ReadsOnly => StatusCode::FORBIDDEN,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow | Self::NotSaid => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::NotFound => (
                "Not found",
                "There is no such page, or it is not yours to read. Check the address.",
            ),
            Self::NotAllowed => ("Not possible", "This address cannot be used like that."),
            Self::Misdirected => (
                "Wrong address",
                "The portal does not answer at this address. Type /apono portal in Slack for the right one.",
            ),
            Self::Forged => (
                "Nothing was changed",
                "This form did not come from the page you have open. Go back, reload the page and try again.",
            ),
            Self::ReadsOnly => ("Not possible", refusals::READS_ONLY),
            Self::NotSaid => (
                "Slack does not answer",
                "Without a Slack account you can read only while Slack says that nobody there has your address, and it has not said so for 10 minutes. You stay signed in: try again in a minute.",
            ),
            Self::TooMany => (
                "Too many requests",
                "You have reached the limit per minute, and nothing was changed. Wait a minute and try again.",
            ),
            Self::TooLarge => ("Too long", "What you sent is too long, and nothing was changed."),
            Self::TooSlow => (
                "This takes too long",
                "The portal did not answer in time. Try again in a minute.",
            ),
            Self::Broken => (
                "Something went wrong",
                "Something went wrong on our side. Try again in a minute; if it happens again, tell an admin.",
            ),
        }
    }
}

/// For errors that no page has words for.
impl From<UseCaseError> for Fault {
    fn from(error: UseCaseError) -> Self {
        match error {
            UseCaseError::NoSuchRequest | UseCaseError::Forbidden(Forbidden::NotYours) => Self::NotFound,
            error => {
                tracing::error!(%error, "a page of the portal failed");
                Self::Broken
            }
        }
    }
}

impl From<LookUpError> for Fault {
    fn from(error: LookUpError) -> Self {
        tracing::error!(%error, "the people of a page could not be looked up");
        Self::Broken
    }
}

impl From<PaperError> for Fault {
    fn from(error: PaperError) -> Self {
        tracing::error!(%error, "a PDF could not be made");
        Self::Broken
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        UseCaseError::from(error).into()
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let (heading, text) = self.words();
        let page = Message {
            frame: Frame::bare(heading),
            heading,
            text,
        };
        match page.render() {
            Ok(text) => (self.status(), Html(text)).into_response(),
            Err(_) => (self.status(), heading).into_response(),
        }
    }
}

/// What has no route.
pub(super) async fn not_found() -> Fault {
    Fault::NotFound
}

/// A route that has no such method.
pub(super) async fn not_allowed() -> Fault {
    Fault::NotAllowed
}
