//! Reports that everybody has.

use crate::access::named::named;

use super::super::export::Column;
use super::{DEFAULT_COLUMNS, Runnable};

named! {
    /// A report that comes with apono: it can be run and copied, and never changes.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum BuiltIn {
        Monthly = "monthly-access-review",
        Now = "who-has-what-now",
        NeverUsed = "never-used",
        Standing = "standing-longer-than-30-days",
        Decisions = "decisions-by-approver",
    }
}

impl BuiltIn {
    /// What people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Monthly => "Monthly access review",
            Self::Now => "Who has what now",
            Self::NeverUsed => "Never used",
            Self::Standing => "Standing longer than 30 days",
            Self::Decisions => "Decisions by approver",
        }
    }

    /// What it is, in a sentence.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Monthly => "All access that began last month: who had it, who said yes, when it ended.",
            Self::Now => "All access that is live now, or is being revoked.",
            Self::NeverUsed => {
                "Access of the last 30 days whose credentials nobody had shown: it was never used."
            }
            Self::Standing => "Access that is live and began more than 30 days ago.",
            Self::Decisions => "What people approved and rejected last month, with who answered how.",
        }
    }

    /// The filter as an address.
    pub const fn query(self) -> &'static str {
        match self {
            Self::Monthly => "granted=last+month",
            Self::Now => "status=granted%2Crevoking",
            Self::NeverUsed => "used=never&ended=30d..",
            Self::Standing => "status=granted%2Crevoking&granted=..30d",
            Self::Decisions => "decided_by=person&decided=last+month",
        }
    }

    fn columns(self) -> Vec<Column> {
        match self {
            Self::Monthly | Self::Now | Self::NeverUsed | Self::Standing => DEFAULT_COLUMNS.to_vec(),
            Self::Decisions => vec![
                Column::ApproverNames,
                Column::ApproverAnswers,
                Column::ApproverTypes,
                Column::ApproverReason,
                Column::DecidedAt,
                Column::RequestId,
                Column::RequestorName,
                Column::Integration,
                Column::Resources,
                Column::Permissions,
                Column::Justification,
            ],
        }
    }

    /// What runs.
    pub fn runnable(self) -> Runnable {
        Runnable {
            key: self.name().to_owned(),
            name: self.title().to_owned(),
            query: self.query().to_owned(),
            meant: self.query().to_owned(),
            columns: self.columns(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::address;
    use crate::access::filter::Filter;
    use crate::access::time::Timestamp;

    #[test]
    fn each_has_a_filter() {
        let now = Timestamp::from_rfc3339("2026-11-24T12:00:00Z").unwrap();
        for report in BuiltIn::ALL {
            let address = address::read(report.query(), now).unwrap();
            assert_ne!(address.filter, Filter::default(), "{report:?}");
            assert_eq!(address.others, []);
        }
        let standing = address::read(BuiltIn::Standing.query(), now).unwrap().filter;
        let to = standing.granted.to.unwrap().to_rfc3339();
        assert_eq!(
            (standing.granted.from, to.as_str()),
            (None, "2026-10-25T12:00:00.000000Z")
        );
    }
}
