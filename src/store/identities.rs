//! Accounts of an OpenID Connect issuer: whose they are, which wait for an admin, and who is about to sign in with one.

use data_encoding::HEXLOWER;
use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

use crate::access::ids::PersonId;
use crate::access::time::Timestamp;

use super::entities::{portal_attempt, portal_identity, portal_session};
use super::error::StoreError;
use super::{Store, Tx};

/// How many accounts of an issuer wait for one person at most.
const WAITING: usize = 5;

/// An account of an issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalIdentity {
    pub issuer: String,
    pub subject: String,
    pub person: PersonId,
    /// Their account's own id in its directory: in Slack the member id. Of somebody who has none there, the address: no id has
    /// an @.
    pub account: String,
    /// The address by which it was found whose account this is. Lower case.
    pub email: String,
    /// When somebody last came with it while it waited.
    pub seen_at: Timestamp,
    /// `None` while it waits for an admin.
    pub bound_at: Option<Timestamp>,
}

impl PortalIdentity {
    /// Whether it belongs to somebody without an account in the directory.
    pub fn is_by_role(&self) -> bool {
        self.account == self.email
    }

    /// Whether it opens the portal to somebody without an account in the directory.
    pub fn is_bound_by_role(&self) -> bool {
        self.bound_at.is_some() && self.is_by_role()
    }

    /// What an admin types to mean this account and no other.
    pub fn code(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [&self.issuer, &self.subject] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        HEXLOWER.encode(&hasher.finalize()[..8])
    }
}

impl Tx {
    /// The account with this key, locked until the change ends.
    pub async fn portal_identity(
        &mut self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<PortalIdentity>, StoreError> {
        let row = portal_identity::Entity::find_by_id((issuer.to_owned(), subject.to_owned()))
            .lock_exclusive()
            .one(self.db())
            .await?;
        Ok(row.map(PortalIdentity::from))
    }

    /// The issuer's account that belongs to the person with this account.
    pub async fn bound_identity(
        &mut self,
        issuer: &str,
        account: &str,
    ) -> Result<Option<PortalIdentity>, StoreError> {
        let row = of_account(issuer, account)
            .filter(portal_identity::Column::BoundAt.is_not_null())
            .one(self.db())
            .await?;
        Ok(row.map(PortalIdentity::from))
    }

    /// The accounts of those who have sessions without an account in the directory.
    pub async fn identities_in_session_by_role(&mut self) -> Result<Vec<PortalIdentity>, StoreError> {
        let in_session = Query::select()
            .column(portal_session::Column::PersonId)
            .from(portal_session::Entity)
            .and_where(portal_session::Column::AccountIssuer.is_not_null())
            .take();
        let rows = portal_identity::Entity::find()
            .filter(portal_identity::Column::PersonId.in_subquery(in_session))
            .order_by_asc(portal_identity::Column::PersonId)
            .all(self.db())
            .await?;
        let found = rows.into_iter().map(PortalIdentity::from);
        Ok(found.filter(PortalIdentity::is_bound_by_role).collect())
    }

    /// Stores it. One that is bound takes the place of those that wait for the same person; of those that wait, the latest few
    /// are kept.
    pub async fn put_portal_identity(&mut self, new: &PortalIdentity) -> Result<(), StoreError> {
        self.forget_portal_identity(&new.issuer, &new.subject).await?;
        let others = of_account(&new.issuer, &new.account)
            .filter(portal_identity::Column::BoundAt.is_null())
            .order_by_desc(portal_identity::Column::SeenAt)
            .all(self.db())
            .await?;
        let kept = if new.bound_at.is_some() { 0 } else { WAITING - 1 };
        for other in others.into_iter().skip(kept) {
            self.forget_portal_identity(&other.issuer, &other.subject).await?;
        }
        let row = portal_identity::ActiveModel {
            issuer: Set(new.issuer.clone()),
            subject: Set(new.subject.clone()),
            person_id: Set(new.person.to_string()),
            account: Set(new.account.clone()),
            email: Set(new.email.clone()),
            seen_at: Set(new.seen_at.micros()),
            bound_at: Set(new.bound_at.map(Timestamp::micros)),
        };
        portal_identity::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Forgets whose account this is.
    pub async fn forget_portal_identity(&mut self, issuer: &str, subject: &str) -> Result<(), StoreError> {
        portal_identity::Entity::delete_by_id((issuer.to_owned(), subject.to_owned()))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Somebody begins to sign in with an issuer.
    pub async fn put_portal_attempt(&mut self, state_hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let row = portal_attempt::ActiveModel {
            state_hash: Set(state_hash.to_owned()),
            made_at: Set(now.micros()),
        };
        portal_attempt::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Uses up an attempt; when it was begun, if there is one.
    pub async fn take_portal_attempt(&mut self, state_hash: &str) -> Result<Option<Timestamp>, StoreError> {
        let mut rows = portal_attempt::Entity::delete_many()
            .filter(portal_attempt::Column::StateHash.eq(state_hash))
            .exec_with_returning(self.db())
            .await?;
        Ok(rows.pop().map(|row| Timestamp::from_micros(row.made_at)))
    }

    /// Forgets attempts begun before `begun`, and accounts that wait since before `waiting`.
    pub async fn prune_identities(&mut self, begun: Timestamp, waiting: Timestamp) -> Result<(), StoreError> {
        portal_attempt::Entity::delete_many()
            .filter(portal_attempt::Column::MadeAt.lt(begun.micros()))
            .exec(self.db())
            .await?;
        portal_identity::Entity::delete_many()
            .filter(waits_since_before(waiting))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

fn of_account(issuer: &str, account: &str) -> sea_orm::Select<portal_identity::Entity> {
    portal_identity::Entity::find()
        .filter(portal_identity::Column::Issuer.eq(issuer))
        .filter(portal_identity::Column::Account.eq(account))
}

fn waits_since_before(waiting: Timestamp) -> SimpleExpr {
    Expr::col(portal_identity::Column::BoundAt)
        .is_null()
        .and(portal_identity::Column::SeenAt.lt(waiting.micros()))
}

impl Store {
    /// Whether [`Tx::prune_identities`] would forget anything.
    pub async fn has_old_identities(&self, begun: Timestamp, waiting: Timestamp) -> Result<bool, StoreError> {
        let attempt = portal_attempt::Entity::find()
            .filter(portal_attempt::Column::MadeAt.lt(begun.micros()))
            .one(self.reader())
            .await?;
        let identity = portal_identity::Entity::find()
            .filter(waits_since_before(waiting))
            .one(self.reader())
            .await?;
        Ok(attempt.is_some() || identity.is_some())
    }

    /// Whose account of an issuer this is, or who waits for an admin to say so.
    pub async fn known_identity(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<PortalIdentity>, StoreError> {
        let row = portal_identity::Entity::find_by_id((issuer.to_owned(), subject.to_owned()))
            .one(self.reader())
            .await?;
        Ok(row.map(PortalIdentity::from))
    }

    /// The accounts to which this address is bound by a role.
    pub async fn identities_by_role(&self, email: &str) -> Result<Vec<PortalIdentity>, StoreError> {
        let rows = portal_identity::Entity::find()
            .filter(portal_identity::Column::Email.eq(email))
            .filter(portal_identity::Column::Account.eq(email))
            .filter(portal_identity::Column::BoundAt.is_not_null())
            .order_by_asc(portal_identity::Column::Issuer)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(PortalIdentity::from).collect())
    }

    /// The accounts that wait for an admin under this address, the one seen last first.
    pub async fn waiting_identities(&self, email: &str) -> Result<Vec<PortalIdentity>, StoreError> {
        let rows = portal_identity::Entity::find()
            .filter(portal_identity::Column::Email.eq(email))
            .filter(portal_identity::Column::BoundAt.is_null())
            .order_by_desc(portal_identity::Column::SeenAt)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(PortalIdentity::from).collect())
    }
}

impl From<portal_identity::Model> for PortalIdentity {
    fn from(row: portal_identity::Model) -> Self {
        Self {
            issuer: row.issuer,
            subject: row.subject,
            person: PersonId::new(row.person_id),
            account: row.account,
            email: row.email,
            seen_at: Timestamp::from_micros(row.seen_at),
            bound_at: row.bound_at.map(Timestamp::from_micros),
        }
    }
}
