//! Requests with their units. An update names the version it saw; if another update came first, it is a conflict.

use std::collections::HashMap;
use std::mem;
use std::time::Duration;

use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select,
};

use crate::access::extension::ExtensionState;
use crate::access::ids::{PersonId, RequestId, RequestNumber, SubmissionId, TextId};
use crate::access::request::{Request, State, Unit};
use crate::access::time::{Timestamp, micros_of};

use super::at_once::{self, List};
use super::entities::{decision, extension, request, request_unit, submission};
use super::error::StoreError;
use super::read::Read;
use super::stamps::{stamped, stamps_of_new};
use super::{Store, Tx};

/// States in which something may be live on the target.
pub(super) const LIVE: [&str; 3] = ["approved", "granted", "revoking"];

/// The states of unfinished requests.
const OPEN: [&str; 4] = ["pending", "approved", "granted", "revoking"];

impl Tx {
    /// Records that this form was submitted; false if it was submitted before.
    pub async fn claim_submission(
        &mut self,
        id: &SubmissionId,
        person: &PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = submission::ActiveModel {
            id: Set(id.to_string()),
            person_id: Set(person.to_string()),
            created_at: Set(now.micros()),
        };
        let first = submission::Entity::insert(row)
            .on_conflict(OnConflict::column(submission::Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(first == 1)
    }

    pub async fn insert_request(&mut self, new: &Request) -> Result<(), StoreError> {
        let (state, reason) = new.state.stored();
        let row = request::ActiveModel {
            id: Set(new.id.to_string()),
            number: Set(new.number.0),
            submission_id: Set(new.submission.to_string()),
            requester_id: Set(new.requester.to_string()),
            grantee_id: Set(new.grantee.to_string()),
            integration: Set(new.integration.clone()),
            kind: Set(new.kind.clone()),
            resource_type: Set(new.resource_type.clone()),
            flows: Set(json_of(&new.flows)),
            policy_digest: Set(new.policy_digest.clone()),
            duration_us: Set(micros_of(new.duration)),
            justification_id: Set(new.justification.to_string()),
            state: Set(state.to_owned()),
            reason_kind: Set(reason.map(str::to_owned)),
            version: Set(new.version),
            created_at: Set(new.created_at.micros()),
            changed_at: Set(new.changed_at.micros()),
            answer_due: Set(new.answer_due.micros()),
            indexed_version: Set(Some(new.version)),
            ..stamps_of_new(new)
        };
        request::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        let units = (0_i64..)
            .zip(&new.units)
            .map(|(position, unit)| request_unit::ActiveModel {
                request_id: Set(new.id.to_string()),
                position: Set(position),
                resource_id: Set(unit.resource_id.clone()),
                resource_name: Set(unit.resource_name.clone()),
                permission: Set(unit.permission.clone()),
            });
        request_unit::Entity::insert_many(units)
            .exec_without_returning(self.db())
            .await?;
        self.index(new).await
    }

    /// Writes the fields that can change: state, flow, policy digest, duration, times. Its version has to be `was_version +
    /// 1`.
    ///
    /// [`StoreError::Conflict`] if the stored version is not `was_version`.
    pub async fn update_request(&mut self, changed: &Request, was_version: i64) -> Result<(), StoreError> {
        let (state, reason) = changed.state.stored();
        let row = request::ActiveModel {
            flows: Set(json_of(&changed.flows)),
            policy_digest: Set(changed.policy_digest.clone()),
            duration_us: Set(micros_of(changed.duration)),
            state: Set(state.to_owned()),
            reason_kind: Set(reason.map(str::to_owned)),
            version: Set(changed.version),
            changed_at: Set(changed.changed_at.micros()),
            answer_due: Set(changed.answer_due.micros()),
            indexed_version: Set(Some(changed.version)),
            ..Default::default()
        };
        let done = stamped(request::Entity::update_many().set(row), changed)
            .filter(request::Column::Id.eq(changed.id.as_str()))
            .filter(request::Column::Version.eq(was_version))
            .exec(self.db())
            .await?;
        if done.rows_affected == 1 {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    /// The request, locked until the change ends: changes to one request happen one after the other, so whatever else a change
    /// reads, such as the grant, is still true when it commits. On SQLite there is only one writer anyway.
    pub async fn request(&mut self, id: &RequestId) -> Result<Option<Request>, StoreError> {
        let mut found = request::Entity::find_by_id(id.as_str());
        QuerySelect::query(&mut found).lock_with_tables(LockType::Update, [request::Entity]);
        one(self.db(), found).await
    }
}

impl Tx {
    /// The same as [`ReadRequests::open_requests_of`], but only the ids, for callers that handle each request separately.
    pub async fn open_request_ids_of(&mut self, person: &PersonId) -> Result<Vec<RequestId>, StoreError> {
        ids(self.db(), open_of(person)).await
    }

    /// Requests by or for `person` that may be live and that `person` approved or extended.
    pub async fn live_by_own_decision(&mut self, person: &PersonId) -> Result<Vec<RequestId>, StoreError> {
        let person = person.as_str();
        let decided = decision::Entity::find()
            .select_only()
            .column(decision::Column::RequestId)
            .filter(decision::Column::PersonId.eq(person))
            .filter(decision::Column::Counts.eq(true))
            .into_query();
        let counts = ExtensionState::ALL.into_iter().filter(|state| state.counts());
        let lengthened = extension::Entity::find()
            .select_only()
            .column(extension::Column::RequestId)
            .filter(extension::Column::DecidedBy.eq(person))
            .filter(extension::Column::State.is_in(counts.map(ExtensionState::name)))
            .into_query();
        let by_themselves = Condition::any()
            .add(request::Column::Id.in_subquery(decided))
            .add(request::Column::Id.in_subquery(lengthened));
        let theirs = Condition::any()
            .add(request::Column::RequesterId.eq(person))
            .add(request::Column::GranteeId.eq(person));
        let found = request::Entity::find()
            .filter(request::Column::State.is_in(LIVE))
            .filter(theirs)
            .filter(by_themselves);
        ids(self.db(), found).await
    }

    /// Requests on an integration that are approved but not granted yet.
    pub async fn approved_requests_on(&mut self, integration: &str) -> Result<Vec<RequestId>, StoreError> {
        let found = request::Entity::find()
            .filter(request::Column::State.eq("approved"))
            .filter(request::Column::Integration.eq(integration));
        ids(self.db(), found).await
    }

    /// How many forms of a person have created requests since then.
    pub async fn submissions_since(
        &mut self,
        person: &PersonId,
        since: Timestamp,
    ) -> Result<u64, StoreError> {
        let found = submission::Entity::find()
            .filter(submission::Column::PersonId.eq(person.as_str()))
            .filter(submission::Column::CreatedAt.gt(since.micros()));
        Ok(found.count(self.db()).await?)
    }
}

/// Queries about requests. [`Store::request`] reads a single one, and [`Tx::request`] locks it.
pub trait ReadRequests: Read {
    /// Unfinished requests by or for a person, oldest first.
    async fn open_requests_of(&self, person: &PersonId) -> Result<Vec<Request>, StoreError> {
        many(self.connection(), open_of(person)).await
    }
}

impl<T: Read> ReadRequests for T {}

impl Store {
    pub async fn request(&self, id: &RequestId) -> Result<Option<Request>, StoreError> {
        one(self.reader(), request::Entity::find_by_id(id.as_str())).await
    }

    pub async fn request_by_number(&self, number: RequestNumber) -> Result<Option<Request>, StoreError> {
        let found = request::Entity::find().filter(request::Column::Number.eq(number.0));
        one(self.reader(), found).await
    }

    /// The requests that one form created, in the order of their numbers.
    pub async fn requests_of_submission(&self, id: &SubmissionId) -> Result<Vec<Request>, StoreError> {
        let found = request::Entity::find()
            .filter(request::Column::SubmissionId.eq(id.as_str()))
            .order_by_asc(request::Column::Number);
        many(self.reader(), found).await
    }

    /// Requests waiting for an answer, oldest first.
    pub async fn pending_requests(&self) -> Result<Vec<RequestId>, StoreError> {
        let found = request::Entity::find().filter(request::Column::State.eq("pending"));
        ids(self.reader(), found).await
    }

    /// Requests that wait for an answer or for being granted.
    pub async fn ungranted_requests(&self) -> Result<Vec<RequestId>, StoreError> {
        let found = request::Entity::find().filter(request::Column::State.is_in(["pending", "approved"]));
        ids(self.reader(), found).await
    }

    /// Everybody who has or is waiting for access.
    pub async fn people_with_open_requests(&self) -> Result<Vec<PersonId>, StoreError> {
        let found = request::Entity::find().filter(request::Column::State.is_in(OPEN));
        let rows: Vec<(String, String)> = found
            .select_only()
            .columns([request::Column::RequesterId, request::Column::GranteeId])
            .distinct()
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut people: Vec<String> = rows
            .into_iter()
            .flat_map(|(requester, grantee)| [requester, grantee])
            .collect();
        people.sort();
        people.dedup();
        Ok(people.into_iter().map(PersonId::new).collect())
    }
}

fn open_of(person: &PersonId) -> Select<request::Entity> {
    request::Entity::find()
        .filter(concerns(person))
        .filter(request::Column::State.is_in(OPEN))
        .order_by_asc(request::Column::Number)
}

async fn ids(
    db: &impl ConnectionTrait,
    found: Select<request::Entity>,
) -> Result<Vec<RequestId>, StoreError> {
    let rows: Vec<String> = found
        .order_by_asc(request::Column::Number)
        .select_only()
        .column(request::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(RequestId::new).collect())
}

pub(super) fn concerns(person: &PersonId) -> Condition {
    Condition::any()
        .add(request::Column::RequesterId.eq(person.as_str()))
        .add(request::Column::GranteeId.eq(person.as_str()))
}

/// The one request that is `found`, with its units, in the same query.
async fn one(
    db: &impl ConnectionTrait,
    found: Select<request::Entity>,
) -> Result<Option<Request>, StoreError> {
    let units = request_unit::Entity::belongs_to(request::Entity)
        .from(request_unit::Column::RequestId)
        .to(request::Column::Id)
        .into();
    let rows = found
        .join_rev(JoinType::LeftJoin, units)
        .select_also(request_unit::Entity)
        .order_by_asc(request_unit::Column::Position)
        .all(db)
        .await?;
    let (requests, units): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let units = units.into_iter().flatten().map(Unit::from).collect();
    requests
        .into_iter()
        .next()
        .map(|row| (row, units).try_into())
        .transpose()
}

pub(super) async fn many(
    db: &impl ConnectionTrait,
    found: Select<request::Entity>,
) -> Result<Vec<Request>, StoreError> {
    with_units(db, found.all(db).await?).await
}

/// The requests of these rows, in their order.
pub(super) async fn with_units(
    db: &impl ConnectionTrait,
    rows: Vec<request::Model>,
) -> Result<Vec<Request>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut units: HashMap<String, Vec<Unit>> = HashMap::new();
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let list = List::texts(db, &ids);
    let columns = at_once::columns::<request_unit::Column>("u");
    let these = format!("request_unit u WHERE u.request_id IN {}", list.sql);
    let mut unit_rows: Vec<request_unit::Model> = at_once::rows(db, &columns, &these, list.values()).await?;
    unit_rows.sort_unstable_by_key(|row| row.position);
    for mut row in unit_rows {
        let request = mem::take(&mut row.request_id);
        units.entry(request).or_default().push(row.into());
    }
    rows.into_iter()
        .map(|row| {
            let units = units.remove(&row.id).unwrap_or_default();
            (row, units).try_into()
        })
        .collect()
}

impl From<request_unit::Model> for Unit {
    fn from(row: request_unit::Model) -> Self {
        Self {
            resource_id: row.resource_id,
            resource_name: row.resource_name,
            permission: row.permission,
        }
    }
}

impl TryFrom<(request::Model, Vec<Unit>)> for Request {
    type Error = StoreError;

    fn try_from((row, units): (request::Model, Vec<Unit>)) -> Result<Self, StoreError> {
        let inconsistent = |what: &str| StoreError::inconsistent("request", &row.id, what);
        let state = State::from_stored(&row.state, row.reason_kind.as_deref())
            .ok_or_else(|| inconsistent("unknown state"))?;
        let duration = u64::try_from(row.duration_us).map_err(|_| inconsistent("a negative duration"))?;
        if units.is_empty() {
            return Err(inconsistent("no units"));
        }
        let flows = serde_json::from_str(&row.flows);
        let flows = flows.map_err(|_| inconsistent("flows are not a list"))?;
        Ok(Self {
            id: RequestId::new(row.id),
            number: RequestNumber(row.number),
            submission: SubmissionId::new(row.submission_id),
            requester: PersonId::new(row.requester_id),
            grantee: PersonId::new(row.grantee_id),
            integration: row.integration,
            kind: row.kind,
            resource_type: row.resource_type,
            units,
            flows,
            policy_digest: row.policy_digest,
            duration: Duration::from_micros(duration),
            justification: TextId::new(row.justification_id),
            state,
            version: row.version,
            created_at: Timestamp::from_micros(row.created_at),
            changed_at: Timestamp::from_micros(row.changed_at),
            answer_due: Timestamp::from_micros(row.answer_due),
        })
    }
}

fn json_of(flows: &[String]) -> String {
    serde_json::to_string(flows).expect("names can be written as JSON")
}
