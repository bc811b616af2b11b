//! Red buttons: everything that somebody has, or everything on an integration, has to end.
//!
//! Each is pressed once, with its form. What it has to end is recorded in the commit of the press and crossed out as it is
//! taken up: there may be more than fits in one change.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait};

use crate::access::ids::{PersonId, RequestId, SubmissionId};
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::{red_button, red_button_request, request};
use super::error::StoreError;
use super::people::{KnownPerson, ReadPeople};

/// The states in which a red button ends something.
pub(super) const ENDING: [&str; 2] = ["approved", "granted"];

/// Whose requests it covers, or on which integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Everything<'a> {
    /// By or for this person.
    Of(&'a PersonId),
    /// On this integration, whether it is in the config or not.
    On(&'a str),
}

impl Tx {
    /// Records that this form pressed a red button; false if it already had.
    pub async fn press_red_button(
        &mut self,
        form: &SubmissionId,
        by: &PersonId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let row = red_button::ActiveModel {
            id: Set(form.to_string()),
            pressed_by: Set(by.to_string()),
            pressed_at: Set(now.micros()),
        };
        let first = red_button::Entity::insert(row)
            .on_conflict(OnConflict::column(red_button::Column::Id).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(first == 1)
    }

    /// Records what is approved or live in `everything` now, and returns how many requests that is.
    pub async fn note_to_end(
        &mut self,
        form: &SubmissionId,
        everything: Everything<'_>,
    ) -> Result<u64, StoreError> {
        let (meant, name) = match everything {
            Everything::Of(person) => ("(requester_id = $2 OR grantee_id = $2)", person.as_str()),
            Everything::On(integration) => ("integration = $2", integration),
        };
        let [approved, granted] = ENDING;
        // PostgreSQL locks each request that a row refers to, so the order has to be the same as elsewhere.
        let sql = format!(
            "INSERT INTO red_button_request (red_button_id, request_id)
             SELECT $1, id FROM request WHERE state IN ('{approved}', '{granted}') AND {meant} ORDER BY number"
        );
        let noted = self.execute(sql, [form.as_str().into(), name.into()]).await?;
        Ok(noted.rows_affected())
    }

    /// The oldest `limit` requests that this red button still has to end; they are crossed out with this change.
    pub async fn take_to_end(
        &mut self,
        form: &SubmissionId,
        limit: u64,
    ) -> Result<Vec<RequestId>, StoreError> {
        let noted = red_button_request::Entity::find()
            .select_only()
            .column(red_button_request::Column::RequestId)
            .filter(red_button_request::Column::RedButtonId.eq(form.as_str()))
            .into_query();
        let next: Vec<String> = request::Entity::find()
            .select_only()
            .column(request::Column::Id)
            .filter(request::Column::Id.in_subquery(noted))
            .order_by_asc(request::Column::Number)
            .limit(limit)
            .into_tuple()
            .all(self.db())
            .await?;
        red_button_request::Entity::delete_many()
            .filter(red_button_request::Column::RedButtonId.eq(form.as_str()))
            .filter(red_button_request::Column::RequestId.is_in(&next))
            .exec(self.db())
            .await?;
        Ok(next.into_iter().map(RequestId::new).collect())
    }

    /// Who pressed this red button.
    pub async fn who_pressed(&mut self, form: &SubmissionId) -> Result<KnownPerson, StoreError> {
        let unknown = || StoreError::not_found("red_button", form.as_str());
        let row = red_button::Entity::find_by_id(form.as_str())
            .one(self.db())
            .await?
            .ok_or_else(unknown)?;
        let mut people = self.people_by_id(&[PersonId::new(row.pressed_by)]).await?;
        people.pop().ok_or_else(unknown)
    }
}
