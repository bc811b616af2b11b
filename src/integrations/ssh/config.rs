//! The keys of `kind = "ssh"`: a certificate authority, the hosts that trust it, and the accounts it certifies people for.

use std::any::Any;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::{Forwarding, SshResource, SshSettings};
use crate::document::{Document, Section, Value, suggestion};
use crate::integrations::IntegrationConfig;

pub(super) const KEYS: &[&str] = &[
    "name",
    "kind",
    "ca_key",
    "resources",
    "permissions",
    "principal",
    "certificate_for",
    "clock_skew",
    "allow",
    "source_address",
    "retired",
    "sensitive",
];

/// The keys of a resource that is a table.
const RESOURCE_KEYS: &[&str] = &["name", "hosts", "port"];

const ACCOUNT: &str = "{account}";
const RESOURCE: &str = "{resource}";

const CERTIFICATE_FOR: Duration = Duration::from_mins(5);

/// An early revoke can take this long, so a longer limit would make it meaningless.
const LONGEST_CERTIFICATE: Duration = Duration::from_hours(1);

const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// Clocks that are further apart need fixing.
const LONGEST_SKEW: Duration = Duration::from_hours(1);

const USUAL_PORT: u16 = 22;

const FORWARDINGS: [(&str, Forwarding); 3] = [
    ("port-forwarding", Forwarding::Port),
    ("agent-forwarding", Forwarding::Agent),
    ("x11-forwarding", Forwarding::X11),
];

/// `earlier` are the integrations above it in the file: hosts recognise an authority only by its key, so each needs its own.
pub(super) fn read(section: &Section<'_>, name: &str, earlier: &[IntegrationConfig]) -> Option<SshSettings> {
    let doc = section.doc;
    let authority = section.must("ca_key", r#"{ made = "ssh_ca" }"#, |v| {
        let key = doc.ca_key(v)?;
        let same = earlier.iter().find(|other| {
            let other: &dyn Any = &*other.settings;
            let other = other.downcast_ref::<SshSettings>();
            other.is_some_and(|other| other.authority.is_same_as(&key))
        });
        if let Some(same) = same {
            let problem = format!(
                "This is also the CA key of {:?}, so access to the hosts of one would be access to the hosts of the other; give each its own key, or write the hosts as resources of one integration.",
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
        doc.permissions(v, |name, account| {
            Some((name.to_owned(), doc.account_name(account)?))
        })
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
    Some(SshSettings {
        name: name.to_owned(),
        authority: authority?,
        resources,
        permissions,
        principal,
        certificate_for,
        clock_skew,
        allow,
        source_address,
    })
}

/// With several resources a certificate has to say which one it is for, and hosts have to be set up for that, so the config
/// has to spell it out.
fn read_principal(section: &Section<'_>, several: bool) -> Option<String> {
    let doc = section.doc;
    let Some(value) = section.get("principal") else {
        if several && !section.has("principal") {
            doc.problem(
                section.span.clone(),
                r#"With more than one resource a certificate must say which one it is for: write `principal = "{account}@{resource}"`, and set up the hosts as `apono ssh trust` prints."#,
            );
            return None;
        }
        return Some(ACCOUNT.to_owned());
    };
    let template = doc.text(value)?;
    let fixed = template.replace(ACCOUNT, "").replace(RESOURCE, "");
    let problem = if !template.contains(ACCOUNT) {
        "Put {account} in the principal: without it, every permission would give access to every account."
    } else if several && !template.contains(RESOURCE) {
        "Put {resource} in the principal: without it, access to one resource would be access to all."
    } else if !fixed.chars().all(is_plain) {
        "A principal may contain {account}, {resource} and the characters a-z A-Z 0-9 . _ - @ :"
    } else {
        return Some(template.to_owned());
    };
    doc.problem(value.span(), problem);
    None
}

/// A sentence if accounts of different resources, or different accounts, get the same principal: access to one would be access
/// to the other.
fn shared_principal(
    template: &str,
    resources: &[SshResource],
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
                    "{other_account} on {other_resource} and {account} on {} would both be {principal:?}, so access to one would be access to the other; put a character between {ACCOUNT} and {RESOURCE} that occurs in neither, such as @.",
                    resource.name
                ));
            }
        }
    }
    None
}

/// Whether only zeros follow the first `bits` of the address: sshd refuses certificates with any other range (addrmatch.c).
fn is_network(address: IpAddr, bits: u32) -> bool {
    let (address, width) = match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    address.trailing_zeros() >= width - bits || address == 0
}

/// Characters that need no quoting, neither in a shell nor in a principals file.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | ':')
}

impl<'a> Document<'a> {
    fn ssh_resource(&self, value: &'a Value<'a>) -> Option<SshResource> {
        if value.get_ref().as_str().is_some() {
            let name = self.name(value)?;
            return Some(SshResource {
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
        let section = Section::open(self, table, value.span(), "This resource", RESOURCE_KEYS);
        let name = section.must("name", "\"web\"", |v| self.name(v));
        let hosts = section.may("hosts", |v| {
            self.full_list(
                v,
                "leave it out if the host has the same name as the resource",
                |item| self.ssh_host(item),
            )
        });
        let wrong = hosts.is_none() && section.has("hosts");
        let port = section.or("port", USUAL_PORT, |v| self.number(v, 1..=65_535));
        let name = name?.to_owned();
        (!wrong).then(|| SshResource {
            hosts: hosts.unwrap_or_else(|| vec![name.clone()]),
            name,
            port,
        })
    }

    /// A name or address that needs no quoting in a shell line.
    fn ssh_host(&self, value: &'a Value<'a>) -> Option<String> {
        let host = self.text(value)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_name = !host.starts_with('-') && host.chars().all(plain);
        if !is_name && host.parse::<IpAddr>().is_err() {
            self.problem(
                value.span(),
                "Write only a host's name or address; the port goes in port, and the account in the permission.",
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
                "Write the name of an account on the hosts: 1 to 32 characters, out of a-z A-Z 0-9 . _ -",
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
                "A certificate cannot be revoked, so it is valid for at most 1h; people click Connect for another.",
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
                "Write at most 1h, and keep the hosts' clocks in sync with NTP.",
            );
            return None;
        }
        Some(skew)
    }

    fn forwarding(&self, value: &'a Value<'a>) -> Option<Forwarding> {
        let name = self.text(value)?;
        let found = FORWARDINGS.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = FORWARDINGS.iter().map(|(known, _)| *known);
            let suggestion = suggestion(name, known);
            self.problem(value.span(), format!("Unknown forwarding {name:?}{suggestion}"));
        }
        found.map(|(_, forwarding)| *forwarding)
    }

    fn address_range(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let sound = address.parse::<IpAddr>().is_ok_and(|address| {
            let most = if address.is_ipv4() { 32 } else { 128 };
            bits.is_none_or(|bits| {
                bits.parse()
                    .is_ok_and(|bits| bits <= most && is_network(address, bits))
            })
        });
        if !sound {
            self.problem(
                value.span(),
                "Write an address, or a range such as \"10.0.0.0/8\", where the address is all zeros after its prefix.",
            );
            return None;
        }
        Some(text.to_owned())
    }
}
