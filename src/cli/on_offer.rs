//! What people can ask for on a target: what is on offer there, compared with the flows of the config.

use crate::access::flows::{Approval, Flow};
use crate::access::matching::{covers, covers_resource};
use crate::access::resource::Resource;
use crate::config::Config;
use crate::document::suggestion;
use crate::findings::Finding;
use crate::integrations::{Integration, IntegrationConfig, IntegrationError, Offer, OnOffer, Reach};

/// As many names as one line shows.
const SHOWN: usize = 5;

/// One finding for each permission and flow that can be asked for, and one for each thing that cannot work.
pub(super) async fn of_a_target(
    config: &Config,
    integration: &IntegrationConfig,
    target: &dyn Integration,
) -> Result<Vec<Finding>, IntegrationError> {
    let resources = match target.offer() {
        Offer::Listed(resources) => resources,
        Offer::Discovered(target) => target.discover().await?,
    };
    let flows = config.policy.flows.iter();
    let flows: Vec<&Flow> = flows
        .filter(|flow| flow.integration == integration.name)
        .collect();
    // A server may have many databases, and each is looked into: only those that can be asked for.
    let in_a_flow = |resource: &&Resource| flows.iter().any(|flow| covers_resource(flow, &resource.name));
    let asked_for: Vec<Resource> = resources.iter().filter(in_a_flow).cloned().collect();
    let offer = target.reach(&asked_for).await?;
    let on = Subject {
        config,
        name: &integration.name,
        permissions: integration.settings.permissions(),
        flows,
        offer,
    };
    let mut findings = on.asked_for();
    findings.extend(on.lets_nobody_do_anything());
    if integration.settings.resources().is_none() {
        // The config itself shows which listed names no pattern matches.
        findings.extend(on.matches_nothing(&resources));
    }
    findings.extend(on.in_no_flow());
    Ok(findings)
}

struct Subject<'a> {
    config: &'a Config,
    /// The integration's.
    name: &'a str,
    /// In file order.
    permissions: Vec<&'a str>,
    /// Those on the integration, in file order.
    flows: Vec<&'a Flow>,
    offer: Vec<OnOffer>,
}

impl Subject<'_> {
    /// `read on orders: 12 tables, asked for under Developers on orders, answered by 2`.
    fn asked_for(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for permission in &self.permissions {
            for flow in &self.flows {
                let there = self.offer.iter().filter(|offer| {
                    offer.permission == *permission && covers(flow, &offer.resource, permission)
                });
                let there: Vec<(&str, Option<&str>)> = there.filter_map(named).collect();
                let what = match there.as_slice() {
                    [] => continue,
                    [(resource, None)] => format!("{permission} on {resource}: "),
                    [(resource, Some(reach))] => format!("{permission} on {resource}: {reach}, "),
                    several => format!(
                        "{permission} on {}, ",
                        in_a_row(several.iter().map(with_reach).collect())
                    ),
                };
                findings.push(Finding::ok(format!(
                    "{what}asked for under {}, {}",
                    flow.name,
                    self.answered(flow)
                )));
            }
        }
        findings
    }

    fn answered(&self, flow: &Flow) -> String {
        match &flow.approval {
            Approval::Automatic => "granted without approval".to_owned(),
            Approval::OneOf(approvers) => {
                format!("answered by {}", self.config.policy.persons(approvers).len())
            }
        }
    }

    fn lets_nobody_do_anything(&self) -> Vec<Finding> {
        let nothing = self.offer.iter().filter_map(|offer| match &offer.reach {
            Reach::Nothing { why, mend } => Some((offer, why, mend)),
            Reach::Has(_) | Reach::Unknown => None,
        });
        let findings = nothing.map(
            |(
                OnOffer {
                    resource, permission, ..
                },
                why,
                mend,
            )| {
                Finding::warning(
                    format!("{permission} on {resource} lets nobody do anything: {why}"),
                    mend,
                )
            },
        );
        findings.collect()
    }

    fn matches_nothing(&self, resources: &[Resource]) -> Vec<Finding> {
        let names = || resources.iter().map(|resource| resource.name.as_str());
        let mut findings = Vec::new();
        for flow in &self.flows {
            for pattern in &flow.resources {
                if names().any(|name| pattern.matches(name)) {
                    continue;
                }
                let pattern = pattern.to_string();
                findings.push(Finding::warning(
                    format!(
                        "flow {:?}: {pattern:?} matches nothing that is on {}{}",
                        flow.name,
                        self.name,
                        suggestion(&pattern, names()).trim_end_matches('.')
                    ),
                    "correct the pattern, or create what it is for",
                ));
            }
        }
        findings
    }

    /// What is there, and cannot be requested by anybody.
    fn in_no_flow(&self) -> Option<Finding> {
        let mut unasked: Vec<String> = Vec::new();
        for offer in &self.offer {
            let of_it = |other: &&OnOffer| other.resource == offer.resource;
            let asked = |other: &OnOffer| {
                let mut flows = self.flows.iter();
                flows.any(|flow| covers(flow, &other.resource, &other.permission))
            };
            if !unasked.contains(&offer.resource) && !self.offer.iter().filter(of_it).any(asked) {
                unasked.push(offer.resource.clone());
            }
        }
        if unasked.is_empty() || self.flows.is_empty() {
            return None;
        }
        Some(Finding::ok(format!(
            "no flow covers {}: nobody can ask for anything there",
            in_a_row(unasked)
        )))
    }
}

/// A resource, and what a permission reaches there if that is known; none if it reaches nothing.
fn named(offer: &OnOffer) -> Option<(&str, Option<&str>)> {
    let reach = match &offer.reach {
        Reach::Has(reach) => Some(reach.as_str()),
        Reach::Unknown => None,
        Reach::Nothing { .. } => return None,
    };
    Some((&offer.resource, reach))
}

fn with_reach((resource, reach): &(&str, Option<&str>)) -> String {
    match reach {
        Some(reach) => format!("{resource} ({reach})"),
        None => (*resource).to_owned(),
    }
}

/// `a, b and c`, or the first few `and 12 more`.
fn in_a_row(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    names.truncate(SHOWN);
    let last = match more {
        0 => names.pop().unwrap_or_default(),
        more => format!("{more} more"),
    };
    if names.is_empty() {
        last
    } else {
        format!("{} and {last}", names.join(", "))
    }
}
