//! Names that people look for in lists: whether there is or was anything of that name, and which name they probably meant.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::access::closest::closest;
use crate::store::StoreError;

use super::Core;
use super::catalogue::Entries;

/// What a name can be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    Integration,
    Resource,
    Permission,
    Flow,
}

/// What is known by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// There is or was something of that name, written like this.
    As(String),
    /// There is nothing, and never was; `close` is the name that was probably meant.
    Nothing { close: Option<String> },
}

/// Looks a name up among what was ever requested and what is on offer. Upper and lower case matter only if both are there.
pub async fn known(core: &Core, named: Named, name: &str) -> Result<Known, StoreError> {
    let store = &core.store;
    let was_requested = match named {
        Named::Integration => store.had_integration(name).await?,
        Named::Resource => store.had_resource(name).await?,
        Named::Permission => store.had_permission(name).await?,
        Named::Flow => store.had_flow(name).await?,
    };
    if was_requested {
        return Ok(Known::As(name.to_owned()));
    }
    let offered = on_offer(core, named);
    if offered.contains(name) {
        return Ok(Known::As(name.to_owned()));
    }
    let lower = name.to_lowercase();
    let mut alike = offered.iter().filter(|other| other.to_lowercase() == lower);
    if let (Some(only), None) = (alike.next(), alike.next()) {
        return Ok(Known::As(only.clone()));
    }
    let close = closest(name, offered.iter().map(String::as_str)).map(str::to_owned);
    Ok(Known::Nothing { close })
}

fn on_offer(core: &Core, named: Named) -> BTreeSet<String> {
    let integrations = core.integrations();
    match named {
        Named::Integration => integrations.iter().map(|(name, _)| name.to_string()).collect(),
        Named::Resource => {
            let all = integrations.iter().map(|(name, _)| core.catalogue.of(name));
            let of_one = |entries: Arc<Entries>| -> Vec<String> {
                let all = entries.all().map(|entry| entry.resource.name.clone());
                all.collect()
            };
            all.flat_map(of_one).collect()
        }
        Named::Permission => {
            let permissions = integrations.iter().map(|(_, one)| one.permissions());
            permissions.flatten().collect()
        }
        Named::Flow => {
            let policy = core.policy();
            policy.flows.iter().map(|flow| flow.name.clone()).collect()
        }
    }
}
