//! What an installation has on a server, and what should be there for a grant.

use std::collections::BTreeSet;

use super::super::{IntegrationError, LiveGrant};
use super::KIND;
use super::cluster::Cluster;
use super::groups::Allowed;
use super::mark::Mark;
use super::names::{Identifier, role_prefix};
use super::roles::{self, Role};
use super::target::{Membership, Plan, Target, TargetUnit};
use crate::access::grant::Granted;
use crate::access::ids::InstallId;
use crate::access::reconcile::{Held, Tie};
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::access::usage::Sessions;

/// Roles of this installation that give somebody access, or should according to their comment. Roles that were revoked and are
/// waiting to be dropped are not included.
pub(crate) async fn inspect(
    integration: &str,
    cluster: &Cluster,
    install: &InstallId,
) -> Result<Vec<LiveGrant>, IntegrationError> {
    let prefix = role_prefix(install)
        .map_err(|e| IntegrationError::refuse(Trouble::Setup, format!("the installation's id {e}")))?;
    let roles = roles::with_prefix(cluster, &prefix).await?;
    let live = roles
        .into_iter()
        .filter(|role| role.is_open() || role.in_session || !role.mark.is_revoked());
    Ok(live
        .map(|role| live_grant(integration, cluster, install, role))
        .collect())
}

fn live_grant(integration: &str, cluster: &Cluster, install: &InstallId, role: Role) -> LiveGrant {
    // The name contains a part of the installation's id, the comment the whole id.
    let (request, noted) = match &role.mark {
        Mark::Ours {
            install: other,
            request,
            until,
            ..
        } if other == install => (Some(*request), *until),
        Mark::Ours { .. } | Mark::Foreign => (None, None),
    };
    LiveGrant {
        place: cluster.primary.endpoint.place(),
        granted: request.and_then(|_| as_found(integration, cluster, &role)),
        held: Held {
            request,
            until: role.until,
            noted,
            open: role.is_open(),
            in_session: role.in_session,
            gives: gives(&role.groups, &role.settable, &role.members, &role.undue()),
        },
        sessions: role.sessions,
        name: role.name,
    }
}

/// The role's grant, as far as the server alone can tell: enough to take it away. None unless both the role's name and its
/// comment say that it is ours, from any installation.
pub(crate) fn as_found(integration: &str, cluster: &Cluster, role: &Role) -> Option<Granted> {
    let Mark::Ours { install, request, .. } = &role.mark else {
        return None;
    };
    let prefix = role_prefix(install).ok()?;
    if !role.name.starts_with(&prefix) || Identifier::new(&role.name).is_err() {
        return None;
    }
    let accounts = role.accounts();
    let principal = if accounts.is_empty() {
        role.name.clone()
    } else {
        Membership::principal(&accounts.join(", "), &role.name)
    };
    let endpoint = cluster.primary.endpoint.clone();
    let target = Target {
        install: install.clone(),
        request: *request,
        units: units(&role.groups),
        connect_host: endpoint.host.clone(),
        connect_port: endpoint.port,
        endpoint,
        allow_roles: Allowed::new(),
        membership: accounts.first().map(|account| Membership {
            account: account.clone(),
            lease: role.name.clone(),
        }),
        replicas: cluster
            .replicas
            .iter()
            .map(|replica| replica.endpoint.clone())
            .collect(),
        bounded: cluster.bounded,
        claimed: true,
        oid: Some(role.oid),
        account_oid: None,
        version: None,
    };
    Some(Granted {
        integration: integration.to_owned(),
        kind: KIND.to_owned(),
        principal,
        target: serde_json::to_value(target).expect("a struct of texts and numbers can be written as JSON"),
        credentials_until: None,
    })
}

/// Only the config says which database a group is for.
fn units(groups: &[String]) -> Vec<TargetUnit> {
    let unit = |group: &String| TargetUnit {
        database: String::new(),
        group: group.clone(),
        set_role: false,
        leave_code: false,
        heir: None,
    };
    groups.iter().map(unit).collect()
}

/// What [`inspect`] returns for a grant that nobody has changed.
pub(crate) fn intact(granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError> {
    let plan = Plan::read(granted)?;
    let texts = |names: Vec<Identifier>| -> Vec<String> {
        names.iter().map(|name| name.as_str().to_owned()).collect()
    };
    Ok(LiveGrant {
        place: plan.target.endpoint.place(),
        name: plan.login.as_str().to_owned(),
        granted: Some(granted.clone()),
        sessions: Sessions::default(),
        held: Held {
            request: Some(plan.target.request),
            until: Some(until),
            noted: Some(until),
            open: true,
            in_session: false,
            gives: gives(
                &texts(plan.groups()?),
                &texts(plan.settable()?),
                &texts(plan.account.into_iter().collect()),
                &[],
            ),
        },
    })
}

fn gives(groups: &[String], settable: &[String], members: &[String], powers: &[&str]) -> BTreeSet<Tie> {
    let powers = powers.iter().map(|power| Tie::Power((*power).to_owned()));
    let groups = groups.iter().cloned().map(Tie::Group);
    let settable = settable.iter().cloned().map(Tie::SetRole);
    let members = members.iter().cloned().map(Tie::Member);
    powers.chain(groups).chain(settable).chain(members).collect()
}
