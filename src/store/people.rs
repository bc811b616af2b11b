//! People and the accounts they act through, as the database knows them.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};

use super::entities::account;
use super::error::StoreError;
use super::{Store, Tx};

/// A person as the database knows them: for showing and for the trail. Policy takes its facts from a look at Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    pub id: PersonId,
    pub account: SlackAccount,
    /// As last seen.
    pub name: String,
    /// The confirmed address last seen.
    pub email: Option<String>,
}

impl Store {
    /// Whoever acts through this account, as far as it was ever seen.
    pub async fn person_of_account(&self, team: &str, user: &str) -> Result<Option<PersonId>, StoreError> {
        let row = account::Entity::find()
            .filter(account::Column::Team.eq(team))
            .filter(account::Column::User.eq(user))
            .one(self.reader())
            .await?;
        Ok(row.map(|row| PersonId::new(row.person_id)))
    }

    /// The accounts of ours with one of these user ids, the one seen first first.
    pub async fn accounts_at(&self, home: &Home, users: &[String]) -> Result<Vec<KnownPerson>, StoreError> {
        accounts_at(self.reader(), home, users).await
    }

    /// Every account of these people, the one seen first first.
    pub async fn accounts_of(&self, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
        accounts_of(self.reader(), ids).await
    }

    /// Those of `ids` that are known, each with the account seen first: of somebody with several, the same one everywhere.
    pub async fn people_by_id(&self, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
        people_by_id(self.reader(), ids).await
    }
}

async fn people_by_id(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
    let mut people: Vec<KnownPerson> = Vec::new();
    for account in accounts_of(db, ids).await? {
        if people.iter().all(|known| known.id != account.id) {
            people.push(account);
        }
    }
    Ok(people)
}

async fn accounts_of(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let of_these = account::Column::PersonId.is_in(ids.iter().map(PersonId::as_str));
    accounts_that(db, Condition::all().add(of_these)).await
}

pub(super) async fn accounts_at(
    db: &impl ConnectionTrait,
    home: &Home,
    users: &[String],
) -> Result<Vec<KnownPerson>, StoreError> {
    let with_these = Condition::all().add(account::Column::User.is_in(users));
    let mut accounts = accounts_that(db, with_these).await?;
    accounts.retain(|known| home.has(&known.account.enterprise, &known.account.team));
    Ok(accounts)
}

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
            enterprise: row.enterprise,
            team: row.team,
            user: row.user,
        },
        name: row.name,
        email: row.email,
    });
    Ok(accounts.collect())
}

impl Tx {
    /// The same inside a change: a second connection in the middle of one can wait for ever.
    pub async fn people_by_id(&mut self, ids: &[PersonId]) -> Result<Vec<KnownPerson>, StoreError> {
        people_by_id(self.db(), ids).await
    }

    pub(super) async fn account(&mut self, key: &SlackAccount) -> Result<Option<account::Model>, StoreError> {
        let is_this = Condition::all()
            .add(account::Column::Enterprise.eq(&key.enterprise))
            .add(account::Column::Team.eq(&key.team))
            .add(account::Column::User.eq(&key.user));
        Ok(account::Entity::find().filter(is_this).one(self.db()).await?)
    }
}
