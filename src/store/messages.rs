//! Messages to people about requests: where each one is and what it shows. A card follows its request's version.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Statement,
};

use crate::access::ids::{PersonId, RequestId};
use crate::access::named::named;
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::message;
use super::error::StoreError;
use super::jobs::JobKind;
use super::read::Read;

/// One message in Slack, wanted or existing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub id: String,
    pub request: RequestId,
    pub person: PersonId,
    pub surface: Surface,
    /// The number (from 1) of the request's extension it is about, of the reminder of an alarm, or of the finding an alarm is
    /// about; 0 if it is about the request itself.
    pub extension: i64,
    /// Grows when a card can never be updated again and a new one takes its place.
    pub generation: i64,
    pub channel: Option<String>,
    pub ts: Option<String>,
    /// The request's version that it shows.
    pub shown_version: Option<i64>,
    pub state: MessageState,
    /// When its first post was tried. A post that was tried before may exist, so it is looked for.
    pub first_attempt_at: Option<Timestamp>,
    /// It could not be shown, and is retried at this time.
    pub retry: Option<Retry>,
}

/// When to retry a message that could not be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    pub at: Timestamp,
    /// The request's version that could not be shown; a new version is tried at once.
    pub version: i64,
}

named! {
    /// What a message is for.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Surface {
        RequesterCard = "requester_card",
        ApproverCard = "approver_card",
        NoticeGranted = "notice_granted",
        NoticeRejected = "notice_rejected",
        NoticeFailed = "notice_failed",
        NoticeEndingSoon = "notice_ending_soon",
        NoticeEnded = "notice_ended",
        /// To an admin: the grantee turned out to be the approver.
        NoticeSelfApproved = "notice_self_approved",
        /// To somebody who may decide an extension.
        ExtensionCard = "extension_card",
        NoticeExtended = "notice_extended",
        NoticeNotExtended = "notice_not_extended",
        /// To an admin: none of the people who could answer can be messaged.
        NoticeNotReached = "notice_not_reached",
        /// To the alerts channel: the same. It follows the request until somebody was reached or the request is closed.
        NotReachedAlarm = "not_reached_alarm",
        /// To the alerts channel: the access should be gone. It follows the request until that is so.
        OverdueAlarm = "overdue_alarm",
        /// To the alerts channel: somebody has access that was not granted. Counted like extensions.
        UngrantedAlarm = "ungranted_alarm",
        /// In the alarm's thread: a reminder.
        OverdueReminder = "overdue_reminder",
        /// In the alarm's thread, its last: the access is gone.
        OverdueGone = "overdue_gone",
    }
}

named! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum MessageState {
        Wanted = "wanted",
        /// A first post was begun; it may exist or not.
        Sending = "sending",
        Shown = "shown",
        /// Slack currently does not accept it for its person; it is retried as long as its request is pending.
        NotReached = "not_reached",
        /// It can never be changed again; another generation has replaced it.
        Dead = "dead",
    }
}

impl Surface {
    /// A card follows its request; a notice is sent once.
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

    /// Whether it goes to the alerts channel, not to its person.
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
}

impl Message {
    /// A message that should be shown, the first of its kind.
    pub fn wanted(
        id: String,
        request: RequestId,
        person: PersonId,
        surface: Surface,
        extension: i64,
    ) -> Self {
        Self {
            id,
            request,
            person,
            surface,
            extension,
            generation: 1,
            channel: None,
            ts: None,
            shown_version: None,
            state: MessageState::Wanted,
            first_attempt_at: None,
            retry: None,
        }
    }

    /// Its replacement when it can never be changed again.
    #[must_use]
    pub fn anew(&self, id: String) -> Self {
        let fresh = Self::wanted(
            id,
            self.request.clone(),
            self.person.clone(),
            self.surface,
            self.extension,
        );
        Self {
            generation: self.generation + 1,
            ..fresh
        }
    }

    /// It does not exist: nothing was posted, so there is nothing to look for.
    #[must_use]
    pub fn unsent(self, state: MessageState) -> Self {
        Self {
            state,
            first_attempt_at: None,
            ..self
        }
    }
}

impl Tx {
    /// Stores messages that should be shown, and returns how many; those already wanted or existing stay as they are.
    pub async fn want_messages(&mut self, wanted: &[Message]) -> Result<u64, StoreError> {
        if wanted.is_empty() {
            return Ok(0);
        }
        let unique = OnConflict::columns([
            message::Column::RequestId,
            message::Column::PersonId,
            message::Column::Surface,
            message::Column::Extension,
            message::Column::Generation,
        ])
        .do_nothing()
        .to_owned();
        let made = message::Entity::insert_many(wanted.iter().map(row_of))
            .on_conflict(unique)
            .exec_without_returning(self.db())
            .await?;
        Ok(made)
    }

    /// The delivery job that begins with this change tries the request's wanted first posts.
    pub async fn begin_first_posts(&mut self, request: &RequestId, now: Timestamp) -> Result<(), StoreError> {
        let sql = format!(
            "UPDATE message SET state = '{}', first_attempt_at = $2 WHERE request_id = $1 AND state = '{}' RETURNING id",
            MessageState::Sending.name(),
            MessageState::Wanted.name(),
        );
        let values = [request.as_str().into(), now.micros().into()];
        let statement = Statement::from_sql_and_values(self.backend(), sql, values);
        let rows = self.db().query_all_raw(statement).await?;
        let ids: Result<_, _> = rows.iter().map(|row| row.try_get_by_index(0)).collect();
        self.news_mut().begun(JobKind::Message, request.as_str(), ids?);
        Ok(())
    }

    /// Inserts or updates rows. An update does not touch what never changes, nor the person: a merge of accounts may have
    /// changed that since the row was read.
    pub async fn put_messages(&mut self, changed: &[Message]) -> Result<(), StoreError> {
        if changed.is_empty() {
            return Ok(());
        }
        let known = OnConflict::column(message::Column::Id)
            .update_columns([
                message::Column::Channel,
                message::Column::Ts,
                message::Column::ShownVersion,
                message::Column::State,
                message::Column::FirstAttemptAt,
                message::Column::RetryAt,
                message::Column::TriedVersion,
            ])
            .to_owned();
        message::Entity::insert_many(changed.iter().map(row_of))
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

/// Queries about messages.
pub trait ReadMessages: Read {
    /// Every message about a request, in the order they were wanted, including dead ones.
    async fn messages_of(&self, request: &RequestId) -> Result<Vec<Message>, StoreError> {
        let rows = message::Entity::find()
            .filter(message::Column::RequestId.eq(request.as_str()))
            .order_by_asc(message::Column::Id)
            .all(self.connection())
            .await?;
        rows.into_iter().map(Message::try_from).collect()
    }
}

impl<T: Read> ReadMessages for T {}

fn row_of(message: &Message) -> message::ActiveModel {
    message::ActiveModel {
        id: Set(message.id.clone()),
        request_id: Set(message.request.to_string()),
        person_id: Set(message.person.to_string()),
        surface: Set(message.surface.name().to_owned()),
        extension: Set(message.extension),
        generation: Set(message.generation),
        channel: Set(message.channel.clone()),
        ts: Set(message.ts.clone()),
        shown_version: Set(message.shown_version),
        state: Set(message.state.name().to_owned()),
        first_attempt_at: Set(message.first_attempt_at.map(Timestamp::micros)),
        retry_at: Set(message.retry.map(|retry| retry.at.micros())),
        tried_version: Set(message.retry.map(|retry| retry.version)),
    }
}

impl TryFrom<message::Model> for Message {
    type Error = StoreError;

    fn try_from(row: message::Model) -> Result<Self, StoreError> {
        let unknown = |what| StoreError::inconsistent("message", &row.id, what);
        let surface = Surface::named(&row.surface).ok_or_else(|| unknown("unknown surface"))?;
        let state = MessageState::named(&row.state).ok_or_else(|| unknown("unknown state"))?;
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
            retry: row.retry_at.zip(row.tried_version).map(|(at, version)| Retry {
                at: Timestamp::from_micros(at),
                version,
            }),
        })
    }
}
