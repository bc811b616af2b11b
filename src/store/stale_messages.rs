//! The safety net for message delivery: messages that show less than is committed and that no job would correct.

use std::time::Duration;

use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Statement,
};

use crate::access::time::micros_of;

use super::Store;
use super::entities::{job, message};
use super::error::StoreError;
use super::jobs::JobKind;
use super::messages::{Message, MessageState, Surface};

impl Store {
    /// Up to `limit` messages that do not show what is committed and that no open job would correct. If there are any, a job
    /// was lost. A card can fall behind only through a change, so only cards of requests that changed within `back` before the
    /// latest change are checked.
    pub async fn stale_messages(&self, back: Duration, limit: u64) -> Result<Vec<Message>, StoreError> {
        let db = self.reader();
        let unsent = [
            MessageState::Wanted,
            MessageState::Sending,
            MessageState::NotReached,
        ]
        .map(MessageState::name);
        let in_delivery = Query::select()
            .expr(Expr::val(1))
            .from(job::Entity)
            .and_where(job::Column::Kind.eq(JobKind::Message.name()))
            .and_where(
                Expr::col((job::Entity, job::Column::Key))
                    .equals((message::Entity, message::Column::RequestId)),
            )
            .to_owned();
        let mut rows = message::Entity::find()
            .filter(message::Column::State.is_in(unsent))
            .filter(Expr::exists(in_delivery).not())
            .limit(limit)
            .all(db)
            .await?;
        rows.extend(behind(db, back, limit).await?);
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        rows.into_iter().map(Message::try_from).collect()
    }
}

/// Cards that are behind their request, and that no job will correct.
async fn behind(
    db: &impl ConnectionTrait,
    back: Duration,
    limit: u64,
) -> Result<Vec<message::Model>, StoreError> {
    let cards: Vec<String> = Surface::ALL
        .into_iter()
        .filter(|surface| surface.is_card())
        .map(|surface| format!("'{}'", surface.name()))
        .collect();
    // SQLite keeps the order of a CROSS JOIN: from the few changed requests to their cards, through the cards' index and not
    // the index of states, in which nearly all values are equal.
    let sql = format!(
        "SELECT m.* FROM request r CROSS JOIN message m
         WHERE r.changed_at >= (SELECT MAX(changed_at) FROM request) - $1 AND m.request_id = r.id AND m.shown_version < r.version
           AND m.state || '' = '{}' AND m.surface IN ({})
           AND NOT EXISTS (SELECT 1 FROM job WHERE job.kind = '{}' AND job.key = m.request_id)
         LIMIT $2",
        MessageState::Shown.name(),
        cards.join(", "),
        JobKind::Message.name(),
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [micros_of(back).into(), limit.into()];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let rows = db.query_all_raw(statement).await?;
    let read = rows.iter().map(|row| message::Model::from_query_result(row, ""));
    Ok(read.collect::<Result<_, _>>()?)
}
