//! The columns of files about requests: what each is called, and what it says of a request. docs/portal.md explains them.

use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use crate::access::filter::DecidedBy;
use crate::access::named::named;
use crate::access::people::Because;
use crate::access::request::{RevokeCause, State};
use crate::access::time::Timestamp;
use crate::access::usage::Used;
use crate::store::{Found, Further, KnownPerson};

use super::csv;

named! {
    /// A column, in the order of a file.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Column {
        RequestId = "request_id",
        RequestDate = "request_date",
        RequestGrantDate = "request_grant_date",
        RequestRevokeDate = "request_revoke_date",
        RequestorName = "requestor_name",
        RequestorEmail = "requestor_email",
        GranteeName = "grantee_name",
        GranteeId = "grantee_id",
        GranteeType = "grantee_type",
        Integration = "integration",
        Resources = "resources",
        ResourceType = "resource_type",
        Permissions = "permissions",
        ApproverNames = "approver_names",
        ApproverEmails = "approver_emails",
        ApproverTypes = "approver_types",
        Justification = "justification",
        Status = "status",
        ApproverReason = "approver_reason",
        ResourcesStatus = "resources_status",
        TriggerType = "trigger_type",
        AccessFlow = "access_flow",
        BundleName = "bundle_name",
        ExtensionCount = "extension_count",
        StatusChangedAt = "status_changed_at",
        DecidedAt = "decided_at",
        RequestedSeconds = "requested_seconds",
        GrantedUntil = "granted_until",
        EndedAt = "ended_at",
        EndReason = "end_reason",
        LatenessSeconds = "lateness_seconds",
        TargetAccount = "target_account",
        Used = "used",
        LastUsed = "last_used",
        PolicyDigest = "policy_digest",
        AuditSeqs = "audit_seqs",
        DecidedHow = "decided_how",
        ApproverAnswers = "approver_answers",
        EndedByName = "ended_by_name",
        EndedByEmail = "ended_by_email",
        EndedByReason = "ended_by_reason",
        GranteeEmail = "grantee_email",
        IntegrationKind = "integration_kind",
    }
}

/// A request with everything that its cells say.
pub(super) struct Row {
    pub(super) found: Found,
    pub(super) further: Further,
    pub(super) requester: Option<Arc<KnownPerson>>,
    pub(super) grantee: Option<Arc<KnownPerson>>,
    /// Who approved or rejected it, in the order of its answers.
    pub(super) approvers: Vec<Option<Arc<KnownPerson>>>,
    /// Absent if it was blanked, like each of these words.
    pub(super) justification: Option<String>,
    /// In the same order, empty for an answer without a reason; no part at all if none has one.
    pub(super) approver_reasons: Vec<String>,
    pub(super) ended_reason: Option<String>,
}

/// What a column says of a request: a value of JSON, or a cell of CSV.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Cell<'a> {
    Nothing,
    Text(Cow<'a, str>),
    Number(u64),
    Texts(Vec<Cow<'a, str>>),
    Numbers(&'a [u64]),
}

impl<'a> Cell<'a> {
    pub(super) fn csv(self) -> Cow<'a, str> {
        match self {
            Self::Nothing => "".into(),
            Self::Text(text) => text,
            Self::Number(number) => number.to_string().into(),
            Self::Texts(texts) => csv::list(texts),
            Self::Numbers(numbers) => {
                let mut all = String::with_capacity(numbers.len() * 10);
                for (place, number) in numbers.iter().enumerate() {
                    let between = if place == 0 { "" } else { csv::BETWEEN };
                    write!(all, "{between}{number}").expect("memory takes every byte");
                }
                all.into()
            }
        }
    }
}

impl Row {
    /// When it was requested.
    pub(super) const fn made_at(&self) -> Timestamp {
        self.found.request.created_at
    }

    /// Its cells in these columns.
    pub(super) fn csv<'a>(&'a self, columns: &'a [Column]) -> impl Iterator<Item = Cow<'a, str>> {
        columns.iter().map(|column| self.cell(*column).csv())
    }

    /// The same as an object of JSON.
    pub(super) const fn only<'a>(&'a self, columns: &'a [Column]) -> Object<'a> {
        Object { row: self, columns }
    }

    /// What `column` says of it.
    pub(super) fn cell(&self, column: Column) -> Cell<'_> {
        let (request, became) = (&self.found.request, &self.found.became);
        let state = request.state;
        let ended = self.further.ended.as_ref();
        match column {
            Column::RequestId => Cell::Text(request.number.to_string().into()),
            Column::RequestDate => time(Some(request.created_at)),
            Column::RequestGrantDate => time(became.granted_at),
            Column::RequestRevokeDate => time(became.ended_at),
            Column::RequestorName => name(self.requester.as_ref()),
            Column::RequestorEmail => email(self.requester.as_ref()),
            Column::GranteeName => name(self.grantee.as_ref()),
            Column::GranteeId => text(self.grantee.as_ref().map(|grantee| grantee.account.user.as_str())),
            Column::GranteeType | Column::TriggerType => text(Some("user")),
            Column::Integration => text(Some(&request.integration)),
            Column::Resources => Cell::Texts(request.resources().into_iter().map(Cow::from).collect()),
            Column::ResourceType => text(Some(&request.resource_type)),
            Column::Permissions => Cell::Texts(request.permissions().into_iter().map(Cow::from).collect()),
            Column::ApproverNames => self.of_approvers(|person| &person.name),
            Column::ApproverEmails => self.of_approvers(|person| person.email.as_deref().unwrap_or_default()),
            Column::ApproverTypes => {
                let answers = self.found.answers.iter();
                Cell::Texts(answers.map(|answer| as_what(&answer.decided_as)).collect())
            }
            Column::Justification => text(self.justification.as_deref()),
            Column::Status => text(Some(state.stored().0)),
            Column::ApproverReason => Cell::Texts(all(&self.approver_reasons)),
            Column::ResourcesStatus => text(Some(self.on_target())),
            Column::AccessFlow => Cell::Texts(all(&request.flows)),
            Column::BundleName => Cell::Nothing,
            Column::ExtensionCount => Cell::Number(self.further.extensions),
            Column::StatusChangedAt => time(Some(became.since(request))),
            Column::DecidedAt => time(became.decided_at),
            Column::RequestedSeconds => Cell::Number(request.duration.as_secs()),
            Column::GrantedUntil => time(became.granted_at.and(self.found.until)),
            Column::EndedAt => time(state.is_final().then(|| became.since(request))),
            Column::EndReason => text(end_reason(state)),
            Column::LatenessSeconds => self.late_seconds().map_or(Cell::Nothing, Cell::Number),
            Column::TargetAccount => {
                let account = self.found.account.as_deref();
                text(account.filter(|_| became.granted_at.is_some()))
            }
            Column::Used => text(self.found.used.map(Used::name)),
            Column::LastUsed => time(self.found.last_used),
            Column::PolicyDigest => text(Some(&request.policy_digest)),
            Column::AuditSeqs => Cell::Numbers(&self.further.seqs),
            Column::DecidedHow => text(became.decided_by.map(DecidedBy::name)),
            Column::ApproverAnswers => {
                let answers = self.found.answers.iter();
                Cell::Texts(answers.map(|answer| answer.verdict.name().into()).collect())
            }
            Column::EndedByName => text(ended.map(|ended| ended.by.name.as_str())),
            Column::EndedByEmail => text(ended.and_then(|ended| ended.by.email.as_deref())),
            Column::EndedByReason => text(self.ended_reason.as_deref()),
            Column::GranteeEmail => email(self.grantee.as_ref()),
            Column::IntegrationKind => text(Some(&request.kind)),
        }
    }

    fn of_approvers<'a>(&'a self, say: impl Fn(&'a KnownPerson) -> &'a str) -> Cell<'a> {
        let said = self.approvers.iter().map(|person| person.as_deref().map(&say));
        Cell::Texts(said.map(|said| said.unwrap_or_default().into()).collect())
    }

    /// What the target has of it: all of its resources, or none.
    const fn on_target(&self) -> &'static str {
        match (self.found.became.granted_at, self.found.became.ended_at) {
            (_, Some(_)) => "revoked",
            (Some(_), None) => "granted",
            (None, None) => "not_granted",
        }
    }

    /// Only where the time was over: access that was taken away is not late.
    fn late_seconds(&self) -> Option<u64> {
        let is_over = self.found.request.state == State::Expired;
        let ended_at = self.found.became.ended_at.filter(|_| is_over)?;
        Some(ended_at.since(self.found.until?).as_secs())
    }
}

/// Why it ended or ends.
const fn end_reason(state: State) -> Option<&'static str> {
    match state {
        State::Expired => State::Revoking(RevokeCause::TimeOver).stored().1,
        state => state.stored().1,
    }
}

/// `named`, or `group:sre`.
fn as_what(because: &Because) -> Cow<'static, str> {
    match because {
        Because::Named => "named".into(),
        Because::Group(name) => format!("group:{name}").into(),
    }
}

fn time(time: Option<Timestamp>) -> Cell<'static> {
    time.map_or(Cell::Nothing, |time| Cell::Text(time.to_rfc3339().into()))
}

fn text(text: Option<&str>) -> Cell<'_> {
    text.map_or(Cell::Nothing, |text| Cell::Text(text.into()))
}

fn all(texts: &[String]) -> Vec<Cow<'_, str>> {
    texts.iter().map(Cow::from).collect()
}

fn name(person: Option<&Arc<KnownPerson>>) -> Cell<'_> {
    text(person.map(|person| person.name.as_str()))
}

fn email(person: Option<&Arc<KnownPerson>>) -> Cell<'_> {
    text(person.and_then(|person| person.email.as_deref()))
}

/// A row as an object of JSON, in the order of the columns.
pub(super) struct Object<'a> {
    row: &'a Row,
    columns: &'a [Column],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(
            self.columns
                .iter()
                .map(|column| (column.name(), self.row.cell(*column))),
        )
    }
}
