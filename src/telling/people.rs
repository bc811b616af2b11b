//! What apono says about who somebody is.

use crate::access::explain::Standpoint;
use crate::access::people::Standing;

/// What their account is to us.
pub const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Member => "full member",
        Standing::Guest => "guest",
        Standing::Deactivated => "deactivated",
        Standing::Bot => "bot",
        Standing::Outsider => "from another workspace",
    }
}

/// Their roles, or that they have none.
pub fn roles(standpoint: &Standpoint<'_>) -> String {
    let roles = [(standpoint.admin, "admin"), (standpoint.auditor, "auditor")];
    let roles: Vec<&str> = roles
        .into_iter()
        .filter_map(|(has, role)| has.then_some(role))
        .collect();
    or_none(&roles)
}

/// `a, b`, or that there are none.
pub fn or_none(names: &[&str]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}
