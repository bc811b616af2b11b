//! `[[flows]]`: who may request what, and who approves. File order matters.

use std::ops::Range;
use std::time::Duration;

use super::Config;
use super::keys;
use super::roles::GroupNames;
use crate::access::flows::{Approval, Extensions, Flow};
use crate::access::pattern::Pattern;
use crate::document::{Document, Section, Value, suggestion};
use crate::integrations::config::Declared;

/// Longer names would not fit the cards that show them.
const LONGEST_NAME: usize = 100;

/// In characters. The contact is shown as a sentence of its own below a form.
const LONGEST_CONTACT: usize = 300;

/// Anyone who needs more than this needs another flow.
const MOST_EXTENSIONS: i64 = 100;

/// The flows that could be read, with their positions.
pub(super) fn read<'a>(
    root: &Section<'a>,
    groups: &GroupNames<'a>,
    integrations: &[Declared<'a>],
) -> Vec<(Flow, Range<usize>)> {
    let doc = root.doc;
    let mut names: Vec<&str> = Vec::new();
    let mut flows = Vec::new();
    for (table, span) in root.tables("flows") {
        let section = Section::open(doc, table, span.clone(), "This flow", keys::FLOW);
        let name = section.must("name", r#""Developers on orders""#, |v| doc.flow_name(v, &names));
        names.extend(name);
        let flow = read_flow(&section, name, groups, integrations);
        flows.extend(flow.map(|flow| (flow, span)));
    }
    flows
}

fn read_flow<'a>(
    section: &Section<'a>,
    name: Option<&'a str>,
    groups: &GroupNames<'a>,
    integrations: &[Declared<'a>],
) -> Option<Flow> {
    let doc = section.doc;
    let requesters = section.must("requesters", r#"["group:developers"]"#, |v| {
        doc.full_list(v, "name who may make requests", |item| doc.who(item, groups))
    });
    let integration = section.must("integration", r#""orders-db""#, |v| doc.declared(v, integrations));
    let resources = section.or("resources", Vec::new(), |v| {
        doc.full_list(v, "leave the line out to mean every resource", |item| {
            doc.text(item)
        })
    });
    let permissions = section.or("permissions", Vec::new(), |v| {
        doc.full_list(v, "leave the line out to mean every permission", |item| {
            doc.permission(item, integration)
        })
    });
    let max_duration = section.must("max_duration", r#""8h""#, |v| doc.duration(v));
    let durations = section.may("durations", |v| read_durations(doc, v, max_duration));
    let approval = read_approval(section, groups);
    let extensions = section.may("extensions", |v| read_extensions(doc, v, approval.as_ref()));
    let contact = section.may("contact", |v| doc.contact(v));
    Some(Flow {
        name: name?.to_owned(),
        requesters: requesters?,
        integration: integration?.name.to_owned(),
        resources: resources.into_iter().map(Pattern::new).collect(),
        permissions,
        max_duration: max_duration?,
        durations: durations.unwrap_or_default(),
        extensions,
        approval: approval?,
        contact,
    })
}

fn read_durations<'a>(
    doc: &'a Document<'a>,
    value: &'a Value<'a>,
    most: Option<Duration>,
) -> Option<Vec<Duration>> {
    let read = |item| {
        let duration = doc.duration(item)?;
        if most.is_some_and(|most| duration > most) {
            doc.problem(item.span(), "This is longer than the flow's max_duration.");
            return None;
        }
        Some(duration)
    };
    let durations = doc.full_list(value, "leave the line out to offer the usual ones", read)?;
    if durations.len() > MOST_DURATIONS {
        doc.problem(value.span(), format!("Offer at most {MOST_DURATIONS} durations."));
        return None;
    }
    Some(durations)
}

fn read_extensions<'a>(
    doc: &'a Document<'a>,
    value: &'a Value<'a>,
    approval: Option<&Approval>,
) -> Option<Extensions> {
    let table = doc.table(value)?;
    let section = Section::open(
        doc,
        table,
        value.span(),
        "This extensions table",
        keys::EXTENSIONS,
    );
    let times = section.must("times", "2", |v| doc.number(v, 1..=MOST_EXTENSIONS));
    let each = section.must("each", "\"1h\"", |v| doc.duration(v));
    let ask_again = section.or("ask_again", false, |v| doc.boolean(v));
    if ask_again && approval == Some(&Approval::Automatic) {
        doc.problem(
            value.span(),
            "This flow has no approvers, so nobody can be asked again; leave ask_again out, or name approvers.",
        );
        return None;
    }
    Some(Extensions {
        times: times?,
        each: each?,
        ask_again,
    })
}

fn read_approval(section: &Section<'_>, groups: &GroupNames<'_>) -> Option<Approval> {
    let doc = section.doc;
    let automatic = section.may("approval", |v| doc.automatic(v));
    let approvers = section.may("approvers", |v| {
        doc.full_list(
            v,
            "name the approvers, or write approval = \"automatic\" instead",
            |item| doc.who(item, groups),
        )
    });
    match (section.has("approval"), section.has("approvers")) {
        (true, true) => {
            doc.problem(
                section.span.clone(),
                "This flow has both approval = \"automatic\" and approvers; keep one of them.",
            );
            None
        }
        (false, false) => {
            doc.problem(
                section.span.clone(),
                "This flow does not say who approves; write approvers = [\"group:sre\"], or approval = \"automatic\" if nobody has to.",
            );
            None
        }
        (true, false) => automatic.map(|()| Approval::Automatic),
        (false, true) => approvers.map(Approval::OneOf),
    }
}

/// More than anybody wants to choose from.
const MOST_DURATIONS: usize = 20;

/// The clocks of the bot and of a target may be this far apart.
const CLOCK_SKEW: Duration = Duration::from_mins(5);

impl Config {
    /// The longest access that any flow gives on the integration, with all extensions, counted from when its role was first
    /// created, and by either of the two clocks.
    pub fn longest_access(&self, integration: &str) -> Duration {
        let flows = self.policy.flows.iter();
        let longest = flows.filter(|flow| flow.integration == integration).map(|flow| {
            let more = flow
                .extensions
                .map_or(Duration::ZERO, |extensions| extensions.each * extensions.times);
            flow.max_duration + more
        });
        longest.max().unwrap_or_default() + self.requests.provision_for + CLOCK_SKEW
    }
}

impl<'a> Document<'a> {
    fn flow_name(&self, value: &'a Value<'a>, earlier: &[&str]) -> Option<&'a str> {
        let name = self.text(value)?;
        let problem = if name.chars().count() > LONGEST_NAME {
            format!("A flow's name can have at most {LONGEST_NAME} characters.")
        } else if earlier.contains(&name) {
            format!("There is already a flow {name:?}; rename one.")
        } else {
            return Some(name);
        };
        self.problem(value.span(), problem);
        None
    }

    fn contact(&self, value: &'a Value<'a>) -> Option<String> {
        let contact = self.text(value)?;
        if contact.chars().count() > LONGEST_CONTACT {
            self.problem(
                value.span(),
                format!(
                    "A flow's contact can have at most {LONGEST_CONTACT} characters: name a person or a channel."
                ),
            );
            return None;
        }
        Some(contact.to_owned())
    }

    fn declared<'d>(
        &self,
        value: &'a Value<'a>,
        integrations: &'d [Declared<'a>],
    ) -> Option<&'d Declared<'a>> {
        let name = self.text(value)?;
        let found = integrations.iter().find(|it| it.name == name);
        if found.is_none() {
            let known = integrations.iter().map(|it| it.name);
            self.problem(
                value.span(),
                format!("There is no integration {name:?}{}", suggestion(name, known)),
            );
        }
        found
    }

    fn permission(&self, value: &'a Value<'a>, integration: Option<&Declared<'a>>) -> Option<String> {
        let name = self.text(value)?;
        if let Some(Declared {
            name: integration,
            permissions: Some(permissions),
        }) = integration
            && !permissions.contains(&name)
        {
            self.problem(
                value.span(),
                format!(
                    "{integration:?} has no permission {name:?}{}",
                    suggestion(name, permissions.iter().copied())
                ),
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn automatic(&self, value: &'a Value<'a>) -> Option<()> {
        let approval = self.text(value)?;
        if approval == "automatic" {
            return Some(());
        }
        self.problem(
            value.span(),
            "Write approval = \"automatic\", or name approvers instead.",
        );
        None
    }
}
