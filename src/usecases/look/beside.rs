//! What an approver may want to know besides the request itself: what else the grantee has now, and how the same was answered
//! before.

use crate::access::ids::RequestId;
use crate::access::request::{Request, Unit};
use crate::access::time::Timestamp;
use crate::store::StoreError;

use super::super::Core;

/// How many earlier requests on the integration are looked through for the same thing.
const LOOKED_THROUGH: u64 = 50;

/// How many of them are named.
const NAMED: usize = 3;

/// What else there is, as of a moment.
#[derive(Clone, Debug)]
pub struct Beside {
    pub as_of: Timestamp,
    /// Other live access of the grantee with its ends, newest first.
    pub live: Vec<(Request, Timestamp)>,
    /// The requester's latest requests that share a resource and a permission with this one, newest first.
    pub before: Vec<Request>,
}

/// Read once for all cards that ask about `request`.
pub async fn beside(core: &Core, request: &Request) -> Result<Beside, StoreError> {
    let as_of = core.now();
    let live = core.store.live_besides(request).await?;
    let ids: Vec<RequestId> = live.iter().map(|other| other.id.clone()).collect();
    let grants = if ids.is_empty() {
        Vec::new()
    } else {
        core.store.grants_of(&ids).await?
    };
    let live = live.into_iter().filter_map(|other| {
        let grant = grants.iter().find(|grant| grant.request == other.id)?;
        Some((other, grant.until))
    });
    let earlier = core.store.requested_before(request, LOOKED_THROUGH).await?;
    let same = earlier
        .into_iter()
        .filter(|other| is_about_the_same(other, request));
    Ok(Beside {
        as_of,
        live: live.collect(),
        before: same.take(NAMED).collect(),
    })
}

fn is_about_the_same(one: &Request, other: &Request) -> bool {
    let same = |unit: &Unit, other: &Unit| {
        unit.resource_id == other.resource_id && unit.permission == other.permission
    };
    let mut units = one.units.iter();
    units.any(|unit| other.units.iter().any(|other| same(unit, other)))
}
