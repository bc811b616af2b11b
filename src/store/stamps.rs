//! When a request was decided, granted and ended, and how it was decided: kept in its row, because lists look for it.
//!
//! Invariant: they follow from the states that the row was in; rows written by a version that did not keep them are read from
//! what else is stored about them (`index.rs`).

use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{ActiveValue::Set, UpdateMany};

use crate::access::filter::DecidedBy;
use crate::access::request::{Request, State};

use super::entities::request;

/// Of a request that is inserted. If it is approved already, its flows did that.
pub(super) fn stamps_of_new(new: &Request) -> request::ActiveModel {
    let decided = (new.state != State::Pending).then_some(new.created_at.micros());
    request::ActiveModel {
        decided_at: Set(decided),
        decided_by: Set(decided.map(|_| DecidedBy::Automatic.name().to_owned())),
        granted_at: Set(None),
        ended_at: Set(None),
        used: Set(None),
        ..Default::default()
    }
}

/// The update, with the stamps that belong to the new state. Those that are set stay, except that a request that waits
/// again is not decided.
pub(super) fn stamped(update: UpdateMany<request::Entity>, changed: &Request) -> UpdateMany<request::Entity> {
    let now = changed.changed_at.micros();
    let or =
        |column: request::Column, value: Expr| -> Expr { Func::coalesce([Expr::col(column), value]).into() };
    let Some(decided_by) = DecidedBy::of(changed.state) else {
        return update
            .col_expr(request::Column::DecidedAt, Expr::val(None::<i64>))
            .col_expr(request::Column::DecidedBy, Expr::val(None::<String>));
    };
    let update = update
        .col_expr(
            request::Column::DecidedAt,
            or(request::Column::DecidedAt, Expr::val(now)),
        )
        .col_expr(
            request::Column::DecidedBy,
            or(request::Column::DecidedBy, Expr::val(decided_by.name())),
        );
    if changed.state == State::Granted {
        return update.col_expr(
            request::Column::GrantedAt,
            or(request::Column::GrantedAt, Expr::val(now)),
        );
    }
    if !changed.state.is_final() {
        return update;
    }
    let never_granted = Expr::col(request::Column::GrantedAt).is_null();
    let ended = or(request::Column::EndedAt, Expr::val(now));
    let ended = Expr::case(never_granted, Expr::val(None::<i64>)).finally(ended);
    update.col_expr(request::Column::EndedAt, ended.into())
}

/// The stamps of rows that were written by a version that did not keep them, from decisions, grants and states. Of a request
/// that was neither granted nor decided by a person, the time of its last change is the best there is.
pub(super) const FROM_THE_REST: &str = "UPDATE request SET
       decided_at = CASE
         WHEN state = 'pending' THEN NULL
         WHEN state = 'rejected' THEN changed_at
         ELSE COALESCE(
           (SELECT MAX(d.decided_at) FROM decision d WHERE d.request_id = request.id AND d.counts),
           CASE WHEN state = 'cancelled' AND NOT EXISTS
             (SELECT 1 FROM access_grant g WHERE g.request_id = request.id) THEN changed_at ELSE created_at END)
         END,
       decided_by = CASE
         WHEN state = 'pending' THEN NULL
         WHEN state = 'rejected' THEN CASE
           WHEN reason_kind = 'by_approver' THEN 'person' WHEN reason_kind = 'lapsed' THEN 'lapsed' ELSE 'closed' END
         WHEN EXISTS (SELECT 1 FROM decision d WHERE d.request_id = request.id AND d.counts) THEN 'person'
         WHEN state = 'cancelled' AND NOT EXISTS
           (SELECT 1 FROM access_grant g WHERE g.request_id = request.id) THEN 'cancelled'
         ELSE 'automatic' END,
       granted_at = (SELECT g.confirmed_at FROM access_grant g WHERE g.request_id = request.id),
       ended_at = (SELECT g.ended_at FROM access_grant g WHERE g.request_id = request.id AND g.confirmed_at IS NOT NULL),
       indexed_version = version
     WHERE number >= $1 AND number <= $2 AND (indexed_version IS NULL OR indexed_version <> version)";
