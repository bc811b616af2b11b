//! Granting: policy and approvals are asked once more with fresh facts, the end is committed, then the target is touched.
//!
//! Invariant: both are asked before each attempt, until one has succeeded. An attempt that failed, or whose answer was lost,
//! may have touched the target, so that what is no longer allowed after one is undone there.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::{Grant, Granted};
use crate::access::ids::{PersonId, RequestId};
use crate::access::people::Facts;
use crate::access::policy::{Ask, Candidate, Moment, Needs, Refusal, decide};
use crate::access::request::{Request, State};
use crate::audit::cause::{HeldUp, NotGranted};
use crate::audit::event::PersonFacts;
use crate::integrations::{GrantOrder, Integration, IntegrationError, OrderUnit, asked};
use crate::people::{Directory, LookUpError, fresh};
use crate::store::{Job, ReadDecisions, ReadGrants, ReadPeople, ReadPolicies};
use crate::telling::causes;
use crate::usecases::{Core, UseCaseError, granting, person_facts, step};

use super::{backoff, pause_after};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Grants what was approved.
pub(super) struct Provision<'a> {
    core: &'a Arc<Core>,
    /// Who is who, asked before anything is granted.
    directory: &'a dyn Directory,
}

/// What the last look at policy and approvals says.
enum Last {
    Go {
        /// The grantee's own account, where the policy names people's own.
        account: Option<String>,
        /// The digest of the policy that says so.
        policy: String,
    },
    /// The approval no longer counts, but these can decide.
    AskAgain {
        facts: Facts,
        candidates: Vec<Candidate>,
        approved_by: Vec<PersonFacts>,
    },
    No(NotGranted),
    Later(NotGranted),
    /// Another config is the active one: who runs with that decides.
    NotOurs,
}

impl<'a> Provision<'a> {
    pub(super) fn new(core: &'a Arc<Core>, directory: &'a dyn Directory) -> Self {
        Self { core, directory }
    }

    pub(super) async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        let core = self.core;
        let id = RequestId::new(&job.key);
        let request = core
            .store
            .request(&id)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        if request.state != State::Approved {
            return step::done(core, job).await;
        }
        let before = core.store.grant(&id).await?;
        match before {
            Some(grant) => self.go_on(job, &request, &grant).await,
            None => self.first(job, &request).await,
        }
    }

    /// The target was not touched yet: policy has its last word.
    async fn first(&self, job: &Job, request: &Request) -> Result<(), UseCaseError> {
        let core = self.core;
        if let Some(held_up) = granting::held_up(core, &request.integration).await? {
            return self.later(job, request, NotGranted::HeldUp(held_up)).await;
        }
        let (account, policy) = match self.last_look(request).await? {
            Last::Go { account, policy } => (account, policy),
            Last::AskAgain {
                facts,
                candidates,
                approved_by,
            } => return granting::reopen(core, job, &facts, &candidates, approved_by).await,
            Last::No(why) => return granting::fail_untouched(core, job, why).await,
            Last::Later(why) => return self.later(job, request, why).await,
            Last::NotOurs => {
                let at = core.now().plus(LONGEST_PAUSE);
                let why = causes::not_granted(&NotGranted::AnotherConfig);
                return step::try_again(core, job, at, &why).await;
            }
        };
        let Some(integration) = core.integrations().get(&request.integration).cloned() else {
            let integration = request.integration.clone();
            return self
                .later(job, request, NotGranted::NoIntegration { integration })
                .await;
        };
        match integration.prepare(&order(core, request, account).await?) {
            Ok(granted) => self.attempt(job, integration, &granted, &policy).await,
            Err(error) => {
                granting::fail_untouched(core, job, NotGranted::TargetRefused(error.failure())).await
            }
        }
    }

    /// Nothing was touched and nothing can be said now: it is tried again for as long as granting is tried at all.
    async fn later(&self, job: &Job, request: &Request, why: NotGranted) -> Result<(), UseCaseError> {
        let core = self.core;
        if core.now().since(request.changed_at) >= core.rules().provision_for {
            return granting::fail_untouched(core, job, why).await;
        }
        let next = core.now().plus(self.pause(job));
        step::try_again(core, job, next, &causes::not_granted(&why)).await
    }

    /// How long nothing is tried. The look at the audit channel that a start waits for takes a moment, however often the job was
    /// tried before.
    fn pause(&self, job: &Job) -> Duration {
        if self.core.waits_for_witness() {
            return FIRST_PAUSE;
        }
        backoff(job, FIRST_PAUSE, LONGEST_PAUSE)
    }

    /// It was tried before, and nobody knows what the target has of it: it is granted while policy still allows it, or else
    /// undone.
    async fn go_on(&self, job: &Job, request: &Request, grant: &Grant) -> Result<(), UseCaseError> {
        let core = self.core;
        // Until the audit channel was looked at nothing is granted, whatever policy says.
        if core.waits_for_witness() {
            return self
                .wait(job, grant, NotGranted::HeldUp(HeldUp::NotCompared))
                .await;
        }
        let (account, policy) = match self.last_look(request).await? {
            Last::Go { account, policy } => (account, policy),
            // Others could decide, but what a former attempt may have left must not wait for them.
            Last::AskAgain { approved_by, .. } => {
                return granting::undo(core, job, NotGranted::ApprovalStopped { approved_by }).await;
            }
            Last::No(why) => return granting::undo(core, job, why).await,
            Last::Later(why) => return self.wait(job, grant, why).await,
            Last::NotOurs => return self.wait(job, grant, NotGranted::AnotherConfig).await,
        };
        if let Some(held_up) = granting::held_up(core, &grant.granted.integration).await? {
            return self.wait(job, grant, NotGranted::HeldUp(held_up)).await;
        }
        if let Some(account) = account
            && !self.is_for(request, grant, &account).await?
        {
            return granting::undo(core, job, NotGranted::AccountChanged { account }).await;
        }
        match core.integrations().for_granted(&grant.granted) {
            Ok(integration) => self.attempt(job, integration, &grant.granted, &policy).await,
            Err(error) => granting::undo(core, job, NotGranted::TargetRefused(error.failure())).await,
        }
    }

    /// It cannot be tried now: it is tried later, or undone if there is no time left for that.
    async fn wait(&self, job: &Job, grant: &Grant, why: NotGranted) -> Result<(), UseCaseError> {
        let core = self.core;
        let next = core.now().plus(self.pause(job));
        if next.since(grant.first_tried_at) > core.rules().provision_for {
            return granting::undo(core, job, why).await;
        }
        step::try_again(core, job, next, &causes::not_granted(&why)).await
    }

    /// Whether what was planned is for this account, which the config may have replaced since.
    async fn is_for(&self, request: &Request, grant: &Grant, account: &str) -> Result<bool, UseCaseError> {
        let core = self.core;
        let Some(integration) = core.integrations().get(&request.integration).cloned() else {
            return Ok(true);
        };
        let planned = integration.prepare(&order(core, request, Some(account.to_owned())).await?);
        Ok(planned.is_ok_and(|planned| planned.principal == grant.granted.principal))
    }

    async fn attempt(
        &self,
        job: &Job,
        integration: Arc<dyn Integration>,
        granted: &Granted,
        policy: &str,
    ) -> Result<(), UseCaseError> {
        let core = self.core;
        let Some(grant) = granting::begin_attempt(core, job, granted).await? else {
            return Ok(());
        };
        let answer = integration.grant(&grant.granted, grant.until);
        match asked(&granted.integration, "grant", answer).await {
            Ok(confirmed) => granting::confirm(core, job, &confirmed, policy).await,
            Err(error @ IntegrationError::Refuse { .. }) => {
                granting::undo(core, job, NotGranted::TargetRefused(error.failure())).await
            }
            Err(error @ IntegrationError::Retry { .. }) => {
                let pause = pause_after(&error, job, FIRST_PAUSE, LONGEST_PAUSE);
                let next = core.now().plus(pause);
                if next.since(grant.first_tried_at) > core.rules().provision_for {
                    return granting::undo(core, job, NotGranted::TargetFailed(error.failure())).await;
                }
                tracing::warn!(%error, "granting is tried again");
                step::try_again(core, job, next, &error.to_string()).await
            }
        }
    }

    async fn last_look(&self, request: &Request) -> Result<Last, UseCaseError> {
        let core = self.core;
        let policy = core.policy();
        if core.store.active_policy().await?.as_deref() != Some(policy.digest.as_str()) {
            return Ok(Last::NotOurs);
        }
        let decisions = core.store.decisions(&request.id).await?;
        let approvers: Vec<PersonId> = decisions
            .into_iter()
            .filter(|decision| decision.counts)
            .map(|decision| decision.person)
            .collect();
        let facts = match fresh::for_granting(self.directory, request, &approvers, &policy).await {
            Ok(facts) => facts,
            // A directory that knows somebody no more says so more than once.
            Err(LookUpError::Unknown) => return Ok(Last::Later(NotGranted::SomebodyUnknown)),
            Err(error @ (LookUpError::NoAnswer(_) | LookUpError::AnotherPerson)) => {
                let said = error.to_string();
                return Ok(Last::Later(NotGranted::PeopleUnknown { said }));
            }
            Err(LookUpError::Store(error)) => return Err(error.into()),
        };
        let ask = Ask::of(request, Moment::Provision);
        let verdict = match decide(&policy, &facts, &ask, core.now()) {
            Ok(verdict) => verdict,
            Err(refusal @ (Refusal::StaleFacts | Refusal::Frozen { .. } | Refusal::RevokeOnly)) => {
                return Ok(Last::Later(NotGranted::Policy(refusal)));
            }
            Err(refusal) => return Ok(Last::No(NotGranted::Policy(refusal))),
        };
        let go = Last::Go {
            account: verdict.account.map(str::to_owned),
            policy: policy.digest.clone(),
        };
        Ok(match verdict.needs {
            Needs::Nothing => go,
            Needs::OneOf(candidates) => {
                let counts =
                    |person: &PersonId| candidates.iter().any(|candidate| candidate.person == *person);
                if approvers.iter().any(counts) {
                    go
                } else {
                    let known = approvers.iter().filter_map(|person| facts.person(person));
                    let approved_by = known.map(person_facts).collect();
                    Last::AskAgain {
                        facts,
                        candidates,
                        approved_by,
                    }
                }
            }
        })
    }
}

async fn order(core: &Core, request: &Request, account: Option<String>) -> Result<GrantOrder, UseCaseError> {
    let people = core
        .store
        .people_by_id(std::slice::from_ref(&request.grantee))
        .await?;
    let grantee = people.first().ok_or(UseCaseError::NoSuchRequest)?;
    let units = request.units.iter().map(|unit| OrderUnit {
        resource_id: unit.resource_id.clone(),
        resource_name: unit.resource_name.clone(),
        permission: unit.permission.clone(),
    });
    Ok(GrantOrder {
        install: core.install.clone(),
        request: request.number,
        grantee_name: grantee.name.clone(),
        account,
        units: units.collect(),
    })
}
