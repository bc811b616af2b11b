//! Which events a list of the trail shows.

use super::anomaly::Anomaly;
use super::event::{Actor, Event, PersonFacts, What, Whole};
use super::on_target::OnTarget;
use super::portal::Portal;
use super::read::{About, Read};
use crate::access::filter::Span;
use crate::access::ids::{PersonId, RequestNumber};
use crate::access::named::named;
use crate::access::people::{Account, AccountKind};

/// Only events for which all of these are true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WantedEvents {
    pub family: Option<Family>,
    /// Of this kind, by the name in the trail.
    pub name: Option<String>,
    pub by: Option<By>,
    pub about: Option<Subject>,
    /// About this integration, or a request on it.
    pub integration: Option<String>,
    /// When they happened.
    pub time: Span,
}

/// Who acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// apono itself.
    Apono,
    /// A person. Events from before two accounts turned out to be one person's have another id, so the accounts decide too.
    Person {
        id: PersonId,
        accounts: Vec<Account>,
        /// Their addresses. What somebody without an account in Slack did has nothing else in common with the person whose account got
        /// the address later.
        addresses: Vec<String>,
    },
}

/// Whom or what events are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Request(RequestNumber),
    /// A person, with their accounts for the same reason as of [`By::Person`].
    Person {
        id: PersonId,
        accounts: Vec<Account>,
    },
}

impl WantedEvents {
    /// Whether they let an event through, its time aside.
    pub fn let_through(&self, event: &Event) -> bool {
        let what = &event.what;
        self.family.is_none_or(|family| what.family() == family)
            && self.name.as_ref().is_none_or(|name| what.name() == name)
            && self.by.as_ref().is_none_or(|by| by.is(&event.actor))
            && self.about.as_ref().is_none_or(|about| about.is_of(event))
            && self
                .integration
                .as_ref()
                .is_none_or(|name| event.integration() == Some(name))
    }
}

impl By {
    fn is(&self, actor: &Actor) -> bool {
        match (self, actor) {
            (Self::Apono, Actor::Apono) => true,
            (
                Self::Person {
                    id,
                    accounts,
                    addresses,
                },
                Actor::Person(person),
            ) => {
                let is_by_role = person.account.kind == AccountKind::Issuer;
                let has_address = |email: &String| addresses.contains(email);
                person.id == *id
                    || accounts.contains(&person.account)
                    || is_by_role && person.email.as_ref().is_some_and(has_address)
            }
            (Self::Person { accounts, .. }, Actor::Stranger { account, .. }) => accounts.contains(account),
            (Self::Apono, Actor::Person(_) | Actor::Stranger { .. })
            | (Self::Person { .. }, Actor::Apono) => false,
        }
    }
}

impl Subject {
    fn is_of(&self, event: &Event) -> bool {
        match self {
            Self::Request(number) => {
                let read = match &event.what {
                    What::Read(Read {
                        about: Some(About::Request(number)),
                        ..
                    }) => Some(number),
                    _ => None,
                };
                let about = event.request.as_ref().map(|request| &request.number);
                about.or(read) == Some(number)
            }
            Self::Person { id, accounts } => event
                .people()
                .any(|person| person.id == *id || accounts.contains(&person.account)),
        }
    }
}

named! {
    /// What an event is about.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Family {
        /// What is asked for and decided.
        Requests = "requests",
        /// What is granted, extended and ended.
        Access = "access",
        /// What is found on targets.
        Targets = "targets",
        /// What admins and operators change: config, tokens, keys, brakes, people, the database, starts and stops.
        Administration = "administration",
        Refusals = "refusals",
        /// What is unusual about how people ask and answer.
        Anomalies = "anomalies",
        /// Who signs in to the portal, and what leaves as a file.
        Portal = "portal",
        /// Who read what about others.
        Reads = "reads",
        Days = "days",
    }
}

impl What {
    /// What it is about.
    pub const fn family(&self) -> Family {
        match self {
            Self::Requested { .. }
            | Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Lapsed { .. }
            | Self::Cancelled { .. }
            | Self::Reopened { .. }
            | Self::TurnedDown { .. }
            | Self::NotReached { .. }
            | Self::ExtensionAsked { .. }
            | Self::ExtensionRejected { .. }
            | Self::ExtensionLapsed { .. } => Family::Requests,
            Self::Granted { .. }
            | Self::Revoking { .. }
            | Self::Revoked(_)
            | Self::Expired(_)
            | Self::Failed { .. }
            | Self::CredentialsShown { .. }
            | Self::CleanedUp { .. }
            | Self::Extended { .. }
            | Self::ExtensionConfirmed { .. }
            | Self::ExtensionFailed { .. }
            | Self::Overdue(_)
            | Self::Reviewing(_) => Family::Access,
            Self::OnTarget(_) => Family::Targets,
            Self::Genesis
            | Self::Started { .. }
            | Self::Stopped
            | Self::PolicyChanged { .. }
            | Self::PolicyChangedFurther { .. }
            | Self::ReloadRefused { .. }
            | Self::TokensExchanged { .. }
            | Self::AuthorityRecorded { .. }
            | Self::AuthorityRefused { .. }
            | Self::Blocked { .. }
            | Self::Unblocked { .. }
            | Self::Frozen { .. }
            | Self::Thawed { .. }
            | Self::RevokeAll { .. }
            | Self::Joined { .. }
            | Self::AddressAccepted { .. }
            | Self::Restored(_)
            | Self::ToSink(_) => Family::Administration,
            Self::Refused { .. } | Self::RefusedAgain { .. } => Family::Refusals,
            Self::Portal(_) | Self::Exported(_) | Self::Reporting(_) => Family::Portal,
            Self::Anomaly(_) => Family::Anomalies,
            Self::Read(_) => Family::Reads,
            Self::Day(_) => Family::Days,
        }
    }
}

impl Event {
    /// Whom it is about, by its request or by what it says itself.
    fn people(&self) -> impl Iterator<Item = &PersonFacts> {
        let said = match &self.what {
            What::Joined { person, same_as } => vec![person, same_as],
            What::AddressAccepted { was, now, .. } => was.iter().chain([now]).collect(),
            What::Blocked { person, .. }
            | What::Unblocked { person }
            | What::NotReached { person, .. }
            | What::Portal(Portal::SignedOut { person, .. } | Portal::IdentityBound { person, .. })
            | What::RevokeAll {
                whole: Whole::Person(person),
                ..
            }
            | What::Read(Read {
                about: Some(About::Person(person)),
                ..
            }) => vec![person],
            What::Anomaly(anomaly) => vec![&anomaly.person],
            _ => Vec::new(),
        };
        let request = self.request.as_ref();
        let of_request = request
            .into_iter()
            .flat_map(|request| [Some(&request.requester), request.grantee.as_ref()]);
        of_request.flatten().chain(said)
    }

    /// The integration that it is about, by its request or by what it says itself.
    pub fn integration(&self) -> Option<&String> {
        let said = match &self.what {
            What::Frozen { integration, .. }
            | What::Thawed { integration }
            | What::AuthorityRecorded { integration, .. }
            | What::AuthorityRefused { integration, .. }
            | What::RevokeAll {
                whole: Whole::Integration(integration),
                ..
            }
            | What::OnTarget(
                OnTarget::Adopted { integration, .. }
                | OnTarget::Ended { integration, .. }
                | OnTarget::Cleaned { integration, .. }
                | OnTarget::LeftOver { integration, .. },
            )
            | What::Read(Read {
                about: Some(About::Integration(integration) | About::Resource { integration, .. }),
                ..
            })
            | What::Anomaly(Anomaly { integration, .. }) => Some(integration),
            _ => None,
        };
        said.or_else(|| self.request.as_ref().map(|request| &request.integration))
    }
}

#[cfg(test)]
mod tests {
    use super::super::event::{Origin, Via};
    use super::*;
    use crate::access::ids::InstallId;
    use crate::access::time::Timestamp;

    fn frozen_by(actor: Actor) -> Event {
        let origin = Origin {
            via: Via::Slack,
            cause: "env-1".to_owned(),
            actor,
        };
        let what = What::Frozen {
            integration: "orders-db".to_owned(),
            reason: None,
        };
        Event::new(
            Timestamp::from_micros(1),
            InstallId::new("abcdefgh"),
            origin,
            None,
            what,
        )
    }

    fn person(id: &str, user: &str) -> Actor {
        Actor::Person(PersonFacts {
            id: PersonId::new(id),
            name: "Ada Lind".to_owned(),
            email: None,
            account: Account::slack(user),
        })
    }

    #[test]
    fn an_event_is_found_by_what_it_is_about_and_who_acted() {
        let event = frozen_by(person("p1", "U0ADA"));
        let by = |id: &str, user: &str| {
            Some(By::Person {
                id: PersonId::new(id),
                accounts: vec![Account::slack(user)],
                addresses: vec!["audit@firm.example".to_owned()],
            })
        };
        let all = WantedEvents::default();
        let wanted = |change: &dyn Fn(&mut WantedEvents)| {
            let mut wanted = all.clone();
            change(&mut wanted);
            wanted.let_through(&event)
        };
        assert!(wanted(&|_| {}));
        assert!(wanted(&|wanted| wanted.family = Some(Family::Administration)));
        assert!(!wanted(&|wanted| wanted.family = Some(Family::Access)));
        assert!(wanted(&|wanted| wanted.name = Some("frozen".to_owned())));
        assert!(!wanted(&|wanted| wanted.name = Some("thawed".to_owned())));
        assert!(wanted(&|wanted| wanted.integration = Some("orders-db".to_owned())));
        assert!(!wanted(&|wanted| wanted.integration = Some("orders".to_owned())));
        assert!(wanted(&|wanted| wanted.by = by("p1", "U0NEW")));
        assert!(
            wanted(&|wanted| wanted.by = by("p2", "U0ADA")),
            "they were joined since"
        );
        assert!(!wanted(&|wanted| wanted.by = by("p2", "U0NEW")));
        assert!(!wanted(&|wanted| wanted.by = Some(By::Apono)));
        let without_account = |email: &str| {
            frozen_by(Actor::Person(PersonFacts {
                id: PersonId::new("p3"),
                name: email.to_owned(),
                email: Some(email.to_owned()),
                account: Account::of_issuer("https://id.example", "U0ADA"),
            }))
        };
        let hers = WantedEvents {
            by: by("p2", "U0ADA"),
            ..all.clone()
        };
        assert!(
            hers.let_through(&without_account("audit@firm.example")),
            "before she had a Slack account"
        );
        assert!(!hers.let_through(&without_account("other@firm.example")));
        let own = WantedEvents {
            by: Some(By::Apono),
            ..all
        };
        assert!(own.let_through(&frozen_by(Actor::Apono)));
    }
}
