//! Every key that config.toml may hold, except those of `[[integrations]]`, which are listed by each kind.
//!
//! Invariant: a section reads no key that is not listed here (asserted by `document`), and `config.example.toml` shows each
//! of them (tested).

use crate::integrations::kind;
use crate::sinks;

pub(super) const TOP: &[&str] = &[
    "version",
    "slack",
    "database",
    "requests",
    "audit",
    "alerts",
    "web",
    "metrics",
    "mail",
    "reports",
    "roles",
    "groups",
    "people",
    "limits",
    "integrations",
    "sinks",
    "flows",
];
pub(super) const SLACK: &[&str] = &[
    "app_token",
    "bot_token",
    "audit_channel",
    "api_url",
    "sockets",
    "allow_plain_http",
    "ca_file",
];
pub(super) const DATABASE: &[&str] = &["url"];
pub(super) const REQUESTS: &[&str] = &["min_duration", "provision_for", "pending_for", "link_hosts"];
pub(super) const AUDIT: &[&str] = &["day_at"];
pub(super) const ALERTS: &[&str] = &["channel", "mention", "heartbeat", "audit_lag", "silent_after"];
pub(super) const WEB: &[&str] = &[
    "listen",
    "public_url",
    "tls_cert",
    "tls_key",
    "trusted_proxies",
    "oidc",
];
pub(super) const OIDC: &[&str] = &["issuer", "client_id", "client_secret", "name"];
pub(super) const METRICS: &[&str] = &["listen"];
pub(super) const MAIL: &[&str] = &["server", "from", "user", "password"];
pub(super) const REPORTS: &[&str] = &["email_domains", "fonts"];
pub(super) const ROLES: &[&str] = &["admins", "auditors", "outside_auditors"];
pub(super) const PEOPLE: &[&str] = &["accounts"];
pub(super) const LIMITS: &[&str] = &["acts_per_minute", "requests_per_hour", "open_requests"];
pub(super) const FLOW: &[&str] = &[
    "name",
    "requesters",
    "integration",
    "resources",
    "permissions",
    "max_duration",
    "durations",
    "extensions",
    "approval",
    "approvers",
    "contact",
];

pub(super) const EXTENSIONS: &[&str] = &["times", "each", "ask_again"];

/// The sections in file order and the keys of each (`flows.extensions` is the table inside each flow); `[groups]` and
/// `permissions` take any key. Kinds that exist only for tests are left out.
pub fn known_keys() -> Vec<(&'static str, &'static [&'static str])> {
    let kinds = kind::documented().map(|kind| ("integrations", kind.keys()));
    let sinks = sinks::documented().map(|kind| ("sinks", kind.keys()));
    OWN_KEYS.iter().copied().chain(kinds).chain(sinks).collect()
}

/// Those of the sections that do not depend on a kind.
const OWN_KEYS: &[(&str, &[&str])] = &[
    ("", TOP),
    ("slack", SLACK),
    ("database", DATABASE),
    ("requests", REQUESTS),
    ("audit", AUDIT),
    ("alerts", ALERTS),
    ("web", WEB),
    ("web.oidc", OIDC),
    ("metrics", METRICS),
    ("mail", MAIL),
    ("reports", REPORTS),
    ("roles", ROLES),
    ("people", PEOPLE),
    ("limits", LIMITS),
    ("flows", FLOW),
    ("flows.extensions", EXTENSIONS),
];
