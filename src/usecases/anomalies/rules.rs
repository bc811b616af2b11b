//! The facts for each rule: a few of the newest requests of one person, found by their indexes.

use crate::access::anomaly::{
    ASKS_OFTEN, Kind, NIGHTS, QUICK, QUICK_IN_A_ROW, REFUSED_IN_A_ROW, REJECTED_WITHIN, SIMILAR, alike,
    in_a_row, is_at_night, is_said_at, silence,
};
use crate::access::filter::{DecidedBy, Filter, Span, Status};
use crate::access::ids::RequestNumber;
use crate::access::reader::Reader;
use crate::access::request::{RejectCause, Request, State};
use crate::audit::anomaly::Anomaly;
use crate::audit::event::{Actor, PersonFacts, RequestFacts};
use crate::people::Directory;
use crate::store::{Found, Page, ReadEvents, Store, StoreError, StoredEvent};

/// Newest requests that are looked at: more than any rule counts to.
const NEWEST: u64 = 60;

/// Other requests that a finding names, the newest ones.
const NAMED: usize = 10;

/// Units that are looked up one by one.
const UNITS: usize = 10;

/// An event of a request, and what it is looked up in.
pub(super) struct Looked<'a> {
    pub(super) store: &'a Store,
    /// Of everything: what is noticed goes to those who read everything.
    pub(super) reader: &'a Reader,
    pub(super) directory: &'a dyn Directory,
    pub(super) stored: &'a StoredEvent,
    pub(super) about: &'a RequestFacts,
}

/// What a finding counts, and the other requests that it is about.
struct Counted {
    count: usize,
    others: Vec<RequestNumber>,
}

impl Looked<'_> {
    /// Somebody asks.
    pub(super) async fn asked(&self) -> Result<Vec<Anomaly>, StoreError> {
        let requester = &self.about.requester;
        let filter = Filter {
            requester: Some(requester.id.clone()),
            ..Filter::default()
        };
        let before = self.found(&filter, NEWEST).await?;
        let mut noticed = Vec::new();
        let now = self.stored.event.at;
        if let Some(last) = before.first()
            && let Some(silent) = silence(last.request.created_at, now)
        {
            let days = usize::try_from(silent.as_secs() / 86_400).unwrap_or(usize::MAX);
            let counted = Counted {
                count: days,
                others: vec![last.request.number],
            };
            noticed.push(
                self.anomaly(Kind::AfterSilence, requester, counted, "requested")
                    .await?,
            );
        }
        for (kind, counted) in [
            (Kind::ManyAtNight, self.at_night(&before)),
            (Kind::SelfSimilar, self.self_similar(&before).await?),
        ] {
            if let Some(counted) = counted {
                noticed.push(self.anomaly(kind, requester, counted, "requested").await?);
            }
        }
        if before.len() >= ASKS_OFTEN
            && let Some(resource) = self.new_resource(&filter).await?
        {
            let counted = Counted {
                count: 1,
                others: Vec::new(),
            };
            let found = self
                .anomaly(Kind::NewResource, requester, counted, "requested")
                .await?;
            noticed.push(Anomaly {
                resource: Some(resource),
                ..found
            });
        }
        Ok(noticed)
    }

    fn at_night(&self, before: &[Found]) -> Option<Counted> {
        let now = self.stored.event.at;
        let zone = self.directory.known().zone(&self.about.requester.account.id);
        let is_so = |at| is_at_night(at, zone.as_deref());
        let (within, of) = NIGHTS;
        let since = now.minus(within);
        let nights = before.iter().map(|found| &found.request);
        let nights = nights.filter(|request| request.created_at >= since && is_so(request.created_at));
        counted(is_so(now), nights, of)
    }

    async fn self_similar(&self, before: &[Found]) -> Result<Option<Counted>, StoreError> {
        let (within, of) = SIMILAR;
        let since = self.stored.event.at.minus(within);
        let lately = before.iter().map(|found| &found.request);
        let lately: Vec<&Request> = lately.filter(|request| request.created_at >= since).collect();
        // Fewer than are said need no look at the words.
        if lately.len() + 1 < of {
            return Ok(None);
        }
        let this = self.store.requests_numbered(&[self.about.number]).await?;
        let Some(this) = this.first().map(|found| &found.request.justification) else {
            return Ok(None);
        };
        let texts = lately.iter().map(|request| request.justification.clone());
        let words = self
            .store
            .words(&texts.chain([this.clone()]).collect::<Vec<_>>())
            .await?;
        let said = |id| words.get(id).map(|text| alike(text)).unwrap_or_default();
        let wanted = said(this);
        let same = lately
            .into_iter()
            .filter(|request| said(&request.justification) == wanted);
        Ok(counted(!wanted.is_empty(), same, of))
    }

    /// The first resource that they never asked for before.
    async fn new_resource(&self, of_requester: &Filter) -> Result<Option<String>, StoreError> {
        for resource in self.about.resources.iter().take(UNITS) {
            let filter = Filter {
                integration: Some(self.about.integration.clone()),
                resource: Some(resource.clone()),
                ..of_requester.clone()
            };
            if self.numbers(&filter, 1).await?.is_empty() {
                return Ok(Some(resource.clone()));
            }
        }
        Ok(None)
    }

    /// Somebody approves.
    pub(super) async fn approved(&self) -> Result<Vec<Anomaly>, StoreError> {
        let Actor::Person(approver) = &self.stored.event.actor else {
            return Ok(Vec::new());
        };
        let mut noticed = Vec::new();
        if let Some(rejected) = self.rejected_before().await? {
            let counted = Counted {
                count: 1,
                others: vec![rejected],
            };
            let found = self
                .anomaly(Kind::ApprovedAfterRejection, approver, counted, "rejected")
                .await?;
            noticed.push(found);
        }
        if let Some(counted) = self.quick(approver).await? {
            noticed.push(
                self.anomaly(Kind::QuickApprover, approver, counted, "approved")
                    .await?,
            );
        }
        Ok(noticed)
    }

    /// The newest request of the same person for one of the same resources and permissions that somebody rejected.
    async fn rejected_before(&self) -> Result<Option<RequestNumber>, StoreError> {
        let this = self.store.requests_numbered(&[self.about.number]).await?;
        let units = this
            .first()
            .map(|found| found.request.units.clone())
            .unwrap_or_default();
        let mut newest = None;
        for unit in units.into_iter().take(UNITS) {
            let filter = Filter {
                requester: Some(self.about.requester.id.clone()),
                integration: Some(self.about.integration.clone()),
                resource: Some(unit.resource_name),
                permission: Some(unit.permission),
                status: vec![Status::Rejected],
                decided_by: Some(DecidedBy::Person),
                decided: Span {
                    from: Some(self.stored.event.at.minus(REJECTED_WITHIN)),
                    to: None,
                },
                ..Filter::default()
            };
            newest = newest.max(self.numbers(&filter, 1).await?.first().copied());
        }
        Ok(newest)
    }

    async fn quick(&self, approver: &PersonFacts) -> Result<Option<Counted>, StoreError> {
        let filter = Filter {
            approver: Some(approver.id.clone()),
            decided_by: Some(DecidedBy::Person),
            ..Filter::default()
        };
        // This one is among them.
        let newest = self
            .store
            .requests_like(self.reader, &filter, Page::First, NEWEST)
            .await?
            .items;
        let is_quick = |found: &Found| {
            let decided = found.became.decided_at;
            decided.is_some_and(|decided| decided.since(found.request.created_at) <= QUICK)
                && !matches!(found.request.state, State::Rejected(_))
        };
        let count = in_a_row(newest.iter().map(is_quick));
        let others = newest.iter().take(count).map(|found| found.request.number);
        let others = others.filter(|number| *number != self.about.number).take(NAMED);
        Ok(is_said_at(count, QUICK_IN_A_ROW).then(|| Counted {
            count,
            others: others.collect(),
        }))
    }

    /// Somebody's request is rejected.
    pub(super) async fn rejected(&self) -> Result<Vec<Anomaly>, StoreError> {
        let requester = &self.about.requester;
        let filter = Filter {
            requester: Some(requester.id.clone()),
            decided_by: Some(DecidedBy::Person),
            ..Filter::default()
        };
        // This one is among them.
        let newest = self
            .store
            .requests_like(self.reader, &filter, Page::First, NEWEST)
            .await?
            .items;
        let is_refused = |found: &Found| found.request.state == State::Rejected(RejectCause::ByApprover);
        let count = in_a_row(newest.iter().map(is_refused));
        if !is_said_at(count, REFUSED_IN_A_ROW) {
            return Ok(Vec::new());
        }
        let others = newest.iter().take(count).map(|found| found.request.number);
        let counted = Counted {
            count,
            others: others
                .filter(|number| *number != self.about.number)
                .take(NAMED)
                .collect(),
        };
        Ok(vec![
            self.anomaly(Kind::RefusalsInARow, requester, counted, "rejected")
                .await?,
        ])
    }

    /// Requests before this one, newest first.
    async fn found(&self, filter: &Filter, limit: u64) -> Result<Vec<Found>, StoreError> {
        let page = Page::Before(self.about.number.0);
        Ok(self
            .store
            .requests_like(self.reader, filter, page, limit)
            .await?
            .items)
    }

    async fn numbers(&self, filter: &Filter, limit: u64) -> Result<Vec<RequestNumber>, StoreError> {
        let page = Page::Before(self.about.number.0);
        Ok(self
            .store
            .numbers_like(self.reader, filter, page, limit)
            .await?
            .items)
    }

    /// It rests on this event, and on those of this name about the other requests.
    async fn anomaly(
        &self,
        kind: Kind,
        person: &PersonFacts,
        counted: Counted,
        name: &str,
    ) -> Result<Anomaly, StoreError> {
        let mut rests_on = vec![self.stored.seq];
        for other in self.store.requests_numbered(&counted.others).await? {
            let events = self.store.events_of(&other.request.id).await?;
            let named = events.iter().rev().find(|event| event.event.what.name() == name);
            rests_on.extend(named.map(|event| event.seq));
        }
        rests_on.sort_unstable();
        Ok(Anomaly {
            kind,
            person: person.clone(),
            request: self.about.number,
            integration: self.about.integration.clone(),
            count: counted.count as u64,
            others: counted.others,
            resource: None,
            rests_on,
        })
    }
}

/// This one, if it is so, with the others that are.
fn counted<'a>(is_so: bool, others: impl Iterator<Item = &'a Request>, of: usize) -> Option<Counted> {
    let others: Vec<RequestNumber> = others.map(|request| request.number).collect();
    let count = others.len() + 1;
    (is_so && is_said_at(count, of)).then(|| Counted {
        count,
        others: others.into_iter().take(NAMED).collect(),
    })
}
