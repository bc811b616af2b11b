//! What is allowed in a config but probably a mistake: flows that can never match, names that nothing uses.
//!
//! Invariant: a doubt never makes a config invalid. A flow that is reported as shadowed is shadowed whatever is on the
//! targets.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use crate::access::duration::compact;
use crate::access::flows::{Approval, Flow, PersonRef, Who, named, person_of};
use crate::access::matching::covers_permission;
use crate::document::{Document, Section, suggestion};
use crate::integrations::IntegrationConfig;
use crate::sinks::SinkConfig;

/// What the doubts look at.
pub(super) struct Subject<'a> {
    pub(super) groups: &'a BTreeMap<String, Vec<PersonRef>>,
    /// The accounts of each person who has several.
    pub(super) people: &'a [Vec<PersonRef>],
    pub(super) integrations: &'a [IntegrationConfig],
    /// The shortest access that can be requested.
    pub(super) min_duration: Duration,
    /// With their positions, in file order.
    pub(super) flows: &'a [(Flow, Range<usize>)],
    pub(super) sinks: &'a [SinkConfig],
    /// Several replicas can use the bot's database.
    pub(super) replicas: bool,
}

/// Records every doubt about a file that has no problems.
pub(super) fn look(root: &Section<'_>, subject: &Subject<'_>) {
    let doc = root.doc;
    for (at, (flow, span)) in subject.flows.iter().enumerate() {
        let doubts = [
            subject.retired(flow),
            subject.shadowed(flow, at),
            subject.finds_nothing(flow),
            subject.answers_itself(flow),
            subject.twin(flow, at),
            subject.too_short(flow),
        ];
        for doubt in doubts.into_iter().flatten() {
            doc.doubt(span.clone(), doubt);
        }
    }
    subject.unused_groups(root);
    subject.unused_integrations(doc);
    for sink in subject.sinks {
        let doubts = [subject.writes_here(sink), subject.sends_nothing(sink)];
        for doubt in doubts.into_iter().flatten() {
            doc.doubt_at(sink.place, doubt);
        }
    }
}

impl Subject<'_> {
    /// Each by one of their accounts.
    fn people<'s>(&'s self, who: &'s [Who]) -> BTreeSet<&'s PersonRef> {
        named(self.groups, who)
            .map(|reference| person_of(self.people, reference))
            .collect()
    }

    fn integration(&self, name: &str) -> Option<&IntegrationConfig> {
        self.integrations.iter().find(|it| it.name == name)
    }

    fn writes_here(&self, sink: &SinkConfig) -> Option<String> {
        (self.replicas && sink.settings.is_local()).then(|| {
            format!(
                "Sink {:?} writes to the machine that it runs on: if several replicas run, each of them gets a part of the trail.",
                sink.name
            )
        })
    }

    fn sends_nothing(&self, sink: &SinkConfig) -> Option<String> {
        let wanted = &sink.wanted.integrations;
        let unknown = wanted.iter().find(|name| self.integration(name).is_none())?;
        let known = self.integrations.iter().map(|it| it.name.as_str());
        Some(format!(
            "Sink {:?} wants events about {unknown:?}, which is no integration of this file{}",
            sink.name,
            suggestion(unknown, known)
        ))
    }

    fn retired(&self, flow: &Flow) -> Option<String> {
        let integration = self.integration(&flow.integration)?;
        integration.retired.then(|| {
            format!(
                "Flow {:?} never matches: {} is retired.",
                flow.name, flow.integration
            )
        })
    }

    fn too_short(&self, flow: &Flow) -> Option<String> {
        (flow.max_duration < self.min_duration).then(|| {
            format!(
                "Flow {:?} grants nothing: its `max_duration` is shorter than {}, the `min_duration` of [requests].",
                flow.name,
                compact(self.min_duration)
            )
        })
    }

    /// An earlier flow matches everything this one could.
    fn shadowed(&self, flow: &Flow, at: usize) -> Option<String> {
        let (earlier, _) = self.flows[..at]
            .iter()
            .find(|(earlier, _)| self.takes_all_of(earlier, flow))?;
        Some(format!(
            "Flow {:?} never matches: the earlier flow {:?} covers all its requesters, resources and permissions.",
            flow.name, earlier.name
        ))
    }

    fn takes_all_of(&self, earlier: &Flow, flow: &Flow) -> bool {
        let resources = earlier.resources.is_empty()
            || (!flow.resources.is_empty()
                && flow
                    .resources
                    .iter()
                    .all(|wanted| earlier.resources.iter().any(|pattern| pattern.covers(wanted))));
        let permissions = earlier.permissions.is_empty() || {
            let wanted = if flow.permissions.is_empty() {
                self.offered(&flow.integration)
            } else {
                flow.permissions.iter().map(String::as_str).collect()
            };
            !wanted.is_empty()
                && wanted
                    .iter()
                    .all(|permission| earlier.permissions.iter().any(|taken| taken == permission))
        };
        earlier.integration == flow.integration
            && resources
            && permissions
            && self
                .people(&flow.requesters)
                .is_subset(&self.people(&earlier.requesters))
    }

    fn offered(&self, integration: &str) -> Vec<&str> {
        let found = self.integration(integration);
        found.map_or_else(Vec::new, |it| it.settings.permissions())
    }

    /// Some of its patterns match none of the resources that the integration lists.
    fn finds_nothing(&self, flow: &Flow) -> Option<String> {
        let listed = self.integration(&flow.integration)?.settings.resources()?;
        let in_vain: Vec<String> = flow
            .resources
            .iter()
            .filter(|pattern| !listed.iter().any(|name| pattern.matches(name)))
            .map(|pattern| {
                let written = pattern.to_string();
                let suggestion = suggestion(&written, listed.iter().copied());
                format!(
                    "{written:?} is not a resource of {}{suggestion}",
                    flow.integration
                )
            })
            .collect();
        if in_vain.is_empty() {
            return None;
        }
        let never = in_vain.len() == flow.resources.len();
        let what = if never {
            "never matches"
        } else {
            "matches only some of its resources"
        };
        Some(format!("Flow {:?} {what}: {}", flow.name, in_vain.join(" ")))
    }

    /// One of the requesters is the only approver, and nobody can answer their own request.
    fn answers_itself(&self, flow: &Flow) -> Option<String> {
        let approvers = match &flow.approval {
            Approval::Automatic => return None,
            Approval::OneOf(approvers) => self.people(approvers),
        };
        let mut approvers = approvers.into_iter();
        let (Some(only), None) = (approvers.next(), approvers.next()) else {
            return None;
        };
        let requesters = self.people(&flow.requesters);
        if !requesters.contains(only) {
            return None;
        }
        Some(if requesters.len() == 1 {
            format!(
                "Flow {:?} never grants anything: {only} is the only requester and the only approver, and nobody can answer their own request.",
                flow.name
            )
        } else {
            format!(
                "In flow {:?}, {only} is the only approver, so {only} cannot request anything; name another approver.",
                flow.name
            )
        })
    }

    fn twin(&self, flow: &Flow, at: usize) -> Option<String> {
        let (twin, _) = self.flows[..at]
            .iter()
            .find(|(other, _)| other.name.to_lowercase() == flow.name.to_lowercase())?;
        Some(format!(
            "Flow {:?} differs from {:?} only in upper and lower case; people will mistake one for the other.",
            flow.name, twin.name
        ))
    }

    fn unused_groups(&self, root: &Section<'_>) {
        let used: BTreeSet<&str> = self
            .flows
            .iter()
            .flat_map(|(flow, _)| {
                let approvers: &[Who] = match &flow.approval {
                    Approval::Automatic => &[],
                    Approval::OneOf(who) => who,
                };
                flow.requesters.iter().chain(approvers)
            })
            .filter_map(|who| match who {
                Who::Group(name) => Some(name.as_str()),
                Who::Person(_) => None,
            })
            .collect();
        let groups = root.get("groups").and_then(|value| value.get_ref().as_table());
        for (key, _) in groups.into_iter().flat_map(|groups| groups.iter()) {
            let name = &**key.get_ref();
            let doubt = if looks_like_a_person(name) {
                format!("Group {name:?} looks like a Slack member id; people will mistake one for the other.")
            } else if !used.contains(name) {
                format!("No flow uses group:{name}.")
            } else {
                continue;
            };
            root.doc.doubt(key.span(), doubt);
        }
    }

    /// Integrations that nobody can request anything on, and permissions that nobody can request.
    fn unused_integrations(&self, doc: &Document<'_>) {
        for integration in self.integrations.iter().filter(|it| !it.retired) {
            let name = &integration.name;
            let flows = self.flows.iter().map(|(flow, _)| flow);
            let flows: Vec<&Flow> = flows.filter(|flow| flow.integration == *name).collect();
            if flows.is_empty() {
                doc.doubt_at(
                    integration.place,
                    format!("No flow uses {name}, so nobody can request anything on it."),
                );
                continue;
            }
            for permission in integration.settings.permissions() {
                if !flows.iter().any(|flow| covers_permission(flow, permission)) {
                    doc.doubt_at(
                        integration.place,
                        format!("No flow allows {permission} on {name}, so nobody can request it."),
                    );
                }
            }
        }
    }
}

fn looks_like_a_person(name: &str) -> bool {
    name.len() >= 8
        && name.starts_with(['U', 'W'])
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}
