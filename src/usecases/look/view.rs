//! One request with everything that a card, a notice or a page says about it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use crate::access::extension::{ExtensionRefusal, ExtensionState};
use crate::access::flows::Extensions;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId, TextId};
use crate::access::people::Because;
use crate::access::request::{Request, State};
use crate::access::usage::Usage;
use crate::audit::cause::HeldUp;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::integrations::{Guarantees, Integration};
use crate::store::{
    Decision, DecisionVerdict, Extension, JobKind, KnownPerson, Message, MessageState, ReadDecisions,
    ReadEvents, ReadExtensions, ReadGrants, ReadMessages, ReadPeople, StoreError, Surface,
};

use super::super::facts::facts_with;
use super::super::held_up;
use super::super::not_reached::is_said;
use super::super::{Core, UseCaseError, extend};

/// A request as people see it.
#[derive(Clone, Debug)]
pub struct RequestView {
    pub request: Request,
    pub about: RequestFacts,
    /// In the requester's own words; `None` once redacted.
    pub justification: Option<String>,
    pub decisions: Vec<DecisionView>,
    pub grant: Option<Grant>,
    /// How it was used, as far as anything tells that.
    pub usage: Option<Usage>,
    /// Why the last try to give or to end the access failed; `None` if neither is under way, or it was not tried yet.
    pub not_yet: Option<String>,
    /// Who it did not reach, while it waits for an answer.
    pub not_reached: NotReached,
    /// Why nothing is granted on the integration now; shown on approved requests.
    pub held_up: Option<HeldUp>,
    /// In the order they were requested, whatever their outcome.
    pub extensions: Vec<ExtensionView>,
    /// How long it was requested for, without later extensions.
    pub at_first: Duration,
    /// What may be added to live access now, as far as the config alone can tell, or why nothing may.
    pub more: Result<Extensions, ExtensionRefusal>,
    /// What the integration's kind promises; `None` if nothing was granted and the integration is no longer in the config.
    pub guarantees: Option<Guarantees>,
    /// What the permissions are on the target, each once; empty if the config does not say.
    pub means: Vec<String>,
    /// Those of the permissions that the config calls sensitive.
    pub sensitive: Vec<String>,
    /// Hosts that people's words may link to.
    pub link_hosts: Arc<[String]>,
}

/// People who could answer but to whom Slack does not deliver messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotReached {
    /// By name.
    pub people: Vec<String>,
    /// Nobody else was asked.
    pub nobody_else: bool,
}

/// One answer, with the approver's name.
#[derive(Clone, Debug)]
pub struct DecisionView {
    pub by: PersonFacts,
    pub verdict: DecisionVerdict,
    pub decided_as: Because,
    pub reason: Option<String>,
    pub counts: bool,
}

/// One extension, with its people's names and words.
#[derive(Clone, Debug)]
pub struct ExtensionView {
    pub extension: Extension,
    pub asked_by: PersonFacts,
    pub words: Option<String>,
    pub decided_by: Option<PersonFacts>,
    pub reason: Option<String>,
}

impl ExtensionView {
    /// Whether it still waits for an answer that would do something.
    pub fn is_open(&self, of: &RequestView) -> bool {
        self.extension.state == ExtensionState::Pending && of.request.state == State::Granted
    }
}

/// Everything there is to show about a request.
pub async fn view(core: &Core, id: &RequestId) -> Result<Option<RequestView>, UseCaseError> {
    let Some(request) = core.store.request(id).await? else {
        return Ok(None);
    };
    let messages = match request.state {
        State::Pending => core.store.messages_of(id).await?,
        State::Approved
        | State::Granted
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => Vec::new(),
    };
    Ok(Some(view_with(core, request, &messages).await?))
}

/// The same for a request that was already read, and its messages, which matter while it waits for an answer. What
/// cannot exist in its state is not queried.
pub async fn view_with(
    core: &Core,
    request: Request,
    messages: &[Message],
) -> Result<RequestView, UseCaseError> {
    let stored = core.store.decisions(&request.id).await?;
    let (grant, extensions) = granted(core, &request).await?;
    let usage = match &grant {
        Some(_) => core.store.usage_of(&request.id).await?,
        None => None,
    };
    let out_of_reach = out_of_reach(core, &request, messages).await?;
    let people: BTreeSet<&PersonId> = [&request.requester, &request.grantee]
        .into_iter()
        .chain(stored.iter().map(|decision| &decision.person))
        .chain(extensions.iter().flat_map(people_in))
        .chain(&out_of_reach.people)
        .collect();
    let people: Vec<PersonId> = people.into_iter().cloned().collect();
    let people = core.store.people_by_id(&people).await?;
    let texts: Vec<TextId> = stored
        .iter()
        .filter_map(|decision| decision.reason.clone())
        .chain(extensions.iter().flat_map(texts_in))
        .chain([request.justification.clone()])
        .collect();
    let words = core.store.words(&texts).await?;
    let named = Named { people, words };
    let about = facts_with(&request, &named.people)?;
    let rules = core.rules();
    let integrations = &rules.integrations;
    let configured = integrations.get(&request.integration).cloned();
    let integration = match &grant {
        Some(grant) => integrations.for_granted(&grant.granted).ok(),
        None => configured.clone(),
    };
    Ok(RequestView {
        not_yet: not_yet(core, &request).await?,
        not_reached: out_of_reach.named(&named),
        held_up: held_up(core, &request).await?,
        at_first: extend::asked_at_first(&request, &extensions),
        more: extend::on_offer(&core.policy(), &request, &about.requester, &extensions),
        justification: named.text(Some(&request.justification)),
        decisions: named.decisions(stored),
        extensions: named.extensions(extensions),
        means: configured.map_or_else(Vec::new, |integration| means(&*integration, &request)),
        sensitive: rules
            .offered
            .sensitive(&request.integration, request.permissions()),
        link_hosts: rules.link_hosts,
        guarantees: integration.map(|integration| integration.guarantees()),
        request,
        about,
        grant,
        usage,
    })
}

/// What the units are on the target, each once.
fn means(integration: &dyn Integration, request: &Request) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for unit in &request.units {
        let one = integration.means(&unit.permission, &unit.resource_name);
        found.extend(one.filter(|one| !found.contains(one)));
    }
    found
}

/// What the target has or had of it, and how it was extended: only granted access ever is.
async fn granted(core: &Core, request: &Request) -> Result<(Option<Grant>, Vec<Extension>), StoreError> {
    let grant = match request.state {
        State::Pending | State::Rejected(_) | State::Cancelled => None,
        State::Approved
        | State::Granted
        | State::Revoking(_)
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => core.store.grant(&request.id).await?,
    };
    let extensions = match &grant {
        Some(_) => core.store.extensions(&request.id).await?,
        None => Vec::new(),
    };
    Ok((grant, extensions))
}

async fn not_yet(core: &Core, request: &Request) -> Result<Option<String>, StoreError> {
    let kind = match request.state {
        State::Approved => JobKind::Provision,
        State::Revoking(_) => JobKind::Revoke,
        State::Pending
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => return Ok(None),
    };
    let job = core.store.job(kind, request.id.as_str()).await?;
    Ok(job.and_then(|job| job.last_error))
}

async fn held_up(core: &Core, request: &Request) -> Result<Option<HeldUp>, StoreError> {
    match request.state {
        State::Approved => held_up::on(core, &request.integration).await,
        State::Pending
        | State::Granted
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => Ok(None),
    }
}

/// Approvers to whom Slack does not deliver messages.
#[derive(Default)]
struct OutOfReach {
    people: Vec<PersonId>,
    nobody_else: bool,
}

async fn out_of_reach(
    core: &Core,
    request: &Request,
    messages: &[Message],
) -> Result<OutOfReach, StoreError> {
    let cards: Vec<&Message> = messages
        .iter()
        .filter(|card| card.surface == Surface::ApproverCard && card.state != MessageState::Dead)
        .collect();
    // One that is being retried right now was refused before.
    let was_tried = |card: &&&Message| card.state != MessageState::Shown && card.retry.is_some();
    if request.state != State::Pending || !cards.iter().any(|card| was_tried(&card)) {
        return Ok(OutOfReach::default());
    }
    let events = core.store.events_of(&request.id).await?;
    let people: Vec<PersonId> = cards
        .iter()
        .filter(|card| was_tried(card) && is_said(&events, &card.person))
        .map(|card| card.person.clone())
        .collect();
    Ok(OutOfReach {
        nobody_else: !people.is_empty() && cards.iter().all(|card| people.contains(&card.person)),
        people,
    })
}

impl OutOfReach {
    fn named(self, named: &Named) -> NotReached {
        let people = named
            .people
            .iter()
            .filter(|person| self.people.contains(&person.id));
        NotReached {
            people: people.map(|person| PersonFacts::from(person).named()).collect(),
            nobody_else: self.nobody_else,
        }
    }
}

fn people_in(extension: &Extension) -> impl Iterator<Item = &PersonId> {
    let decider = extension.decided_by.as_ref().map(|(person, _)| person);
    [Some(&extension.asked_by), decider].into_iter().flatten()
}

fn texts_in(extension: &Extension) -> impl Iterator<Item = TextId> {
    [extension.words.clone(), extension.reason.clone()]
        .into_iter()
        .flatten()
}

/// The people and texts that a request names, as they are shown.
struct Named {
    people: Vec<KnownPerson>,
    words: HashMap<TextId, String>,
}

impl Named {
    fn facts(&self, id: &PersonId) -> Option<PersonFacts> {
        let mut people = self.people.iter();
        people.find(|person| person.id == *id).map(PersonFacts::from)
    }

    fn text(&self, id: Option<&TextId>) -> Option<String> {
        id.and_then(|id| self.words.get(id).cloned())
    }

    fn decisions(&self, stored: Vec<Decision>) -> Vec<DecisionView> {
        let views = stored.into_iter().filter_map(|decision| {
            Some(DecisionView {
                by: self.facts(&decision.person)?,
                verdict: decision.verdict,
                decided_as: decision.decided_as,
                reason: self.text(decision.reason.as_ref()),
                counts: decision.counts,
            })
        });
        views.collect()
    }

    fn extensions(&self, stored: Vec<Extension>) -> Vec<ExtensionView> {
        let views = stored.into_iter().filter_map(|extension| {
            let decider = extension.decided_by.as_ref().map(|(person, _)| person);
            Some(ExtensionView {
                asked_by: self.facts(&extension.asked_by)?,
                words: self.text(extension.words.as_ref()),
                decided_by: decider.and_then(|id| self.facts(id)),
                reason: self.text(extension.reason.as_ref()),
                extension,
            })
        });
        views.collect()
    }
}
