//! What a filter asks of each request: how to check it on one request, and where all that fulfil it are found.

use crate::access::filter::{DecidedBy, Filter, Span, Status};
use crate::access::reader::Reader;
use crate::access::request::RejectCause;
use crate::access::search::sought;

use super::super::super::terms::{self, NameOf};
use super::sql::Sql;

/// One thing that is asked of each request.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    /// Whether the request at hand fulfils it.
    pub(super) check: Sql,
    /// Whether the check reads its row `r`, or only the index of terms.
    pub(super) reads_row: bool,
    /// Where all that fulfil it are found, together.
    pub(super) found_in: Vec<Part>,
    /// Whether they are found there in the order of their numbers.
    pub(super) in_order: bool,
    /// Whether each part has its numbers within a span by reading nothing but these of its index.
    pub(super) is_listed: bool,
    /// The terms among which it looks, from the first to before the last, if these are several and were not read yet.
    pub(super) among: Option<[String; 2]>,
}

/// Rows that one range of an index has.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) from: Table,
    pub(super) which: Sql,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    /// `request r`
    Requests,
    /// `request_term t`
    Terms,
}

impl Table {
    pub(super) const fn named(self) -> &'static str {
        match self {
            Self::Requests => "request r",
            Self::Terms => "request_term t",
        }
    }

    pub(super) const fn number(self) -> &'static str {
        match self {
            Self::Requests => "r.number",
            Self::Terms => "t.number",
        }
    }
}

impl Condition {
    /// A column of the request has this value, by an index on it and the number.
    fn column(column: &str, value: &str) -> Self {
        Self::in_column(|steer| Sql::new(format!("{steer}r.{column} = ?"), [value.into()]))
    }

    /// The same for a column whose values are few and ours. The value stands in the statement, because PostgreSQL then knows from
    /// its statistics how rare it is.
    fn ours(column: &str, value: &'static str) -> Self {
        Self::in_column(|steer| Sql::new(is_ours(steer, column, value), []))
    }

    fn in_column(is: impl Fn(&str) -> Sql) -> Self {
        Self {
            check: is("~"),
            reads_row: true,
            found_in: vec![Part {
                from: Table::Requests,
                which: is(""),
            }],
            in_order: true,
            is_listed: true,
            among: None,
        }
    }

    fn term(term: &str) -> Self {
        let check = "(SELECT 1 FROM request_term w WHERE w.number = # AND w.term = ?) IS NOT NULL";
        Self {
            check: Sql::new(check, [term.into()]),
            reads_row: false,
            found_in: vec![Part {
                from: Table::Terms,
                which: Sql::new("t.term = ?", [term.into()]),
            }],
            in_order: true,
            is_listed: true,
            among: None,
        }
    }

    /// One of its words begins like this.
    fn beginning(beginning: &str) -> Self {
        let (first, end) = terms::of_beginning(beginning);
        let values = || [first.as_str().into(), end.as_str().into()];
        let check = "(SELECT 1 FROM request_term w WHERE w.number = # AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL";
        Self {
            check: Sql::new(check, values()),
            reads_row: false,
            found_in: vec![Part {
                from: Table::Terms,
                which: Sql::new("t.term >= ? AND t.term < ?", values()),
            }],
            in_order: false,
            is_listed: false,
            among: Some([first, end]),
        }
    }

    /// The same condition, once it is known which terms there are.
    pub(super) fn found_by(self, terms: Vec<String>) -> Self {
        Self {
            in_order: terms.len() == 1,
            is_listed: true,
            among: None,
            found_in: terms
                .into_iter()
                .flat_map(|term| Self::term(&term).found_in)
                .collect(),
            ..self
        }
    }

    /// It has one of these statuses, and if that is asked too, it was decided like this.
    fn any_status(statuses: &[Status], decided_by: Option<DecidedBy>) -> Self {
        let is = |steer: &str, status: Status| {
            let state = match status {
                Status::Lapsed => {
                    let state = is_ours(steer, "state", Status::Rejected.name());
                    let reason = is_ours("~", "reason_kind", RejectCause::Lapsed.name());
                    format!("({state} AND {reason})")
                }
                Status::Pending
                | Status::Approved
                | Status::Rejected
                | Status::Cancelled
                | Status::Granted
                | Status::Revoking
                | Status::Expired
                | Status::Revoked
                | Status::Failed => is_ours(steer, "state", status.name()),
            };
            let decided = decided_by.map(|how| is_ours(steer, "decided_by", how.name()));
            let both = [Some(state), decided].into_iter().flatten();
            Sql::new(both.collect::<Vec<_>>().join(" AND "), [])
        };
        let checks = statuses.iter().map(|status| is("~", *status));
        let parts = statuses.iter().map(|status| Part {
            from: Table::Requests,
            which: is("", *status),
        });
        Self {
            check: bracketed(Sql::joined(checks, " OR ")),
            reads_row: true,
            found_in: parts.collect(),
            in_order: statuses.len() == 1,
            // Why it was rejected is in no index.
            is_listed: !statuses.contains(&Status::Lapsed),
            among: None,
        }
    }

    /// A time of the request is in this span. Times stand in the statement, like numbers.
    fn time(column: &str, span: Span) -> Self {
        let within = |steer: &str| {
            let from = span
                .from
                .map(|from| Sql::new(format!("{steer}r.{column} >= {}", from.micros()), []));
            let to = span
                .to
                .map(|to| Sql::new(format!("{steer}r.{column} < {}", to.micros()), []));
            Sql::joined(from.into_iter().chain(to), " AND ")
        };
        Self {
            check: within("~"),
            reads_row: true,
            found_in: vec![Part {
                from: Table::Requests,
                which: within(""),
            }],
            in_order: false,
            is_listed: false,
            among: None,
        }
    }

    /// Its access was live at some moment of the span. `lag` is how long, in microseconds, anything takes at most.
    fn live(span: Span, lag: i64) -> Self {
        let begun = |steer: &str| match span.to {
            Some(to) => Sql::new(format!("{steer}r.granted_at < {}", to.micros()), []),
            None => Sql::new(format!("{steer}r.granted_at IS NOT NULL"), []),
        };
        let Some(from) = span.from else {
            return Self {
                check: begun("~"),
                reads_row: true,
                found_in: vec![Part {
                    from: Table::Requests,
                    which: begun(""),
                }],
                in_order: false,
                is_listed: false,
                among: None,
            };
        };
        let from = from.micros();
        let not_ended = Sql::new(format!(" AND (~r.ended_at IS NULL OR ~r.ended_at > {from})"), []);
        let mut ended_later = Sql::new(format!("r.ended_at > {from}"), []);
        if let Some(to) = span.to {
            // What was live before then had ended within this time after it.
            let last = to.micros().saturating_add(lag);
            ended_later = ended_later.then(Sql::new(format!(" AND r.ended_at <= {last}"), []));
        }
        let still = [Status::Granted, Status::Revoking]
            .map(|status| Sql::new(is_ours("", "state", status.name()), []));
        let parts = [ended_later].into_iter().chain(still).map(|which| Part {
            from: Table::Requests,
            which: which.then(Sql::new(" AND ", [])).then(begun("~")),
        });
        Self {
            check: begun("~").then(not_ended),
            reads_row: true,
            found_in: parts.collect(),
            in_order: false,
            is_listed: false,
            among: None,
        }
    }
}

/// It was requested in this span; which numbers that leaves is known beforehand, except at its edges.
pub(super) fn created(span: Span) -> Condition {
    Condition::time("created_at", span)
}

/// A column has a value that is one of our own names.
pub(super) fn is_ours(steer: &str, column: &str, name: &'static str) -> String {
    format!("{steer}r.{column} = '{name}'")
}

fn bracketed(sql: Sql) -> Sql {
    Sql::new("(", []).then(sql).then(Sql::new(")", []))
}

/// Everything that is asked; `None` if nothing can fulfil it. Spans of numbers are not among it.
pub(super) fn of(reader: &Reader, filter: &Filter, lag: i64) -> Option<Vec<Condition>> {
    let mut all = Vec::new();
    for person in reader.limited_to().into_iter().chain(&filter.person) {
        all.push(Condition::term(&terms::of_person(person)));
    }
    all.extend(
        filter
            .approver
            .iter()
            .map(|person| Condition::term(&terms::of_approver(person))),
    );
    for (column, person) in [
        ("requester_id", &filter.requester),
        ("grantee_id", &filter.grantee),
    ] {
        all.extend(
            person
                .iter()
                .map(|person| Condition::column(column, person.as_str())),
        );
    }
    all.extend(of_names(filter));
    if filter.status.is_empty() {
        let decided_by = filter.decided_by;
        all.extend(decided_by.map(|how| Condition::ours("decided_by", how.name())));
    } else {
        all.push(Condition::any_status(&filter.status, filter.decided_by));
    }
    all.extend(filter.used.map(|used| Condition::ours("used", used.name())));
    for (column, span) in [
        ("decided_at", filter.decided),
        ("granted_at", filter.granted),
        ("ended_at", filter.ended),
    ] {
        all.extend((!span.is_open()).then(|| Condition::time(column, span)));
    }
    all.extend((!filter.live.is_open()).then(|| Condition::live(filter.live, lag)));
    if let Some(text) = &filter.text {
        let words = sought(text);
        if words.is_empty() {
            return None;
        }
        all.extend(words.iter().map(|word| Condition::beginning(word)));
    }
    Some(all)
}

/// One name alone, or each two of them together.
fn of_names(filter: &Filter) -> Vec<Condition> {
    let names = [
        (NameOf::Flow, &filter.flow),
        (NameOf::Integration, &filter.integration),
        (NameOf::Permission, &filter.permission),
        (NameOf::Resource, &filter.resource),
    ];
    let names: Vec<(NameOf, &str)> = names
        .into_iter()
        .filter_map(|(named, name)| Some((named, name.as_deref()?)))
        .collect();
    match names.as_slice() {
        [(NameOf::Integration, name)] => vec![Condition::column("integration", name)],
        [one] => vec![Condition::term(&terms::of_names(&[*one]))],
        several => {
            let pairs = several.iter().enumerate().flat_map(|(place, one)| {
                several[place + 1..]
                    .iter()
                    .map(|other| terms::of_names(&[*one, *other]))
            });
            pairs.map(|term| Condition::term(&term)).collect()
        }
    }
}
