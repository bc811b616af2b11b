//! What people do in the past.

use std::time::Duration;

use crate::access::forbidden::Tried;
use crate::access::ids::{PersonId, RequestId, SubmissionId};
use crate::access::people::{Facts, Home, Person, SlackAccount, Standing};
use crate::access::request::{Request, State, Unit};
use crate::audit::event::Via;
use crate::integrations::{AccessDetails, Credential};
use crate::slack::web::WebApi;
use crate::store::{Lane, ReadGrants, Sighting};
use crate::usecases::ask::{Form, ask};
use crate::usecases::connect::{Made, shown};
use crate::usecases::extend::{More, extend};
use crate::usecases::refuse::{Attempt, Judged, not_done};
use crate::usecases::{Receipt, UseCaseError, limits, revoke};

use super::super::error::DemoError;
use super::errands::{Ends, Errand, Fate};
use super::steps::Step;
use super::{Past, words};

const FROZEN: &str = "fleet-ssh";

/// How long a certificate of the past was valid: as long as by default.
const CERTIFICATE: Duration = Duration::from_mins(5);

impl Past<'_> {
    /// The directory shows everybody for the first time.
    pub(super) async fn meet(&mut self, web: &WebApi) -> Result<(), DemoError> {
        let ours = web.auth_test().await?;
        let home = Home {
            team: ours.team_id,
            enterprise: ours.enterprise_id,
        };
        for someone in self.crowd {
            let email = someone.email();
            let seen = Sighting {
                home: Some(&home),
                account: SlackAccount {
                    enterprise: None,
                    team: Some(home.team.clone()),
                    user: someone.user.clone(),
                },
                organisations: None,
                name: &someone.name,
                email: Some(&email),
                shown: Some(&email),
                is_pinned: true,
            };
            let kept = self.core.store.keep_account(&seen, self.core.now()).await?;
            self.people.push(Person {
                id: kept.id,
                account: kept.account,
                other_ids: Vec::new(),
                name: someone.name.clone(),
                email: kept.email,
                standing: Standing::Member,
                fetched_at: self.core.now(),
            });
        }
        Ok(())
    }

    /// Everybody, looked up just now.
    pub(super) fn facts(&self) -> Facts {
        let people = self.people.iter().cloned().map(|person| Person {
            fetched_at: self.core.now(),
            ..person
        });
        Facts::new(people.collect())
    }

    /// The key of the next act, which is the cause in the trail.
    pub(super) fn next_key(&mut self) -> String {
        self.acts += 1;
        format!("made-up-{}", self.acts)
    }

    pub(super) fn place_of(&self, id: &PersonId) -> Option<usize> {
        self.people.iter().position(|person| person.id == *id)
    }

    /// The request as it is now, and who asked for it.
    pub(super) async fn now(&self, id: &RequestId) -> Result<(Request, Person), DemoError> {
        let request = self.core.store.request(id).await?;
        let request = request.ok_or(UseCaseError::NoSuchRequest)?;
        let by = self.place_of(&request.requester);
        let by = by.ok_or(UseCaseError::NoSuchRequest)?;
        Ok((request, self.people[by].clone()))
    }

    pub(super) async fn ask(&mut self, errand: Errand) -> Result<(), DemoError> {
        let person = self.people[errand.by].clone();
        let key = self.next_key();
        let wish = errand.wish;
        let form = Form {
            id: SubmissionId::new(self.core.new_id()),
            integration: wish.integration.to_owned(),
            kind: wish.kind.to_owned(),
            resource_type: wish.resource_type.to_owned(),
            units: vec![Unit {
                resource_id: errand.resource.to_owned(),
                resource_name: errand.resource.to_owned(),
                permission: wish.permission.to_owned(),
            }],
            duration: errand.duration,
            justification: errand.words.clone(),
        };
        let receipt = Receipt::now(Via::Slack, &key);
        match ask(&self.core, &self.facts(), &person, &form, receipt).await {
            Ok(requests) => {
                for request in requests {
                    self.pursue(request, errand.clone());
                }
                Ok(())
            }
            Err(UseCaseError::Store(error)) => Err(error.into()),
            Err(error) => {
                let judged = Judged::of(&error, &person);
                let attempt = Attempt {
                    tried: &Tried::Form,
                    request: None,
                };
                not_done(&self.core, judged.as_ref(), attempt, receipt).await?;
                self.steps.add(
                    self.core.now().plus(Duration::from_mins(11)),
                    Step::Work(Lane::Timer),
                );
                Ok(())
            }
        }
    }

    pub(super) async fn withdraw(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let (request, person) = self.now(id).await?;
        if request.state == State::Pending {
            let key = self.next_key();
            let receipt = Receipt::now(Via::Slack, &key);
            revoke::cancel(&self.core, &person, request.number, receipt).await?;
        }
        Ok(())
    }

    /// Credentials are shown. None are made: nobody can log in with them.
    pub(super) async fn connect(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let (request, person) = self.now(id).await?;
        if request.state != State::Granted {
            return Ok(());
        }
        let now = self.core.now();
        let until = self.core.store.grant(id).await?.map_or(now, |grant| grant.until);
        let credential = (request.kind == "ssh").then(|| Credential {
            key: format!("SHA256:made-up-key-of-{}", person.account.user),
            until: now.plus(CERTIFICATE).min(until),
        });
        let details = AccessDetails {
            fields: Vec::new(),
            command: String::new().into(),
            others: String::new(),
            note: String::new(),
            made: true,
            credential,
        };
        let key = self.next_key();
        let origin = Receipt::now(Via::Slack, &key).origin(&person);
        let made = Made {
            details: &details,
            key: None,
        };
        shown(&self.core, &person, id, &made, origin).await?;
        Ok(())
    }

    pub(super) async fn extend(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let (request, person) = self.now(id).await?;
        if request.state != State::Granted {
            return Ok(());
        }
        let more = More {
            added: Duration::from_mins(*self.dice.pick(&[30, 60])),
            words: Some(words::longer(&mut self.dice)),
        };
        let key = self.next_key();
        let receipt = Receipt::now(Via::Slack, &key);
        match extend(&self.core, &self.facts(), &person, id, &more, receipt).await {
            Ok((_, extension)) if extension.until.is_some() => self.follow_extension(id).await,
            Ok(_) => {
                let after = self.dice.between(Duration::from_mins(1), Duration::from_mins(9));
                self.steps
                    .add(self.core.now().plus(after), Step::AnswerExtension(id.clone()));
                Ok(())
            }
            Err(UseCaseError::Store(error)) => Err(error.into()),
            // Its flow does not allow that.
            Err(_) => Ok(()),
        }
    }

    pub(super) async fn give_back(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let (request, person) = self.now(id).await?;
        self.end_early(&request, &person, None).await
    }

    /// An admin or an approver of it ends it with a reason.
    pub(super) async fn end_for_them(&mut self, id: &RequestId) -> Result<(), DemoError> {
        let (request, _) = self.now(id).await?;
        let pursued = self.pursued.get(id);
        let by_approver = pursued.filter(|pursued| match pursued.errand.fate {
            Fate::Approved(used) => matches!(used.ends, Ends::ByApprover(_)),
            Fate::Lapses | Fate::Withdrawn | Fate::Rejected | Fate::Fails | Fate::Last => false,
        });
        let by = match by_approver.and_then(|pursued| pursued.answered_by) {
            Some(approver) => self.people[approver].clone(),
            None => self.admin(),
        };
        let why = words::ended(&mut self.dice);
        self.end_early(&request, &by, Some(&why)).await
    }

    async fn end_early(
        &mut self,
        request: &Request,
        by: &Person,
        why: Option<&str>,
    ) -> Result<(), DemoError> {
        if request.state != State::Granted {
            return Ok(());
        }
        let key = self.next_key();
        let receipt = Receipt::now(Via::Slack, &key);
        revoke::revoke(&self.core, by, request.number, why, receipt).await?;
        self.work(Lane::Revoke).await
    }

    /// Who comes first in the crowd.
    fn admin(&self) -> Person {
        self.people[0].clone()
    }

    pub(super) async fn freeze(&mut self) -> Result<(), DemoError> {
        let admin = self.admin();
        let key = self.next_key();
        let receipt = Receipt::now(Via::Slack, &key);
        let why = "INC-377: a laptop with certificates was lost";
        limits::freeze(&self.core, &admin, FROZEN, Some(why), receipt).await?;
        Ok(())
    }

    pub(super) async fn thaw(&mut self) -> Result<(), DemoError> {
        let admin = self.admin();
        let key = self.next_key();
        limits::thaw(&self.core, &admin, FROZEN, Receipt::now(Via::Slack, &key)).await?;
        self.work(Lane::Provision).await
    }
}
