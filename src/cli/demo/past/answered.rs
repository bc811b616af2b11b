//! Who answers in the past, how fast, and what follows from the answer.

use std::time::Duration;

use crate::access::forbidden::Tried;
use crate::access::ids::RequestId;
use crate::access::policy::{Ask, Moment, decide};
use crate::access::progress::progress;
use crate::access::request::{Request, State};
use crate::audit::event::Via;
use crate::store::{DecisionVerdict, Lane, ReadExtensions, ReadGrants};
use crate::usecases::decide::{Answer, answer};
use crate::usecases::refuse::{Attempt, Judged, not_done};
use crate::usecases::{Receipt, UseCaseError, extend};

use super::super::error::DemoError;
use super::errands::{Ends, Errand, Fate};
use super::steps::{Pursued, Step};
use super::{Past, words};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

/// In so many percent of cases somebody first tries to approve their own request.
const TRY_THEMSELVES: u64 = 3;

impl Past<'_> {
    /// What becomes of a request that was made just now.
    pub(super) fn pursue(&mut self, request: Request, errand: Errand) {
        let (now, id) = (self.core.now(), request.id.clone());
        let answered_by = self.who_answers(&request);
        let usual = answered_by.map_or(MINUTE, |by| self.usual(by));
        let most = match errand.fate {
            Fate::Last => MINUTE * 3,
            Fate::Lapses | Fate::Withdrawn | Fate::Rejected | Fate::Fails | Fate::Approved(_) => MINUTE * 150,
        };
        let after = (SECOND * 20 + self.dice.about(usual)).min(most);
        match errand.fate {
            _ if request.state == State::Approved => {
                if errand.fate != Fate::Last {
                    self.steps.add(now, Step::Work(Lane::Provision));
                }
            }
            Fate::Lapses => self
                .steps
                .add(request.answer_due.plus(SECOND), Step::Work(Lane::Timer)),
            Fate::Withdrawn => {
                let soon = self.dice.between(MINUTE, MINUTE * 20);
                self.steps.add(now.plus(soon), Step::Withdraw(id.clone()));
            }
            Fate::Rejected | Fate::Fails | Fate::Approved(_) | Fate::Last => {
                self.steps.add(now.plus(after), Step::Answer(id.clone()));
            }
        }
        let pursued = Pursued {
            request,
            errand,
            answered_by,
        };
        self.pursued.insert(id, pursued);
    }

    /// One of those who may. Fast people answer more often.
    fn who_answers(&mut self, request: &Request) -> Option<usize> {
        let policy = self.core.policy();
        let facts = self.facts();
        let verdict = decide(&policy, &facts, &Ask::of(request, Moment::Card), self.core.now()).ok()?;
        let mut chance = Vec::new();
        for candidate in progress(&verdict, &[]).candidates() {
            let by = self.place_of(&candidate.person)?;
            let often = 60 * 60 / self.usual(by).as_secs().max(60);
            chance.extend((0..=often).map(|_| by));
        }
        (!chance.is_empty()).then(|| *self.dice.pick(&chance))
    }

    /// How long somebody usually takes to answer.
    fn usual(&self, by: usize) -> Duration {
        let minutes = match self.crowd[by].handle.as_str() {
            "omar" => 3,
            "priya" => 9,
            "ada" => 14,
            _ => 26,
        };
        MINUTE * minutes
    }

    pub(super) async fn answer(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let Some(pursued) = self.pursued.get(id).cloned() else {
            return Ok(());
        };
        let (request, asker) = self.now(id).await?;
        let Some(by) = pursued.answered_by.filter(|_| request.state == State::Pending) else {
            return Ok(());
        };
        let approve = Answer {
            verdict: DecisionVerdict::Approve,
            reason: None,
        };
        if self.dice.percent(TRY_THEMSELVES) {
            let key = self.next_key();
            let receipt = Receipt::now(Via::Slack, &key);
            let tried = answer(&self.core, &self.facts(), &asker, id, &approve, receipt).await;
            if let Err(error) = tried {
                let attempt = Attempt {
                    tried: &Tried::Click,
                    request: Some(id),
                };
                let judged = Judged::of(&error, &asker);
                not_done(&self.core, judged.as_ref(), attempt, receipt).await?;
            }
            self.clock.pass(SECOND);
            self.steps
                .add(self.core.now().plus(MINUTE * 11), Step::Work(Lane::Timer));
        }
        let person = self.people[by].clone();
        let said = if pursued.errand.fate == Fate::Rejected {
            Answer {
                verdict: DecisionVerdict::Reject,
                reason: Some(words::no(&mut self.dice)),
            }
        } else {
            approve
        };
        let key = self.next_key();
        let receipt = Receipt::now(Via::Slack, &key);
        match answer(&self.core, &self.facts(), &person, id, &said, receipt).await {
            Ok(request) if request.state == State::Approved && pursued.errand.fate != Fate::Last => {
                self.work(Lane::Provision).await
            }
            Err(UseCaseError::Store(error)) => Err(error.into()),
            // An error: the config changed meanwhile.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// What somebody does with access that was granted just now.
    pub(super) async fn use_it(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let Some(pursued) = self.pursued.get(id).cloned() else {
            return Ok(());
        };
        self.follow_end(id).await?;
        let Fate::Approved(used) = pursued.errand.fate else {
            return Ok(());
        };
        let (now, lasts) = (self.core.now(), pursued.request.duration);
        if used.connects {
            let after = self.dice.between(SECOND * 15, MINUTE * 3);
            self.steps.add(now.plus(after), Step::Connect(id.clone()));
        }
        // Room for one extension.
        let is_over_in_time = now.plus(lasts + MINUTE * 61) < self.last_end();
        let at = |share: u32| now.plus(lasts * share / 100);
        let (at, step) = match used.ends {
            Ends::Expires if is_over_in_time => return Ok(()),
            Ends::Extended if is_over_in_time => (
                now.plus(lasts.saturating_sub(MINUTE * 12)),
                Step::Extend(id.clone()),
            ),
            Ends::Expires | Ends::Extended => (at(20), Step::GiveBack(id.clone())),
            Ends::GivenBack(share) => (at(share), Step::GiveBack(id.clone())),
            Ends::ByAdmin(share) | Ends::ByApprover(share) => (at(share), Step::EndForThem(id.clone())),
        };
        self.steps.add(at.min(self.last_end()), step);
        Ok(())
    }

    /// Its timers are looked at when they are due.
    async fn follow_end(&mut self, id: &RequestId) -> Result<(), DemoError> {
        if let Some(grant) = self.core.store.grant(id).await? {
            let late = self
                .dice
                .between(Duration::from_millis(5), Duration::from_millis(90));
            let soon = grant.until.minus(MINUTE * 10);
            self.steps.add(soon.plus(late), Step::Work(Lane::Timer));
            self.steps.add(grant.until.plus(late), Step::Work(Lane::Revoke));
        }
        Ok(())
    }

    /// The end was moved, and the target has to hear of it.
    pub(super) async fn follow_extension(&mut self, id: &RequestId) -> Result<(), DemoError> {
        self.work(Lane::Provision).await?;
        self.follow_end(id).await
    }

    pub(super) async fn answer_extension(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let by = self.pursued.get(id).and_then(|pursued| pursued.answered_by);
        let (request, _) = self.now(id).await?;
        let extensions = self.core.store.extensions(id).await?;
        let (Some(by), Some(extension)) = (by, extensions.last()) else {
            return Ok(());
        };
        if request.state != State::Granted {
            return Ok(());
        }
        let said = Answer {
            verdict: DecisionVerdict::Approve,
            reason: None,
        };
        let person = self.people[by].clone();
        let key = self.next_key();
        let receipt = Receipt::now(Via::Slack, &key);
        let about = (id, extension.position);
        match extend::answer(&self.core, &self.facts(), &person, about, &said, receipt).await {
            Ok(_) => self.follow_extension(id).await,
            Err(UseCaseError::Store(error)) => Err(error.into()),
            Err(_) => Ok(()),
        }
    }
}
