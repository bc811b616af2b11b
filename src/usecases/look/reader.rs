//! Who may read what: the one place where that is decided, for every face.
//!
//! Invariant: a face gets the right to read everything from an [`Onlooker`] alone, for one page, after the trail has it.

use std::collections::HashMap;

use crate::access::forbidden::Forbidden;
use crate::access::ids::PersonId;
use crate::access::people::{ByRole, Person, Standing};
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::audit::event::Origin;
use crate::audit::read::{About, Page};
use crate::store::{ReadMessages, ReportRun, Review, SavedReport, StoreError};

use super::super::{Core, UseCaseError, reads};

/// The person looking at a face, according to the present policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Onlooker {
    person: PersonId,
    right: Reader,
    /// Only full members are asked to review access.
    is_member: bool,
}

impl Onlooker {
    pub fn of(core: &Core, person: &Person) -> Self {
        Self {
            person: person.id.clone(),
            right: Reader::of(&core.policy(), person),
            is_member: person.standing == Standing::Member,
        }
    }

    /// Somebody without an account in the directory.
    pub fn by_role(core: &Core, reader: &ByRole) -> Self {
        Self {
            person: reader.id.clone(),
            right: Reader::by_role(&core.policy(), reader),
            is_member: false,
        }
    }

    /// Whether they may read about everybody.
    pub const fn reads_all(&self) -> bool {
        self.right.reads_all()
    }

    /// For what is by or for them alone.
    pub fn own(&self) -> Reader {
        Reader::own(self.person.clone())
    }

    /// For a page that can show others' data. If they may read that, the trail has it now.
    pub async fn reader(
        &self,
        core: &Core,
        page: Page,
        about: Option<About>,
        origin: Origin,
    ) -> Result<Reader, StoreError> {
        if self.reads_all() {
            reads::record(core, &self.person, page, about, origin).await?;
        }
        Ok(self.right.clone())
    }

    /// For the page of one request. What is by or for them, and what they were asked to answer, is not others' data.
    pub async fn reader_of(
        &self,
        core: &Core,
        request: &Request,
        origin: Origin,
    ) -> Result<Reader, UseCaseError> {
        match reader_of(core, &self.own(), request).await {
            Err(UseCaseError::Forbidden(Forbidden::NotYours)) if self.reads_all() => {
                let about = Some(About::Request(request.number));
                Ok(self.reader(core, Page::Request, about, origin).await?)
            }
            found => found,
        }
    }

    /// The saved reports that they may run, by name. What a report is says nothing about requests.
    pub async fn reports(&self, core: &Core) -> Result<Vec<SavedReport>, StoreError> {
        core.store.reports_for(&self.right).await
    }

    /// One of these.
    pub async fn report(&self, core: &Core, id: &str) -> Result<Option<SavedReport>, StoreError> {
        core.store.report_for(&self.right, id).await
    }

    /// When each of them ran last, as far as they may know.
    pub async fn last_runs(&self, core: &Core) -> Result<HashMap<String, Timestamp>, StoreError> {
        core.store.last_runs(&self.right).await
    }

    /// The newest runs of a report that they may run: of a built-in one only their own, unless they read everything.
    pub async fn runs_of(&self, core: &Core, report: &str, limit: u64) -> Result<Vec<ReportRun>, StoreError> {
        core.store.runs_of(&self.right, report, limit).await
    }

    /// The newest reviews that they may see: those that they are asked in, or all if they read everything.
    pub async fn reviews(&self, core: &Core) -> Result<Vec<Review>, StoreError> {
        if self.is_member || self.reads_all() {
            core.store.reviews_for(&self.right).await
        } else {
            Ok(Vec::new())
        }
    }

    /// One of these. Its lines are others' data, unless they are asked about them.
    pub async fn review(&self, core: &Core, id: &str) -> Result<Option<Review>, StoreError> {
        if self.is_member || self.reads_all() {
            core.store.review_for(&self.right, id).await
        } else {
            Ok(None)
        }
    }

    /// For a file. Each has an event of its own, recorded by the export.
    pub fn to_export(&self) -> Reader {
        self.right.clone()
    }

    /// Whether they may read this request; nothing of it is shown.
    pub(super) async fn may_read(&self, core: &Core, request: &Request) -> Result<(), UseCaseError> {
        reader_of(core, &self.right, request).await.map(drop)
    }
}

/// `reader`, if they may read this request: it is by or for them, they were asked to answer it, or they read everything.
pub(super) async fn reader_of(
    core: &Core,
    reader: &Reader,
    request: &Request,
) -> Result<Reader, UseCaseError> {
    if reader.may_read(request) {
        return Ok(reader.clone());
    }
    let messages = core.store.messages_of(&request.id).await?;
    let was_asked = |person: &PersonId| messages.iter().any(|message| message.person == *person);
    if !reader.person().is_some_and(was_asked) {
        return Err(Forbidden::NotYours.into());
    }
    Ok(reader.clone().asked(&request.id))
}
