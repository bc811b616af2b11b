//! The last check before each try of granting: is it still allowed, does anything hold it up, and what would be granted.

use std::sync::Arc;

use crate::access::flows::Policy;
use crate::access::grant::{Grant, Granted};
use crate::access::ids::PersonId;
use crate::access::people::Facts;
use crate::access::policy::{Ask, Candidate, Moment, Refusal, Verdict, decide};
use crate::access::progress::{Answered, Progress, progress};
use crate::access::request::Request;
use crate::audit::cause::{HeldUp, NotGranted};
use crate::audit::event::PersonFacts;
use crate::integrations::{GrantOrder, Integration, OrderUnit};
use crate::people::{Directory, LookUpError, fresh};
use crate::store::{Decision, DecisionVerdict, ReadDecisions, ReadPeople, ReadPolicies};
use crate::usecases::{Core, UseCaseError, held_up, person_facts};

/// What is to be granted, and where.
pub(super) struct Go {
    pub(super) integration: Arc<dyn Integration>,
    pub(super) granted: Granted,
    /// The digest of the policy that allows it.
    pub(super) policy: String,
}

/// The outcome of the last check.
pub(super) enum Last {
    Go(Go),
    /// The approval no longer counts, but these can decide. Nothing was touched.
    AskAgain {
        facts: Facts,
        candidates: Vec<Candidate>,
        approved_by: Vec<PersonFacts>,
    },
    No(NotGranted),
    /// It cannot be decided or done now.
    Later(NotGranted),
    /// Another config is active: a process that runs with it decides. Nothing was touched.
    NotOurs,
}

/// What policy and approvals say.
enum Said {
    Yes(Allowed),
    Not(Last),
}

/// What policy and approvals allow.
struct Allowed {
    /// The grantee's own account, if the policy names people's own.
    account: Option<String>,
    /// The digest of the policy that allows it.
    policy: String,
}

/// Checks `request`; `before` is its grant if the target may have been touched.
pub(super) async fn last_look(
    core: &Core,
    directory: &dyn Directory,
    request: &Request,
    before: Option<&Grant>,
) -> Result<Last, UseCaseError> {
    match before {
        None => first(core, directory, request).await,
        Some(grant) => again(core, directory, request, grant).await,
    }
}

/// Nothing was touched yet: nobody is looked up for a request that is held up anyway.
async fn first(core: &Core, directory: &dyn Directory, request: &Request) -> Result<Last, UseCaseError> {
    if let Some(held_up) = held_up::on(core, &request.integration).await? {
        return Ok(Last::Later(NotGranted::HeldUp(held_up)));
    }
    match ask(core, directory, request).await? {
        Said::Yes(allowed) => plan(core, request, allowed).await,
        Said::Not(last) => Ok(last),
    }
}

/// It was tried before, and nobody knows what the target has: what policy refuses is undone, whatever holds up the rest.
async fn again(
    core: &Core,
    directory: &dyn Directory,
    request: &Request,
    grant: &Grant,
) -> Result<Last, UseCaseError> {
    // Nothing is granted until the audit channel was read, whatever policy says.
    if core.waits_for_witness() {
        return Ok(Last::Later(NotGranted::HeldUp(HeldUp::NotCompared)));
    }
    let allowed = match ask(core, directory, request).await? {
        Said::Yes(allowed) => allowed,
        // Others could decide, but what an earlier attempt may have left must not wait for them.
        Said::Not(Last::AskAgain { approved_by, .. }) => {
            return Ok(Last::No(NotGranted::ApprovalStopped { approved_by }));
        }
        Said::Not(Last::NotOurs) => return Ok(Last::Later(NotGranted::AnotherConfig)),
        Said::Not(last) => return Ok(last),
    };
    if let Some(held_up) = held_up::on(core, &grant.granted.integration).await? {
        return Ok(Last::Later(NotGranted::HeldUp(held_up)));
    }
    as_planned(core, request, grant, allowed).await
}

/// Asks policy and approvals, with fresh facts.
async fn ask(core: &Core, directory: &dyn Directory, request: &Request) -> Result<Said, UseCaseError> {
    let policy = core.policy();
    if core.store.active_policy().await?.as_deref() != Some(policy.digest.as_str()) {
        return Ok(Said::Not(Last::NotOurs));
    }
    let mut decisions = core.store.decisions(&request.id).await?;
    decisions.retain(|decision| decision.counts);
    let approvers: Vec<PersonId> = decisions.iter().map(|decision| decision.person.clone()).collect();
    let facts = match fresh::for_granting(directory, request, &approvers, &policy).await {
        Ok(facts) => facts,
        // A directory that no longer knows somebody says so more than once.
        Err(LookUpError::Unknown) => return Ok(Said::Not(Last::Later(NotGranted::SomebodyUnknown))),
        Err(error @ (LookUpError::NoAnswer(_) | LookUpError::AnotherPerson)) => {
            let said = error.to_string();
            return Ok(Said::Not(Last::Later(NotGranted::PeopleUnknown { said })));
        }
        Err(LookUpError::Store(error)) => return Err(error.into()),
    };
    let ask = Ask::of(request, Moment::Provision);
    Ok(match decide(&policy, &facts, &ask, core.now()) {
        Ok(verdict) => count(&policy, &verdict, facts, &decisions),
        Err(refusal @ (Refusal::StaleFacts | Refusal::Frozen { .. } | Refusal::RevokeOnly)) => {
            Said::Not(Last::Later(NotGranted::Policy(refusal)))
        }
        Err(refusal) => Said::Not(Last::No(NotGranted::Policy(refusal))),
    })
}

/// Whether the earlier answers are enough under the present verdict.
fn count(policy: &Policy, verdict: &Verdict<'_>, facts: Facts, decisions: &[Decision]) -> Said {
    let answers: Vec<Answered<'_>> = decisions.iter().map(Decision::answered).collect();
    let known = decisions
        .iter()
        .filter(|decision| decision.verdict == DecisionVerdict::Approve)
        .filter_map(|decision| facts.person(&decision.person));
    let approved_by = known.map(person_facts).collect();
    match progress(verdict, &answers) {
        Progress::Done(_) => Said::Yes(Allowed {
            account: verdict.account.map(str::to_owned),
            policy: policy.digest.clone(),
        }),
        Progress::WaitsFor(candidates) => Said::Not(Last::AskAgain {
            candidates: candidates.to_vec(),
            approved_by,
            facts,
        }),
        // A rejected request is never approved.
        Progress::Rejected(_) => Said::Not(Last::No(NotGranted::ApprovalStopped { approved_by })),
    }
}

/// What would be granted, as the config says now.
async fn plan(core: &Core, request: &Request, allowed: Allowed) -> Result<Last, UseCaseError> {
    if let Some(gone) = core.rules().offered.lacks(request) {
        return Ok(Last::No(NotGranted::Gone(gone)));
    }
    let Some(integration) = core.integrations().get(&request.integration).cloned() else {
        let integration = request.integration.clone();
        return Ok(Last::Later(NotGranted::NoIntegration { integration }));
    };
    // The approver saw the kind that it was requested for.
    if integration.kind() != request.kind {
        return Ok(Last::No(kind_changed(&*integration)));
    }
    let Allowed { account, policy } = allowed;
    Ok(match integration.prepare(&order(core, request, account).await?) {
        Ok(granted) => Last::Go(Go {
            integration,
            granted,
            policy,
        }),
        Err(error) => Last::No(NotGranted::TargetRefused(error.failure())),
    })
}

/// The earlier plan, unless the config now names another account for the grantee.
async fn as_planned(
    core: &Core,
    request: &Request,
    grant: &Grant,
    allowed: Allowed,
) -> Result<Last, UseCaseError> {
    if let Some(integration) = core.integrations().get(&grant.granted.integration)
        && integration.kind() != grant.granted.kind
    {
        return Ok(Last::No(kind_changed(&**integration)));
    }
    let Allowed { account, policy } = allowed;
    if let Some(account) = account
        && !is_for(core, request, grant, &account).await?
    {
        return Ok(Last::No(NotGranted::AccountChanged { account }));
    }
    Ok(match core.integrations().for_granted(&grant.granted) {
        Ok(integration) => Last::Go(Go {
            integration,
            granted: grant.granted.clone(),
            policy,
        }),
        Err(error) => Last::No(NotGranted::TargetRefused(error.failure())),
    })
}

fn kind_changed(integration: &dyn Integration) -> NotGranted {
    NotGranted::KindChanged {
        kind: integration.kind().to_owned(),
    }
}

/// Whether what was planned is for this account, which the config may have replaced since.
async fn is_for(core: &Core, request: &Request, grant: &Grant, account: &str) -> Result<bool, UseCaseError> {
    let Some(integration) = core.integrations().get(&request.integration).cloned() else {
        return Ok(true);
    };
    let planned = integration.prepare(&order(core, request, Some(account.to_owned())).await?);
    Ok(planned.is_ok_and(|planned| planned.principal == grant.granted.principal))
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
