//! Access flows as a table: who may ask for what, and who decides.

use askama::Template;

use crate::access::duration::spoken;
use crate::access::flows::{Approval, Flow, Who};
use crate::web::shown::{self, Shown};

/// Flows in file order: the first that fits decides.
#[derive(Template)]
#[template(path = "flow_lines.html")]
pub(in crate::web) struct Flows {
    pub(in crate::web) items: Vec<Line>,
}

/// A flow.
pub(in crate::web) struct Line {
    pub(in crate::web) name: Shown,
    pub(in crate::web) requesters: Shown,
    pub(in crate::web) permissions: Shown,
    pub(in crate::web) resources: Shown,
    pub(in crate::web) approvers: Shown,
    pub(in crate::web) longest: String,
}

impl Flows {
    pub(in crate::web) fn of<'f>(flows: impl Iterator<Item = &'f Flow>) -> Self {
        Self {
            items: flows.map(line).collect(),
        }
    }
}

fn line(flow: &Flow) -> Line {
    let all = |who: &[Who]| who.iter().map(Who::to_string).collect::<Vec<_>>().join(", ");
    let or_any = |names: Vec<String>| {
        if names.is_empty() {
            "any".to_owned()
        } else {
            names.join(", ")
        }
    };
    Line {
        name: shown::text(&flow.name),
        requesters: shown::text(&all(&flow.requesters)),
        permissions: shown::text(&or_any(flow.permissions.clone())),
        resources: shown::text(&or_any(flow.resources.iter().map(ToString::to_string).collect())),
        approvers: shown::text(&match &flow.approval {
            Approval::Automatic => "nobody: approved automatically".to_owned(),
            Approval::OneOf(who) => all(who),
        }),
        longest: spoken(flow.max_duration),
    }
}
