//! Messages about requests, to people: where each stands and what it shows. A card follows its request's version.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter,
    QueryOrder, QuerySelect, Statement,
};

use crate::access::ids::{PersonId, RequestId};
use crate::access::time::Timestamp;

use super::entities::{job, message};
use super::error::StoreError;
use super::jobs::JobKind;
use super::{Store, Tx};

/// One message in Slack, wanted or there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub request: RequestId,
    pub person: PersonId,
    pub surface: Surface,
    /// Which extension of the request it is about, which reminder of an alarm it is, or which finding an alarm is about,
    /// counted from 1; 0 if it is about the request itself.
    pub extension: i64,
    /// Grows when a card can never be updated again and a new one takes its place.
    pub generation: i64,
    pub channel: Option<String>,
    pub ts: Option<String>,
    /// The request's version that it shows.
    pub shown_version: Option<i64>,
    pub state: MessageState,
    /// When its first post was tried: one that was tried before may be there, and is looked for.
    pub first_attempt_at: Option<Timestamp>,
}

/// What a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Surface {
    RequesterCard,
    ApproverCard,
    NoticeGranted,
    NoticeRejected,
    NoticeFailed,
    NoticeEndingSoon,
    NoticeEnded,
    /// To an admin: whoever has the access turned out to have approved it.
    NoticeSelfApproved,
    /// To somebody who may decide an extension.
    ExtensionCard,
    NoticeExtended,
    NoticeNotExtended,
    /// To an admin: nobody who could answer can be written to.
    NoticeNotReached,
    /// To the alerts channel: the same. It follows the request until somebody was reached or it is over.
    NotReachedAlarm,
    /// To the alerts channel: the access should be gone. It follows the request until that is so.
    OverdueAlarm,
    /// To the alerts channel: somebody has the access whom nobody granted it. Counted like extensions.
    UngrantedAlarm,
    /// In the alarm's thread: it is still so.
    OverdueReminder,
    /// In the alarm's thread, its last: the access is gone.
    OverdueGone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MessageState {
    Wanted,
    /// A first post was committed to; it may be there or not.
    Sending,
    Shown,
    /// Slack does not take it for its person now; it is tried on as long as its request waits.
    NotReached,
    /// It can never be changed again; another generation took its place.
    Dead,
}

impl Surface {
    pub const ALL: [Self; 17] = [
        Self::RequesterCard,
        Self::ApproverCard,
        Self::NoticeGranted,
        Self::NoticeRejected,
        Self::NoticeFailed,
        Self::NoticeEndingSoon,
        Self::NoticeEnded,
        Self::NoticeSelfApproved,
        Self::ExtensionCard,
        Self::NoticeExtended,
        Self::NoticeNotExtended,
        Self::NoticeNotReached,
        Self::NotReachedAlarm,
        Self::OverdueAlarm,
        Self::UngrantedAlarm,
        Self::OverdueReminder,
        Self::OverdueGone,
    ];

    /// A card follows its request; a notice is said once.
    pub const fn is_card(self) -> bool {
        match self {
            Self::RequesterCard
            | Self::ApproverCard
            | Self::ExtensionCard
            | Self::NotReachedAlarm
            | Self::OverdueAlarm => true,
            Self::NoticeGranted
            | Self::NoticeRejected
            | Self::NoticeFailed
            | Self::NoticeEndingSoon
            | Self::NoticeEnded
            | Self::NoticeSelfApproved
            | Self::NoticeExtended
            | Self::NoticeNotExtended
            | Self::NoticeNotReached
            | Self::UngrantedAlarm
            | Self::OverdueReminder
            | Self::OverdueGone => false,
        }
    }

    /// It goes to the alerts channel, not to its person.
    pub const fn is_alarm(self) -> bool {
        match self {
            Self::NotReachedAlarm
            | Self::OverdueAlarm
            | Self::UngrantedAlarm
            | Self::OverdueReminder
            | Self::OverdueGone => true,
            Self::RequesterCard
            | Self::ApproverCard
            | Self::ExtensionCard
            | Self::NoticeGranted
            | Self::NoticeRejected
            | Self::NoticeFailed
            | Self::NoticeEndingSoon
            | Self::NoticeEnded
            | Self::NoticeSelfApproved
            | Self::NoticeExtended
            | Self::NoticeNotExtended
            | Self::NoticeNotReached => false,
        }
    }

    const fn stored(self) -> &'static str {
        match self {
            Self::RequesterCard => "requester_card",
            Self::ApproverCard => "approver_card",
            Self::NoticeGranted => "notice_granted",
            Self::NoticeRejected => "notice_rejected",
            Self::NoticeFailed => "notice_failed",
            Self::NoticeEndingSoon => "notice_ending_soon",
            Self::NoticeEnded => "notice_ended",
            Self::NoticeSelfApproved => "notice_self_approved",
            Self::ExtensionCard => "extension_card",
            Self::NoticeExtended => "notice_extended",
            Self::NoticeNotExtended => "notice_not_extended",
            Self::NoticeNotReached => "notice_not_reached",
            Self::NotReachedAlarm => "not_reached_alarm",
            Self::OverdueAlarm => "overdue_alarm",
            Self::UngrantedAlarm => "ungranted_alarm",
            Self::OverdueReminder => "overdue_reminder",
            Self::OverdueGone => "overdue_gone",
        }
    }
}

impl MessageState {
    const ALL: [Self; 5] = [
        Self::Wanted,
        Self::Sending,
        Self::Shown,
        Self::NotReached,
        Self::Dead,
    ];

    const fn stored(self) -> &'static str {
        match self {
            Self::Wanted => "wanted",
            Self::Sending => "sending",
            Self::Shown => "shown",
            Self::NotReached => "not_reached",
            Self::Dead => "dead",
        }
    }
}

impl Tx {
    /// Keeps a message that is to be shown; false, and nothing changes, if this one is wanted or there already.
    pub async fn want_message(&mut self, wanted: &Message) -> Result<bool, StoreError> {
        let unique = OnConflict::columns([
            message::Column::RequestId,
            message::Column::PersonId,
            message::Column::Surface,
            message::Column::Extension,
            message::Column::Generation,
        ])
        .do_nothing()
        .to_owned();
        let made = message::Entity::insert(row_of(wanted))
            .on_conflict(unique)
            .exec_without_returning(self.db())
            .await?;
        Ok(made == 1)
    }

    /// Writes the whole row, new or known.
    pub async fn put_message(&mut self, changed: &Message) -> Result<(), StoreError> {
        let known = OnConflict::column(message::Column::Id)
            .update_columns(message::Column::iter())
            .to_owned();
        message::Entity::insert(row_of(changed))
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    pub async fn messages_of(&mut self, request: &RequestId) -> Result<Vec<Message>, StoreError> {
        of_request(self.db(), request).await
    }
}

impl Store {
    pub async fn message(&self, id: &str) -> Result<Option<Message>, StoreError> {
        let row = message::Entity::find_by_id(id).one(self.reader()).await?;
        row.map(Message::try_from).transpose()
    }

    /// Every message about a request, in the order they were wanted, dead ones too.
    pub async fn messages_of(&self, request: &RequestId) -> Result<Vec<Message>, StoreError> {
        of_request(self.reader(), request).await
    }

    /// Up to `limit` messages that do not show what is committed and that no open job would put right: there are none,
    /// or a job was lost. Of cards those of requests that changed after `since`: a card falls behind by a change alone.
    pub async fn stale_messages(&self, since: Timestamp, limit: u64) -> Result<Vec<Message>, StoreError> {
        let db = self.reader();
        let unsent = [
            MessageState::Wanted,
            MessageState::Sending,
            MessageState::NotReached,
        ]
        .map(MessageState::stored);
        let in_delivery = Query::select()
            .expr(Expr::val(1))
            .from(job::Entity)
            .and_where(job::Column::Kind.eq(JobKind::Message.stored()))
            .and_where(
                Expr::col((job::Entity, job::Column::Key)).equals((message::Entity, message::Column::Id)),
            )
            .to_owned();
        let mut rows = message::Entity::find()
            .filter(message::Column::State.is_in(unsent))
            .filter(Expr::exists(in_delivery).not())
            .limit(limit)
            .all(db)
            .await?;
        rows.extend(behind(db, since, limit).await?);
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        rows.into_iter().map(Message::try_from).collect()
    }
}

/// Cards that show less than their request is, and that no job will put right.
async fn behind(
    db: &impl ConnectionTrait,
    since: Timestamp,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    let cards: Vec<String> = Surface::ALL
        .into_iter()
        .filter(|surface| surface.is_card())
        .map(|surface| format!("'{}'", surface.stored()))
        .collect();
    // SQLite keeps the order of a CROSS JOIN: from the few requests that changed to their cards, by the index of those and
    // not by the one of states, in which nearly all are alike.
    let sql = format!(
        "SELECT m.* FROM request r CROSS JOIN message m
         WHERE r.changed_at > $1 AND m.request_id = r.id AND m.shown_version < r.version
           AND m.state || '' = '{}' AND m.surface IN ({})
           AND NOT EXISTS (SELECT 1 FROM job WHERE job.kind = '{}' AND job.key = m.id)
         LIMIT $2",
        MessageState::Shown.stored(),
        cards.join(", "),
        JobKind::Message.stored(),
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [since.micros().into(), limit.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let read = rows.iter().map(|row| message::Model::from_query_result(row, ""));
    Ok(read.collect::<Result<_, _>>()?)
}

async fn of_request(db: &impl ConnectionTrait, request: &RequestId) -> Result<Vec<Message>, StoreError> {
    let rows = message::Entity::find()
        .filter(message::Column::RequestId.eq(request.as_str()))
        .order_by_asc(message::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Message::try_from).collect()
}

fn row_of(message: &Message) -> message::ActiveModel {
    message::ActiveModel {
        id: Set(message.id.clone()),
        request_id: Set(message.request.to_string()),
        person_id: Set(message.person.to_string()),
        surface: Set(message.surface.stored().to_owned()),
        extension: Set(message.extension),
        generation: Set(message.generation),
        channel: Set(message.channel.clone()),
        ts: Set(message.ts.clone()),
        shown_version: Set(message.shown_version),
        state: Set(message.state.stored().to_owned()),
        first_attempt_at: Set(message.first_attempt_at.map(Timestamp::micros)),
    }
}

impl TryFrom<message::Model> for Message {
    type Error = StoreError;

    fn try_from(row: message::Model) -> Result<Self, StoreError> {
        let surface = Surface::ALL
            .into_iter()
            .find(|surface| surface.stored() == row.surface)
            .ok_or_else(|| StoreError::inconsistent("message", &row.id, "a surface that is none"))?;
        let state = MessageState::ALL
            .into_iter()
            .find(|state| state.stored() == row.state)
            .ok_or_else(|| StoreError::inconsistent("message", &row.id, "a state that is none"))?;
        Ok(Self {
            id: row.id,
            request: RequestId::new(row.request_id),
            person: PersonId::new(row.person_id),
            surface,
            extension: row.extension,
            generation: row.generation,
            channel: row.channel,
            ts: row.ts,
            shown_version: row.shown_version,
            state,
            first_attempt_at: row.first_attempt_at.map(Timestamp::from_micros),
        })
    }
}
