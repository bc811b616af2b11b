//! The columns of files about requests: what each is called, and what it says of a request. docs/portal.md explains them.

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
pub(super) enum Cell {
    Nothing,
    Text(String),
    Word(&'static str),
    Number(u64),
    Texts(Vec<String>),
    Numbers(Vec<u64>),
}

impl Cell {
    pub(super) fn csv(self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Text(text) => text,
            Self::Word(word) => word.to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Texts(texts) => csv::list(&texts),
            Self::Numbers(numbers) => csv::list(&numbers.iter().map(u64::to_string).collect::<Vec<_>>()),
        }
    }
}

impl Row {
    /// What `column` says of it.
    pub(super) fn cell(&self, column: Column) -> Cell {
        let (request, became) = (&self.found.request, &self.found.became);
        let state = request.state;
        match column {
            Column::RequestId => Cell::Text(request.number.to_string()),
            Column::RequestDate => time(Some(request.created_at)),
            Column::RequestGrantDate => time(became.granted_at),
            Column::RequestRevokeDate => time(became.ended_at),
            Column::RequestorName => name(self.requester.as_ref()),
            Column::RequestorEmail => email(self.requester.as_ref()),
            Column::GranteeName => name(self.grantee.as_ref()),
            Column::GranteeId => text(self.grantee.as_ref().map(|grantee| &grantee.account.user)),
            Column::GranteeType | Column::TriggerType => Cell::Word("user"),
            Column::Integration => Cell::Text(request.integration.clone()),
            Column::Resources => texts(request.resources()),
            Column::ResourceType => Cell::Text(request.resource_type.clone()),
            Column::Permissions => texts(request.permissions()),
            Column::ApproverNames => self.of_approvers(|person| person.name.clone()),
            Column::ApproverEmails => self.of_approvers(|person| person.email.clone().unwrap_or_default()),
            Column::ApproverTypes => {
                let answers = self.found.answers.iter();
                Cell::Texts(answers.map(|answer| as_what(&answer.decided_as)).collect())
            }
            Column::Justification => text(self.justification.as_ref()),
            Column::Status => Cell::Word(state.stored().0),
            Column::ApproverReason => Cell::Texts(self.approver_reasons.clone()),
            Column::ResourcesStatus => Cell::Word(self.on_target()),
            Column::AccessFlow => Cell::Texts(request.flows.clone()),
            Column::BundleName => Cell::Nothing,
            Column::ExtensionCount => Cell::Number(self.further.extensions),
            Column::StatusChangedAt => time(Some(became.since(request))),
            Column::DecidedAt => time(became.decided_at),
            Column::RequestedSeconds => Cell::Number(request.duration.as_secs()),
            Column::GrantedUntil => time(became.granted_at.and(self.found.until)),
            Column::EndedAt => time(state.is_final().then(|| became.since(request))),
            Column::EndReason => end_reason(state).map_or(Cell::Nothing, Cell::Word),
            Column::LatenessSeconds => self.late_seconds().map_or(Cell::Nothing, Cell::Number),
            Column::TargetAccount => {
                let account = self.found.account.as_ref();
                text(account.filter(|_| became.granted_at.is_some()))
            }
            Column::Used => self.found.used.map(Used::name).map_or(Cell::Nothing, Cell::Word),
            Column::LastUsed => time(self.found.last_used),
            Column::PolicyDigest => Cell::Text(request.policy_digest.clone()),
            Column::AuditSeqs => Cell::Numbers(self.further.seqs.clone()),
            Column::DecidedHow => became
                .decided_by
                .map(DecidedBy::name)
                .map_or(Cell::Nothing, Cell::Word),
            Column::ApproverAnswers => {
                let answers = self.found.answers.iter();
                Cell::Texts(answers.map(|answer| answer.verdict.name().to_owned()).collect())
            }
            Column::EndedByName => text(self.further.ended.as_ref().map(|ended| &ended.by.name)),
            Column::EndedByEmail => text(
                self.further
                    .ended
                    .as_ref()
                    .and_then(|ended| ended.by.email.as_ref()),
            ),
            Column::EndedByReason => text(self.ended_reason.as_ref()),
            Column::GranteeEmail => email(self.grantee.as_ref()),
            Column::IntegrationKind => Cell::Text(request.kind.clone()),
        }
    }

    fn of_approvers(&self, say: impl Fn(&KnownPerson) -> String) -> Cell {
        let said = self.approvers.iter().map(|person| person.as_deref().map(&say));
        Cell::Texts(said.map(Option::unwrap_or_default).collect())
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
fn as_what(because: &Because) -> String {
    match because {
        Because::Named => "named".to_owned(),
        Because::Group(name) => format!("group:{name}"),
    }
}

fn time(time: Option<Timestamp>) -> Cell {
    time.map_or(Cell::Nothing, |time| Cell::Text(time.to_rfc3339()))
}

fn text(text: Option<&String>) -> Cell {
    text.map_or(Cell::Nothing, |text| Cell::Text(text.clone()))
}

fn texts(texts: Vec<&str>) -> Cell {
    Cell::Texts(texts.into_iter().map(str::to_owned).collect())
}

fn name(person: Option<&Arc<KnownPerson>>) -> Cell {
    text(person.map(|person| &person.name))
}

fn email(person: Option<&Arc<KnownPerson>>) -> Cell {
    text(person.and_then(|person| person.email.as_ref()))
}

/// A row as an object of JSON, in the order of the columns.
impl Serialize for Row {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(Column::ALL.map(|column| (column.name(), self.cell(column))))
    }
}
