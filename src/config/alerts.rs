//! `[alerts]`: where what must not be missed is said, and to whom.

use super::keys;
use super::tree::Section;
use crate::access::flows::PersonRef;

/// How alarms reach people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertsConfig {
    /// Name (a leading `#` dropped) or id of the channel that gets alarms; `None` stands for the audit channel.
    pub channel: Option<String>,
    /// Whom alarms mention; empty stands for the admins.
    pub mention: Vec<PersonRef>,
}

pub(super) fn read(root: &Section<'_>) -> AlertsConfig {
    let Some(section) = root.section("alerts", "[alerts]", keys::ALERTS) else {
        return AlertsConfig::default();
    };
    let doc = section.doc;
    AlertsConfig {
        channel: section.may("channel", |v| doc.channel(v)),
        mention: section.or("mention", Vec::new(), |v| {
            doc.full_list(v, "name people, or leave the line out for the admins", |item| {
                doc.person(item)
            })
        }),
    }
}
