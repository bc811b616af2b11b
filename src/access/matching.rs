//! Which flow lets somebody request something: the first that matches, in file order.

use super::flows::{Flow, Policy};
use super::people::Referent;
use super::request::Unit;

/// The first flow, in file order, that lets `requester` request `unit`.
pub fn first_match<'p>(
    policy: &'p Policy,
    requester: &impl Referent,
    integration: &str,
    unit: &Unit,
) -> Option<&'p Flow> {
    OpenFlows::new(policy, requester, integration).first(&unit.resource_name, &unit.permission)
}

/// The flows under which one person may request something on one integration, in file order: found once, for checking many
/// units.
#[derive(Clone, Debug)]
pub struct OpenFlows<'p>(Vec<&'p Flow>);

impl<'p> OpenFlows<'p> {
    pub fn new(policy: &'p Policy, requester: &impl Referent, integration: &str) -> Self {
        let flows = policy.flows.iter();
        let open =
            flows.filter(|flow| flow.integration == integration && names_requester(policy, flow, requester));
        Self(open.collect())
    }

    /// The first one that covers this permission on the resource of this name.
    pub fn first(&self, resource_name: &str, permission: &str) -> Option<&'p Flow> {
        let mut flows = self.0.iter().copied();
        flows.find(|flow| covers(flow, resource_name, permission))
    }

    /// Whether one of these permissions on the resource is covered.
    pub fn any(&self, resource_name: &str, permissions: &[String]) -> bool {
        // Resources last: their names are matched against patterns.
        self.0.iter().any(|flow| {
            permissions
                .iter()
                .any(|permission| covers_permission(flow, permission))
                && covers_resource(flow, resource_name)
        })
    }
}

/// Of the flows on `integration` that name `requester`, the one that comes closest to letting them request `unit`. They may not
/// see the others.
pub(super) fn nearest<'p>(
    policy: &'p Policy,
    requester: &impl Referent,
    integration: &str,
    unit: &Unit,
) -> Option<&'p Flow> {
    let score = |flow: &Flow| {
        u8::from(covers_resource(flow, &unit.resource_name))
            + u8::from(covers_permission(flow, &unit.permission))
    };
    let candidates = OpenFlows::new(policy, requester, integration).0.into_iter();
    // `max_by_key` keeps the last of equals; file order wants the first.
    candidates.rev().max_by_key(|flow| score(flow))
}

pub(super) fn names_requester(policy: &Policy, flow: &Flow, requester: &impl Referent) -> bool {
    flow.requesters
        .iter()
        .any(|who| policy.means(who, requester).is_some())
}

/// Whether `flow` covers this permission on the resource of this name.
pub fn covers(flow: &Flow, resource_name: &str, permission: &str) -> bool {
    covers_permission(flow, permission) && covers_resource(flow, resource_name)
}

/// Whether `flow` covers this permission on some resource.
pub fn covers_permission(flow: &Flow, permission: &str) -> bool {
    flow.permissions.is_empty() || flow.permissions.iter().any(|covered| covered == permission)
}

/// Whether `flow` covers a resource of this name.
pub fn covers_resource(flow: &Flow, resource_name: &str) -> bool {
    flow.resources.is_empty()
        || flow
            .resources
            .iter()
            .any(|pattern| pattern.matches(resource_name))
}
