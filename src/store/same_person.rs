//! Accounts that turn out to belong to one person, and addresses that an admin moves to another account.
//!
//! Invariant: after a merge nothing refers to the removed person, so requesters and approvers can be compared.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::access::flows::PersonRef;
use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::{account, email_pin};
use super::error::StoreError;
use super::people::{ReadPeople, by_age};

/// Every column that names a person, except those that say who is which account or who is blocked. A test compares this with
/// the schema.
pub(super) const NAMING: [(&str, &str); 22] = [
    ("request", "requester_id"),
    ("request", "grantee_id"),
    ("submission", "person_id"),
    ("decision", "person_id"),
    ("extension", "asked_by"),
    ("extension", "decided_by"),
    ("blocked_person", "blocked_by"),
    ("frozen_integration", "frozen_by"),
    ("red_button", "pressed_by"),
    ("public_key", "person_id"),
    ("message", "person_id"),
    ("portal_link", "person_id"),
    ("portal_session", "person_id"),
    ("portal_identity", "person_id"),
    ("read_note", "person_id"),
    ("report", "owner_id"),
    ("report_run", "by_id"),
    ("review", "starter_id"),
    ("review_reviewer", "person_id"),
    ("review_line", "requester_id"),
    ("review_line", "grantee_id"),
    ("review_line", "decider_id"),
];

impl Tx {
    /// The same as [`ReadPeople::people_named`], but these people are locked until the change ends.
    pub async fn hold_people_named(&mut self, names: &[PersonRef]) -> Result<Vec<PersonId>, StoreError> {
        let found = self.people_named(names).await?;
        self.hold_people(&found.iter().collect::<Vec<_>>()).await?;
        self.people_named(names).await
    }

    /// The people who have an account in our workspace with one of these user ids, the one known longest first; locked until
    /// the change ends.
    pub async fn hold_people_at(
        &mut self,
        home: &Home,
        users: &[String],
    ) -> Result<Vec<PersonId>, StoreError> {
        let found = self.accounts_at(home, users).await?;
        let found: Vec<PersonId> = found.into_iter().map(|known| known.id).collect();
        self.hold_people(&found.iter().collect::<Vec<_>>()).await?;
        let found = self.accounts_at(home, users).await?;
        by_age(
            self.db(),
            found.into_iter().map(|known| known.id.to_string()).collect(),
        )
        .await
    }

    /// Makes `gone` the same person as `stays`: everything that refers to `gone` refers to `stays` from now on.
    pub async fn join_people(&mut self, stays: &PersonId, gone: &PersonId) -> Result<(), StoreError> {
        let both = || [stays.as_str().into(), gone.as_str().into()];
        // If there can be only one of something, the older person's stays, and a block of either is a block of both.
        for sql in [
            "UPDATE decision SET counts = FALSE WHERE person_id = $2 AND counts AND request_id IN
               (SELECT request_id FROM decision WHERE person_id = $1 AND counts)",
            "DELETE FROM public_key WHERE person_id = $2 AND fingerprint IN
               (SELECT fingerprint FROM public_key WHERE person_id = $1)",
            "DELETE FROM review_reviewer WHERE person_id = $2 AND review_id IN
               (SELECT review_id FROM review_reviewer WHERE person_id = $1)",
            // At worst, the trail has the rest of an hour once more.
            "DELETE FROM read_note WHERE person_id IN ($1, $2)",
            // Through negative numbers: uniqueness is checked row by row, and a shifted row could collide with its neighbour.
            "UPDATE message SET generation = -generation - COALESCE((SELECT MAX(m.generation) FROM message m
               WHERE m.person_id = $1 AND m.request_id = message.request_id AND m.surface = message.surface), 0)
             WHERE person_id = $2",
            "UPDATE message SET generation = -generation
             WHERE generation < 0 AND person_id = $2 AND person_id <> $1",
            "INSERT INTO blocked_person (person_id, blocked_by, reason_id, blocked_at)
             SELECT $1, blocked_by, reason_id, blocked_at FROM blocked_person WHERE person_id = $2
             ON CONFLICT (person_id) DO NOTHING",
        ] {
            self.execute(sql, both()).await?;
        }
        for (table, column) in NAMING {
            let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2");
            self.execute(sql, both()).await?;
        }
        self.rename_in_index(stays, gone).await?;
        self.execute("UPDATE account SET person_id = $1 WHERE person_id = $2", both())
            .await?;
        for table in ["blocked_person WHERE person_id", "person WHERE id"] {
            let sql = format!("DELETE FROM {table} = $1");
            self.execute(sql, [gone.as_str().into()]).await?;
        }
        Ok(())
    }

    /// The person who holds this address, if it is pinned.
    pub async fn holder_of(&mut self, email: &str) -> Result<Option<PersonId>, StoreError> {
        let Some(pin) = email_pin::Entity::find_by_id(email).one(self.db()).await? else {
            return Ok(None);
        };
        let row = account::Entity::find_by_id(pin.account_id).one(self.db()).await?;
        Ok(row.map(|row| PersonId::new(row.person_id)))
    }

    /// Pins an address to this account, whoever had it before.
    pub async fn repin_email(
        &mut self,
        email: &str,
        holder: &SlackAccount,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        account::Entity::update_many()
            .col_expr(account::Column::Email, Expr::val(None::<String>))
            .filter(account::Column::Email.eq(email))
            .exec(self.db())
            .await?;
        email_pin::Entity::delete_by_id(email).exec(self.db()).await?;
        let account = self.account(holder).await?;
        let account = account.ok_or_else(|| StoreError::not_found("account", &holder.user))?;
        self.pin_email(email, &account.id, now).await
    }
}
