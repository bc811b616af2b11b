//! People and the accounts they act through, as the database knows them.

use std::collections::HashSet;

use sea_orm::sea_query::Query;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

use crate::access::flows::PersonRef;
use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::{account, email_pin, person, portal_identity};
use super::error::StoreError;
use super::read::Read;

/// A person as the database knows them: for display and for the trail. Policy takes its facts from Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    pub id: PersonId,
    pub account: SlackAccount,
    /// As last seen.
    pub name: String,
    /// The confirmed address last seen.
    pub email: Option<String>,
}

/// Queries about people and their accounts.
pub trait ReadPeople: Read {
    /// The person who acts through this account, if it was ever seen.
    async fn person_of_account(
        &self,
        team: Option<&str>,
        user: &str,
    ) -> Result<Option<PersonId>, StoreError> {
        let row = account::Entity::find()
            .filter(account::Column::Team.eq(team.unwrap_or_default()))
            .filter(account::Column::User.eq(user))
            .one(self.connection())
            .await?;
        Ok(row.map(|row| PersonId::new(row.person_id)))
    }

    /// Our workspace's accounts with one of these user ids, the one seen first first.
    async fn accounts_at(&self, home: &Home, users: &[String]) -> Result<Vec<KnownPerson>, StoreError> {
        let with_these = Condition::all().add(account::Column::User.is_in(users));
        let mut accounts = accounts_that(self.connection(), with_these).await?;
        accounts.retain(|known| home.has_account(&known.account));
        Ok(accounts)
    }

    /// Every account that was ever seen, the one seen first first.
    async fn accounts(&self) -> Result<Vec<KnownPerson>, StoreError> {
        accounts_that(self.connection(), Condition::all()).await
    }

    /// Every account of these people, the one seen first first.
    async fn accounts_of(&self, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let of_these = account::Column::PersonId.is_in(ids.iter().map(PersonId::as_str));
        accounts_that(self.connection(), Condition::all().add(of_these)).await
    }

    /// The known people among `ids`, each with the account seen first: if they have several, it is the same one everywhere.
    async fn people_by_id(&self, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
        let mut accounts = self.accounts_of(ids).await?;
        let mut known = HashSet::new();
        accounts.retain(|account| known.insert(account.id.clone()));
        Ok(accounts)
    }

    /// The people these references mean, as far as they were ever seen, the one known longest first.
    async fn people_named(&self, names: &[PersonRef]) -> Result<Vec<PersonId>, StoreError> {
        let db = self.connection();
        let mut found: Vec<String> = Vec::new();
        for name in names {
            let accounts = match name {
                PersonRef::Slack(user) => account::Entity::find().filter(account::Column::User.eq(user)),
                PersonRef::Email(email) => {
                    let shown = account::Entity::find().filter(account::Column::Email.eq(email));
                    if let Some(pin) = email_pin::Entity::find_by_id(email).one(db).await? {
                        account::Entity::find_by_id(pin.account_id)
                    } else if shown.clone().count(db).await? == 1 {
                        // Nobody has claimed it yet; an account that once showed it, confirmed, may be gone by now.
                        shown
                    } else {
                        continue;
                    }
                }
            };
            found.extend(
                accounts
                    .all(db)
                    .await?
                    .into_iter()
                    .map(|account| account.person_id),
            );
        }
        by_age(db, found).await
    }

    /// The person who reads or read by this address, without an account, with whatever issuer.
    async fn person_by_role(&self, email: &str) -> Result<Option<PersonId>, StoreError> {
        let row = portal_identity::Entity::find()
            .filter(portal_identity::Column::Email.eq(email))
            .filter(portal_identity::Column::Account.eq(email))
            .one(self.connection())
            .await?;
        Ok(row.map(|row| PersonId::new(row.person_id)))
    }

    /// The user id of an account that is known by this address, or showed it when it was seen last.
    async fn account_with(&self, email: &str) -> Result<Option<String>, StoreError> {
        let pinned = Query::select()
            .column(email_pin::Column::AccountId)
            .from(email_pin::Entity)
            .and_where(email_pin::Column::Email.eq(email))
            .take();
        let has_it = Condition::any()
            .add(account::Column::Email.eq(email))
            .add(account::Column::ShownEmail.eq(email))
            .add(account::Column::Id.in_subquery(pinned));
        let row = account::Entity::find()
            .filter(has_it)
            .one(self.connection())
            .await?;
        Ok(row.map(|row| row.user))
    }

    /// The person who acts through an account with this user id.
    async fn people_of_user(&self, user: &str) -> Result<Vec<PersonId>, StoreError> {
        self.people_named(&[PersonRef::Slack(user.to_owned())]).await
    }
}

impl<T: Read> ReadPeople for T {}

async fn accounts_that(
    db: &impl ConnectionTrait,
    condition: Condition,
) -> Result<Vec<KnownPerson>, StoreError> {
    let rows = account::Entity::find()
        .filter(condition)
        .order_by_asc(account::Column::Id)
        .all(db)
        .await?;
    let accounts = rows.into_iter().map(|row| KnownPerson {
        id: PersonId::new(row.person_id),
        account: SlackAccount {
            enterprise: said(row.enterprise),
            team: said(row.team),
            user: row.user,
        },
        name: row.name,
        email: row.email,
    });
    Ok(accounts.collect())
}

/// The same people, the one known longest first.
pub(super) async fn by_age(db: &impl ConnectionTrait, ids: Vec<String>) -> Result<Vec<PersonId>, StoreError> {
    let people = person::Entity::find()
        .filter(person::Column::Id.is_in(ids))
        .order_by_asc(person::Column::CreatedAt)
        .order_by_asc(person::Column::Id)
        .all(db)
        .await?;
    Ok(people.into_iter().map(|row| PersonId::new(row.id)).collect())
}

/// The column is empty if Slack left it out.
pub(super) fn said(column: String) -> Option<String> {
    Some(column).filter(|text| !text.is_empty())
}

impl Tx {
    /// A person without an account.
    pub async fn insert_person(&mut self, now: Timestamp) -> Result<PersonId, StoreError> {
        let id = Uuid::now_v7().simple().to_string();
        let row = person::ActiveModel {
            id: Set(id.clone()),
            created_at: Set(now.micros()),
        };
        person::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(PersonId::new(id))
    }

    pub(super) async fn account(&mut self, key: &SlackAccount) -> Result<Option<account::Model>, StoreError> {
        let is_this = Condition::all()
            .add(account::Column::Enterprise.eq(key.enterprise.as_deref().unwrap_or_default()))
            .add(account::Column::Team.eq(key.team.as_deref().unwrap_or_default()))
            .add(account::Column::User.eq(&key.user));
        Ok(account::Entity::find().filter(is_this).one(self.db()).await?)
    }
}
