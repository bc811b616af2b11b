//! What somebody looks for in a list, as the address of the page says it: an address can be passed on, and each reader sees
//! through it what they may.

use chrono::NaiveDate;
use url::form_urlencoded;

use super::sent::Fields;
use crate::access::filter::{Filter, Status};
use crate::access::time::Timestamp;

/// A filter, and the fields of the form that it came from.
pub(super) struct Sought {
    pub(super) filter: Filter,
    pub(super) status: String,
    pub(super) integration: String,
    pub(super) resource: String,
    pub(super) permission: String,
    pub(super) text: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// Longest name that is looked for, in bytes.
const LONGEST: usize = 200;

/// What cannot be read is left out, from the form as well.
pub(super) fn read(query: &Fields) -> Sought {
    let name = |field: &str| {
        let name = query.one(field);
        Some(name.to_owned()).filter(|name| !name.is_empty() && name.len() <= LONGEST && !name.contains('\0'))
    };
    let status = Status::named(query.one("status"));
    let (integration, resource) = (name("integration"), name("resource"));
    let (permission, text) = (name("permission"), name("text"));
    let (from, to) = (day(query.one("from")), day(query.one("to")));
    Sought {
        status: status.map_or_else(String::new, |status| status.name().to_owned()),
        integration: integration.clone().unwrap_or_default(),
        resource: resource.clone().unwrap_or_default(),
        permission: permission.clone().unwrap_or_default(),
        text: text.clone().unwrap_or_default(),
        from: from.map_or_else(String::new, |day| day.to_string()),
        to: to.map_or_else(String::new, |day| day.to_string()),
        filter: Filter {
            integration,
            resource,
            permission,
            text,
            from: from.and_then(starts),
            to: to.and_then(|day| day.succ_opt()).and_then(starts),
            status: status.into_iter().collect(),
            ..Filter::default()
        },
    }
}

impl Sought {
    /// The same as a query; empty if nothing is sought.
    pub(super) fn query(&self) -> String {
        let fields = [
            ("status", &self.status),
            ("integration", &self.integration),
            ("resource", &self.resource),
            ("permission", &self.permission),
            ("text", &self.text),
            ("from", &self.from),
            ("to", &self.to),
        ];
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// The start of a day in UTC.
fn starts(day: NaiveDate) -> Option<Timestamp> {
    let midnight = day.and_hms_opt(0, 0, 0)?;
    Some(Timestamp::from_seconds(midnight.and_utc().timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Sought {
        super::read(&Fields::read(query.as_bytes()))
    }

    #[test]
    fn a_filter_is_its_address() {
        let query = "status=granted&integration=orders-db&from=2026-11-01&to=2026-11-30";
        let sought = read(query);
        assert_eq!(sought.query(), query);
        assert_eq!(sought.filter.status, [Status::Granted]);
        assert_eq!(sought.filter.from.unwrap().to_string(), "2026-11-01 00:00:00 UTC");
        assert_eq!(sought.filter.to.unwrap().to_string(), "2026-12-01 00:00:00 UTC");
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let sought = read("status=evil&from=yesterday&to=%00&resource=%00&integration=");
        assert_eq!(sought.query(), "");
        assert_eq!(sought.filter, Filter::default());
    }
}
