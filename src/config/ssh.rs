//! `kind = "ssh"`: a certificate authority, the hosts that trust it, and the accounts it certifies people for.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::integrations::{IntegrationConfig, IntegrationKind};
use super::keys;
use crate::document::{Document, Section, Value};
use crate::secrets::SecretRef;

const ACCOUNT: &str = "{account}";
const RESOURCE: &str = "{resource}";

const CERTIFICATE_FOR: Duration = Duration::from_mins(5);

/// An early revoke takes this long at most, so more would make the word meaningless.
const LONGEST_CERTIFICATE: Duration = Duration::from_hours(1);

const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Clocks that are further apart want mending.
const LONGEST_SKEW: Duration = Duration::from_hours(1);

const USUAL_PORT: u16 = 22;

/// One certificate authority and the hosts that trust it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshConfig {
    pub ca_key: CaKey,
    /// Never empty, each name once.
    pub resources: Vec<SshResourceConfig>,
    /// Permission and its account on the hosts, in file order; never empty.
    pub permissions: Vec<(String, String)>,
    /// Holds `{account}`, and `{resource}` where there are several resources.
    pub principal: String,
    pub certificate_for: Duration,
    /// How long before it was made a certificate is valid, for hosts whose clocks are behind.
    pub clock_skew: Duration,
    pub allow: Vec<AllowedForwarding>,
    /// In CIDR notation; empty means from anywhere.
    pub source_address: Vec<String>,
}

/// Where the authority's private key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaKey {
    Secret(SecretRef),
    /// An agent that listens at a path, or at the one that an environment variable holds.
    Agent {
        socket: PathBuf,
        fingerprint: String,
    },
    AgentOfEnv {
        variable: String,
        fingerprint: String,
    },
    /// A file that apono makes itself, once.
    Made {
        file: PathBuf,
        key_type: MadeKey,
    },
}

/// Of which type a key is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeKey {
    Ed25519,
    /// For hosts in FIPS mode, which take no Ed25519.
    EcdsaP256,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshResourceConfig {
    pub name: String,
    /// Never empty.
    pub hosts: Vec<String>,
    pub port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllowedForwarding {
    Port,
    Agent,
    X11,
}

const MADE_KEYS: [(&str, MadeKey); 2] = [("ed25519", MadeKey::Ed25519), ("ecdsa-p256", MadeKey::EcdsaP256)];

const FORWARDINGS: [(&str, AllowedForwarding); 3] = [
    ("port-forwarding", AllowedForwarding::Port),
    ("agent-forwarding", AllowedForwarding::Agent),
    ("x11-forwarding", AllowedForwarding::X11),
];

/// `earlier` are the integrations above it in the file: hosts know an authority by its key alone, so each has its own.
pub(super) fn read(section: &Section<'_>, earlier: &[IntegrationConfig]) -> Option<SshConfig> {
    let doc = section.doc;
    let ca_key = section.must("ca_key", r#"{ made = "ssh_ca" }"#, |v| {
        let key = doc.ca_key(v)?;
        let same = earlier.iter().find(|other| match &other.kind {
            IntegrationKind::Ssh(other) => other.ca_key.is_same_as(&key),
            IntegrationKind::Postgres(_) => false,
        });
        if let Some(same) = same {
            let problem = format!(
                "This is the CA key of {:?} too, so that access to the hosts of one would be access to those of the other; give each a key of its own, or write the hosts as resources of one integration.",
                same.name
            );
            doc.problem(v.span(), problem);
        }
        Some(key)
    });
    let resources = section.must("resources", r#"["bastion"]"#, |v| {
        doc.full_list(v, "name at least one host", |item| doc.ssh_resource(item))
    });
    let permissions = section.must("permissions", r#"{ login = "deploy" }"#, |v| {
        doc.permissions(v, |template| doc.account_name(template))
    });
    let several = resources.as_ref().is_some_and(|resources| resources.len() > 1);
    let principal = read_principal(section, several);
    let certificate_for = section.or("certificate_for", CERTIFICATE_FOR, |v| doc.certificate_for(v));
    let clock_skew = section.or("clock_skew", CLOCK_SKEW, |v| doc.clock_skew(v));
    let allow = section.or("allow", Vec::new(), |v| doc.list(v, |item| doc.forwarding(item)));
    let source_address = section.or("source_address", Vec::new(), |v| {
        doc.list(v, |item| doc.address_range(item))
    });
    let resources = resources?;
    for (index, resource) in resources.iter().enumerate() {
        if resources[..index].iter().any(|other| other.name == resource.name) {
            let span = section.get("resources")?.span();
            doc.problem(
                span,
                format!("There are two resources {:?}; rename one.", resource.name),
            );
            return None;
        }
    }
    let (permissions, principal) = (permissions?, principal?);
    if let Some(problem) = shared_principal(&principal, &resources, &permissions) {
        doc.problem(section.get("principal")?.span(), problem);
        return None;
    }
    Some(SshConfig {
        ca_key: ca_key?,
        resources,
        permissions,
        principal,
        certificate_for,
        clock_skew,
        allow,
        source_address,
    })
}

/// With several resources a certificate has to say which it is for, and hosts have to be told; so that is written out.
fn read_principal(section: &Section<'_>, several: bool) -> Option<String> {
    let doc = section.doc;
    let Some(value) = section.get("principal") else {
        if several && !section.has("principal") {
            doc.problem(
                section.span.clone(),
                r#"With more than one resource a certificate must say which it is for: write `principal = "{account}@{resource}"`, and tell the hosts what `apono ssh trust` prints."#,
            );
            return None;
        }
        return Some(ACCOUNT.to_owned());
    };
    let template = doc.text(value)?;
    let fixed = template.replace(ACCOUNT, "").replace(RESOURCE, "");
    let problem = if !template.contains(ACCOUNT) {
        "Write {account} into the principal: without it every permission would log in to every account."
    } else if several && !template.contains(RESOURCE) {
        "Write {resource} into the principal: without it access to one resource would be access to all."
    } else if !fixed.chars().all(is_plain) {
        "A principal consists of {account}, {resource} and these: a-z A-Z 0-9 . _ - @ :"
    } else {
        return Some(template.to_owned());
    };
    doc.problem(value.span(), problem);
    None
}

/// A sentence if accounts of different resources, or different accounts, get one principal: access to one of them would be
/// access to the other.
fn shared_principal(
    template: &str,
    resources: &[SshResourceConfig],
    permissions: &[(String, String)],
) -> Option<String> {
    let mut seen: BTreeMap<String, (&str, &str)> = BTreeMap::new();
    for resource in resources {
        for (_, account) in permissions {
            let pair = (account.as_str(), resource.name.as_str());
            let principal = template
                .replace(ACCOUNT, account)
                .replace(RESOURCE, &resource.name);
            let (other_account, other_resource) = *seen.entry(principal.clone()).or_insert(pair);
            if (other_account, other_resource) != pair {
                return Some(format!(
                    "{other_account} on {other_resource} and {account} on {} would both be {principal:?}, so that access to one is access to the other; put a character between {ACCOUNT} and {RESOURCE} that stands in neither, such as @.",
                    resource.name
                ));
            }
        }
    }
    None
}

impl CaKey {
    /// Whether both name one key, as far as their places tell.
    fn is_same_as(&self, other: &Self) -> bool {
        match (self.fingerprint(), other.fingerprint()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self
                .file()
                .map_or(self == other, |file| Some(file) == other.file()),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn fingerprint(&self) -> Option<&str> {
        match self {
            Self::Agent { fingerprint, .. } | Self::AgentOfEnv { fingerprint, .. } => Some(fingerprint),
            Self::Secret(_) | Self::Made { .. } => None,
        }
    }

    fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Made { file, .. } | Self::Secret(SecretRef::File(file)) => Some(file),
            Self::Secret(SecretRef::Env(_)) | Self::Agent { .. } | Self::AgentOfEnv { .. } => None,
        }
    }
}

/// What needs no quoting anywhere: not in a shell, not in a file of principals.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ':')
}

/// A sentence if the text is no private key; it holds nothing of it.
fn judge_private_key(text: &str) -> Option<&'static str> {
    (!text.contains("-----BEGIN OPENSSH PRIVATE KEY-----"))
        .then_some("This is no private key in OpenSSH's format; make one with ssh-keygen -t ed25519.")
}

impl<'a> Document<'a> {
    fn ca_key(&self, value: &'a Value<'a>) -> Option<CaKey> {
        let instead = r#"Write one of { made = "FILE" }, { file = "FILE" } and { agent = "SOCKET", fingerprint = "SHA256:..." }."#;
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), instead);
            return None;
        };
        let kinds = ["made", "agent", "file", "env"];
        let [Some(kind)] = kinds
            .into_iter()
            .filter(|kind| table.contains_key(*kind))
            .map(Some)
            .collect::<Vec<_>>()[..]
        else {
            self.problem(value.span(), instead);
            return None;
        };
        if kind == "file" || kind == "env" {
            return self.secret(value, judge_private_key).map(CaKey::Secret);
        }
        let section = Section::open(self, table, value.span(), "This CA key", keys::SSH_CA_KEY);
        if kind == "made" {
            if let Some(fingerprint) = section.get("fingerprint") {
                self.problem(
                    fingerprint.span(),
                    "A key that is yet to be made has no fingerprint; leave it out.",
                );
            }
            let file = section.may("made", |v| Some(self.folder.join(self.text(v)?)));
            let key_type = section.or("type", MadeKey::Ed25519, |v| self.made_key(v));
            return file.map(|file| CaKey::Made { file, key_type });
        }
        if let Some(key_type) = section.get("type") {
            self.problem(
                key_type.span(),
                "The type is for a key that apono makes; this one has its own, so leave the type out.",
            );
        }
        let socket = section.may("agent", |v| self.text(v));
        let fingerprint = section.must("fingerprint", r#""SHA256:...""#, |v| self.fingerprint(v));
        let (socket, fingerprint) = (socket?, fingerprint?);
        Some(match socket.strip_prefix('$') {
            Some(variable) => CaKey::AgentOfEnv {
                variable: variable.to_owned(),
                fingerprint,
            },
            None => CaKey::Agent {
                socket: self.folder.join(socket),
                fingerprint,
            },
        })
    }

    fn fingerprint(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        let sound = text
            .strip_prefix("SHA256:")
            .is_some_and(|hash| hash.len() == 43 && hash.chars().all(base64));
        if !sound {
            self.problem(
                value.span(),
                "Write the fingerprint as ssh-keygen -l prints it: SHA256: and 43 characters.",
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn ssh_resource(&self, value: &'a Value<'a>) -> Option<SshResourceConfig> {
        if value.get_ref().as_str().is_some() {
            let name = self.name(value)?;
            return Some(SshResourceConfig {
                name: name.to_owned(),
                hosts: vec![name.to_owned()],
                port: USUAL_PORT,
            });
        }
        let Some(table) = value.get_ref().as_table() else {
            self.problem(
                value.span(),
                r#"Write a host's name, or { name = "web", hosts = ["web-1.example.com"], port = 22 }."#,
            );
            return None;
        };
        let section = Section::open(self, table, value.span(), "This resource", keys::SSH_RESOURCE);
        let name = section.must("name", "\"web\"", |v| self.name(v));
        let hosts = section.may("hosts", |v| {
            self.full_list(
                v,
                "leave it out if the host is called like the resource",
                |item| self.ssh_host(item),
            )
        });
        let wrong = hosts.is_none() && section.has("hosts");
        let port = section.or("port", USUAL_PORT, |v| self.number(v, 1..=65_535));
        let name = name?.to_owned();
        (!wrong).then(|| SshResourceConfig {
            hosts: hosts.unwrap_or_else(|| vec![name.clone()]),
            name,
            port,
        })
    }

    /// A name or address that can stand in a shell line as it is.
    fn ssh_host(&self, value: &'a Value<'a>) -> Option<String> {
        let host = self.text(value)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_name = !host.starts_with('-') && host.chars().all(plain);
        if !is_name && host.parse::<std::net::IpAddr>().is_err() {
            self.problem(
                value.span(),
                "Write a host's name or address only; port holds the port, and the permission the account.",
            );
            return None;
        }
        Some(host.to_owned())
    }

    fn account_name(&self, value: &'a Value<'a>) -> Option<String> {
        let account = self.text(value)?;
        let sound = (1..=32).contains(&account.len())
            && !account.starts_with('-')
            && account
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
        if !sound {
            self.problem(
                value.span(),
                "Write the name of an account on the hosts: 1 to 32 of a-z A-Z 0-9 . _ -",
            );
            return None;
        }
        Some(account.to_owned())
    }

    fn certificate_for(&self, value: &'a Value<'a>) -> Option<Duration> {
        let lasts = self.duration(value)?;
        if lasts > LONGEST_CERTIFICATE {
            self.problem(
                value.span(),
                "A certificate cannot be called back, so it lives for 1h at most; Connect gives another.",
            );
            return None;
        }
        Some(lasts)
    }

    fn clock_skew(&self, value: &'a Value<'a>) -> Option<Duration> {
        let skew = self.duration(value)?;
        if skew > LONGEST_SKEW {
            self.problem(
                value.span(),
                "Write 1h at most, and keep the hosts' clocks with NTP.",
            );
            return None;
        }
        Some(skew)
    }

    fn made_key(&self, value: &'a Value<'a>) -> Option<MadeKey> {
        let name = self.text(value)?;
        let found = MADE_KEYS.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = MADE_KEYS.iter().map(|(known, _)| *known);
            let suggestion = crate::document::suggestion(name, known);
            self.problem(value.span(), format!("Unknown type of key {name:?}{suggestion}"));
        }
        found.map(|(_, key_type)| *key_type)
    }

    fn forwarding(&self, value: &'a Value<'a>) -> Option<AllowedForwarding> {
        let name = self.text(value)?;
        let found = FORWARDINGS.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = FORWARDINGS.iter().map(|(known, _)| *known);
            let suggestion = crate::document::suggestion(name, known);
            self.problem(value.span(), format!("Unknown forwarding {name:?}{suggestion}"));
        }
        found.map(|(_, forwarding)| *forwarding)
    }

    fn address_range(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let sound = address.parse::<std::net::IpAddr>().is_ok_and(|address| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            bits.is_none_or(|bits| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
        });
        if !sound {
            self.problem(
                value.span(),
                "Write an address or a range such as \"10.0.0.0/8\".",
            );
            return None;
        }
        Some(text.to_owned())
    }
}
