//! Lists that are read page by page: the first page answers a command, a window shows the others. Each page is made for
//! the person who asks for it, whatever the button says.

use std::collections::BTreeSet;

use crate::access::explain::standpoint;
use crate::access::flows::Policy;
use crate::access::forbidden::Forbidden;
use crate::access::people::{Facts, Person};
use crate::audit::read::{self, About};
use crate::usecases::look::{self, Onlooker};
use crate::usecases::why::{Question, why};
use crate::usecases::{Receipt, UseCaseError, person_facts};

use super::super::act::ButtonPlace;
use super::super::actions::Button;
use super::super::identity::IdentityError;
use super::super::views::listing::{Listing, Reading};
use super::super::views::lists::{Eye, Viewer};
use super::super::views::{explained, lists};
use super::buttons::Window;
use super::{Bot, HandlerError, once};

/// How many lines an answer has; the rest is in the window.
pub(super) const IN_ANSWER: u64 = 10;

/// How many lines a window has: each is two blocks at most, and Slack allows 100.
const IN_WINDOW: u64 = 20;

impl Bot {
    /// Opens a list in a window, or turns its page.
    pub(super) async fn open_reading(&self, by: &Person, window: Window<'_>) -> Result<(), HandlerError> {
        let reading = Reading::of_value(window.value).ok_or(UseCaseError::NoSuchRequest)?;
        let listing = self.listing(by, &reading, IN_WINDOW, once(window.key));
        let view = listing.await?.window();
        let shown = match (window.action, window.place) {
            (Button::Read, Some(ButtonPlace::View { .. })) => {
                self.web.views_push(window.trigger_id, &view).await
            }
            (_, Some(ButtonPlace::View { id })) => self.web.views_update(id, None, &view).await,
            (_, Some(ButtonPlace::Message { .. }) | None) => {
                return self.open(window.trigger_id, &view).await;
            }
        };
        shown.map(|_| ()).map_err(HandlerError::later)
    }

    /// One page of what `reading` names, for `by`.
    pub(super) async fn listing(
        &self,
        by: &Person,
        reading: &Reading,
        most: u64,
        receipt: Receipt<'_>,
    ) -> Result<Listing, HandlerError> {
        let core = &self.core;
        let onlooker = Onlooker::of(core, by);
        let all = async |page| onlooker.reader(core, page, None, receipt.origin(by)).await;
        let lines = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(match reading {
            Reading::List { page } => {
                let found = look::mine(core, &onlooker.own(), *page, most).await?;
                lists::requests(&found, self.viewer(by))
            }
            Reading::Active { filter, page } => {
                let reader = all(read::Page::Active).await?;
                let found = look::live(core, &reader, filter, *page, most).await?;
                let about = self.in_words(filter).await?;
                lists::live(&found, self.viewer(by), filter, &about, core.now())
            }
            Reading::Log { filter, page } => {
                let reader = all(read::Page::Activity).await?;
                let found = look::log(core, &reader, filter, *page, most).await?;
                let about = self.in_words(filter).await?;
                lists::log(&found, self.viewer(by), filter, &about, core.now())
            }
            Reading::Pending { from } => {
                let waiting = look::waiting_for(core, &*self.directory, &by.id).await;
                let waiting = waiting.map_err(HandlerError::later)?;
                let found = look::waiting(core, &waiting, *from, lines).await?;
                lists::pending(&found, *from, lines, waiting.len())
            }
            Reading::History { request, page } => {
                let request = self.request(request).await?;
                let reader = onlooker.reader_of(core, &request, receipt.origin(by)).await?;
                let found = look::history(core, &reader, &request, *page, most).await?;
                lists::history(&request, &found)
            }
            Reading::Whoami { from } => {
                let policy = core.policy();
                let listing = explained::whoami(by, &standpoint(&policy, by), &self.who_helps(Some(by)));
                listing.from(*from, lines, |from| Reading::Whoami { from })
            }
            Reading::Why {
                of,
                permission,
                target,
                from,
            } => {
                let question = Question {
                    permission: permission.clone(),
                    target: target.clone(),
                };
                let listing = self.why(by, of.as_deref(), &question, receipt).await?;
                listing.from(*from, lines, |from| Reading::Why {
                    of: of.clone(),
                    permission: permission.clone(),
                    target: target.clone(),
                    from,
                })
            }
        })
    }

    fn viewer<'p>(&self, by: &'p Person) -> Viewer<'p> {
        let policy = self.core.policy();
        let standpoint = standpoint(&policy, by);
        let eye = match (standpoint.admin, standpoint.auditor) {
            (true, _) => Eye::Admin,
            (false, true) => Eye::Auditor,
            (false, false) => Eye::Own,
        };
        Viewer {
            person: &by.id,
            eye,
            answers: !standpoint.answers.is_empty(),
        }
    }

    /// Why `by`, or the Slack user `of`, can or cannot request something.
    async fn why(
        &self,
        by: &Person,
        of: Option<&str>,
        question: &Question,
        receipt: Receipt<'_>,
    ) -> Result<Listing, HandlerError> {
        let policy = self.core.policy();
        let other = match of {
            Some(user) if user != by.account.user => {
                if !policy.is_admin(by) {
                    return Err(Forbidden::AdminsOnly.into());
                }
                Some(self.anybody(user, &policy).await?)
            }
            Some(_) | None => None,
        };
        if let Some(other) = &other {
            let about = Some(About::Person(person_facts(other)));
            let onlooker = Onlooker::of(&self.core, by);
            let origin = receipt.origin(by);
            onlooker
                .reader(&self.core, read::Page::Why, about, origin)
                .await?;
        }
        let facts = self.everybody_who_answers(&policy).await?;
        let person = other.as_ref().unwrap_or(by);
        let facts = facts.with([person.clone()]);
        let answer = why(&self.core, &policy, &facts, (by, person), question);
        let name = other.as_ref().map(|other| other.name.as_str());
        let who_helps = self.who_helps(Some(by));
        Ok(explained::why(question, name, &facts, &answer, &who_helps))
    }

    pub(super) async fn anybody(&self, user: &str, policy: &Policy) -> Result<Person, HandlerError> {
        self.directory
            .find(user, policy)
            .await
            .map_err(|error| match error {
                IdentityError::Unknown => UseCaseError::NoSuchPerson.into(),
                error @ (IdentityError::Slack(_) | IdentityError::Store(_)) => HandlerError::later(error),
            })
    }

    async fn everybody_who_answers(&self, policy: &Policy) -> Result<Facts, HandlerError> {
        let mut approvers = BTreeSet::new();
        for flow in &policy.flows {
            approvers.extend(policy.approvers_on(&flow.integration));
        }
        self.directory
            .facts_about(approvers, policy)
            .await
            .map_err(HandlerError::later)
    }
}
