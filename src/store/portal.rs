//! Links and sessions of the portal. What opens them is stored as its hash.

use sea_orm::sea_query::{Expr, ExprTrait, SimpleExpr};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::access::ids::PersonId;
use crate::access::people::Account;
use crate::access::time::Timestamp;

use super::entities::{portal_link, portal_session};
use super::error::StoreError;
use super::{Store, Tx};

/// A link with which somebody can sign in once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalLink {
    pub token_hash: String,
    pub code_hash: String,
    pub person: PersonId,
    /// The account's own id in its directory: in Slack the member id.
    pub account: String,
    /// How many wrong codes were entered.
    pub misses: i64,
    pub made_at: Timestamp,
    /// Whether the code was entered.
    pub is_claimed: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSession {
    /// Names it to people; it opens nothing.
    pub id: String,
    pub person: PersonId,
    pub account: Account,
    /// `None` if an earlier version began it.
    pub through: Option<Way>,
    pub address: String,
    pub browser: String,
    pub began_at: Timestamp,
    pub seen_at: Timestamp,
}

/// How somebody signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// With a link that the bot gave them.
    Link,
    /// With an account of this OpenID Connect issuer.
    Issuer(String),
}

impl Tx {
    /// Stores a new link, and forgets every older one of the same person.
    pub async fn put_portal_link(&mut self, new: &PortalLink) -> Result<(), StoreError> {
        portal_link::Entity::delete_many()
            .filter(portal_link::Column::PersonId.eq(new.person.as_str()))
            .exec(self.db())
            .await?;
        let row = portal_link::ActiveModel {
            token_hash: Set(new.token_hash.clone()),
            code_hash: Set(new.code_hash.clone()),
            person_id: Set(new.person.to_string()),
            account: Set(new.account.clone()),
            misses: Set(new.misses),
            made_at: Set(new.made_at.micros()),
            claim_hash: Set(None),
        };
        portal_link::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// The link, locked until the change ends: of two codes entered at once, the second sees the first.
    pub async fn portal_link(&mut self, token_hash: &str) -> Result<Option<PortalLink>, StoreError> {
        let row = portal_link::Entity::find_by_id(token_hash)
            .lock_exclusive()
            .one(self.db())
            .await?;
        Ok(row.map(PortalLink::from))
    }

    /// One more wrong code was entered.
    pub async fn miss_portal_link(&mut self, token_hash: &str) -> Result<(), StoreError> {
        portal_link::Entity::update_many()
            .col_expr(
                portal_link::Column::Misses,
                Expr::col(portal_link::Column::Misses).add(1),
            )
            .filter(portal_link::Column::TokenHash.eq(token_hash))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// The right code was entered, in the browser with this secret.
    pub async fn claim_portal_link(&mut self, token_hash: &str, claim_hash: &str) -> Result<(), StoreError> {
        portal_link::Entity::update_many()
            .col_expr(portal_link::Column::ClaimHash, Expr::val(claim_hash))
            .filter(portal_link::Column::TokenHash.eq(token_hash))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Uses up the link that was claimed with this secret.
    pub async fn take_portal_link(&mut self, claim_hash: &str) -> Result<Option<PortalLink>, StoreError> {
        let mut rows = portal_link::Entity::delete_many()
            .filter(portal_link::Column::ClaimHash.eq(claim_hash))
            .exec_with_returning(self.db())
            .await?;
        Ok(rows.pop().map(PortalLink::from))
    }

    pub async fn insert_portal_session(
        &mut self,
        new: &PortalSession,
        secret_hash: &str,
    ) -> Result<(), StoreError> {
        let row = portal_session::ActiveModel {
            id: Set(new.id.clone()),
            secret_hash: Set(secret_hash.to_owned()),
            person_id: Set(new.person.to_string()),
            account: Set(new.account.id.clone()),
            account_issuer: Set(new.account.issuer.clone()),
            through: Set(new.through.as_ref().map(|through| match through {
                Way::Link => String::new(),
                Way::Issuer(issuer) => issuer.clone(),
            })),
            address: Set(new.address.clone()),
            browser: Set(new.browser.clone()),
            began_at: Set(new.began_at.micros()),
            seen_at: Set(new.seen_at.micros()),
        };
        portal_session::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// The sessions of this person, the one that began last first.
    pub async fn portal_sessions_begun(
        &mut self,
        person: &PersonId,
    ) -> Result<Vec<PortalSession>, StoreError> {
        let rows = portal_session::Entity::find()
            .filter(portal_session::Column::PersonId.eq(person.as_str()))
            .order_by_desc(portal_session::Column::BeganAt)
            .order_by_desc(portal_session::Column::Id)
            .all(self.db())
            .await?;
        Ok(rows.into_iter().map(PortalSession::from).collect())
    }

    /// Ends one session of this person; false if they have no such session.
    pub async fn end_portal_session(&mut self, person: &PersonId, id: &str) -> Result<bool, StoreError> {
        let done = portal_session::Entity::delete_by_id(id)
            .filter(portal_session::Column::PersonId.eq(person.as_str()))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected == 1)
    }

    /// Ends every session of this person, and their link. Returns how many sessions there were.
    pub async fn end_portal_sessions(&mut self, person: &PersonId) -> Result<u64, StoreError> {
        portal_link::Entity::delete_many()
            .filter(portal_link::Column::PersonId.eq(person.as_str()))
            .exec(self.db())
            .await?;
        let done = portal_session::Entity::delete_many()
            .filter(portal_session::Column::PersonId.eq(person.as_str()))
            .exec(self.db())
            .await?;
        Ok(done.rows_affected)
    }

    /// Forgets links made before `made`, and sessions that began before `began` or were last seen before `seen`.
    pub async fn prune_portal(
        &mut self,
        made: Timestamp,
        began: Timestamp,
        seen: Timestamp,
    ) -> Result<(), StoreError> {
        portal_link::Entity::delete_many()
            .filter(portal_link::Column::MadeAt.lt(made.micros()))
            .exec(self.db())
            .await?;
        portal_session::Entity::delete_many()
            .filter(is_over(began, seen))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

/// The session began before `began`, or was last seen before `seen`.
fn is_over(began: Timestamp, seen: Timestamp) -> SimpleExpr {
    portal_session::Column::BeganAt
        .lt(began.micros())
        .or(portal_session::Column::SeenAt.lt(seen.micros()))
}

impl Store {
    /// Whether [`Tx::prune_portal`] would forget anything.
    pub async fn has_old_in_portal(
        &self,
        made: Timestamp,
        began: Timestamp,
        seen: Timestamp,
    ) -> Result<bool, StoreError> {
        let link = portal_link::Entity::find()
            .filter(portal_link::Column::MadeAt.lt(made.micros()))
            .one(self.reader())
            .await?;
        let session = portal_session::Entity::find()
            .filter(is_over(began, seen))
            .one(self.reader())
            .await?;
        Ok(link.is_some() || session.is_some())
    }

    /// How many sessions began after `began` and were seen after `seen`.
    pub async fn count_portal_sessions(&self, began: Timestamp, seen: Timestamp) -> Result<u64, StoreError> {
        let count = portal_session::Entity::find()
            .filter(portal_session::Column::BeganAt.gt(began.micros()))
            .filter(portal_session::Column::SeenAt.gt(seen.micros()))
            .count(self.reader())
            .await?;
        Ok(count)
    }

    /// The session that this secret opens.
    pub async fn portal_session(&self, secret_hash: &str) -> Result<Option<PortalSession>, StoreError> {
        let row = portal_session::Entity::find()
            .filter(portal_session::Column::SecretHash.eq(secret_hash))
            .one(self.reader())
            .await?;
        Ok(row.map(PortalSession::from))
    }

    /// The session with this id.
    pub async fn portal_session_by_id(&self, id: &str) -> Result<Option<PortalSession>, StoreError> {
        let row = portal_session::Entity::find_by_id(id).one(self.reader()).await?;
        Ok(row.map(PortalSession::from))
    }

    /// The sessions of this person, the one seen last first.
    pub async fn portal_sessions_of(&self, person: &PersonId) -> Result<Vec<PortalSession>, StoreError> {
        let rows = portal_session::Entity::find()
            .filter(portal_session::Column::PersonId.eq(person.as_str()))
            .order_by_desc(portal_session::Column::SeenAt)
            .order_by_desc(portal_session::Column::Id)
            .all(self.reader())
            .await?;
        Ok(rows.into_iter().map(PortalSession::from).collect())
    }

    /// The session was used.
    pub async fn see_portal_session(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        let tx = self.write().await?;
        portal_session::Entity::update_many()
            .col_expr(portal_session::Column::SeenAt, Expr::val(now.micros()))
            .filter(portal_session::Column::Id.eq(id))
            .exec(tx.db())
            .await?;
        tx.commit().await
    }
}

impl From<portal_link::Model> for PortalLink {
    fn from(row: portal_link::Model) -> Self {
        Self {
            token_hash: row.token_hash,
            code_hash: row.code_hash,
            person: PersonId::new(row.person_id),
            account: row.account,
            misses: row.misses,
            made_at: Timestamp::from_micros(row.made_at),
            is_claimed: row.claim_hash.is_some(),
        }
    }
}

impl From<portal_session::Model> for PortalSession {
    fn from(row: portal_session::Model) -> Self {
        Self {
            id: row.id,
            person: PersonId::new(row.person_id),
            account: match row.account_issuer {
                None => Account::slack(row.account),
                Some(issuer) => Account::of_issuer(issuer, row.account),
            },
            through: row.through.map(|through| match through.as_str() {
                "" => Way::Link,
                _ => Way::Issuer(through),
            }),
            address: row.address,
            browser: row.browser,
            began_at: Timestamp::from_micros(row.began_at),
            seen_at: Timestamp::from_micros(row.seen_at),
        }
    }
}
