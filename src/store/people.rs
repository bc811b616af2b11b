//! People, the accounts they act through, and the addresses pinned to those accounts.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
};
use uuid::Uuid;

use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};
use crate::access::time::Timestamp;

use super::entities::{account, email_pin, person};
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
    /// The person behind an account, made at first sight. Keeps the name; keeps `email`, which has to be confirmed, and
    /// leaves the known one alone if there is none.
    pub async fn upsert_account(
        &self,
        account: &SlackAccount,
        name: &str,
        email: Option<&str>,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let mut tx = self.write().await?;
        let id = tx.upsert_account(account, name, email, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Pins an address to the account that showed it first; false if somebody else's account holds it.
    pub async fn pin_email(
        &self,
        email: &str,
        account: &SlackAccount,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let pinned = tx.pin_email(email, account, now).await?;
        tx.commit().await?;
        Ok(pinned)
    }

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

    /// Keeps another account of a person; nothing changes if somebody is known to have it.
    pub async fn add_account(
        &self,
        id: &PersonId,
        account: &SlackAccount,
        name: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let row = row_of(id.as_str(), account, name, None, now);
        account::Entity::insert(row)
            .on_conflict(OnConflict::columns(KEY).do_nothing().to_owned())
            .exec_without_returning(tx.db())
            .await?;
        tx.commit().await
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

    async fn upsert_account(
        &mut self,
        seen: &SlackAccount,
        name: &str,
        email: Option<&str>,
        now: Timestamp,
    ) -> Result<PersonId, StoreError> {
        let is_new = self.account(seen).await?.is_none();
        let new_person = Uuid::now_v7().simple().to_string();
        if is_new {
            let row = person::ActiveModel {
                id: Set(new_person.clone()),
                created_at: Set(now.micros()),
            };
            person::Entity::insert(row)
                .exec_without_returning(self.db())
                .await?;
        }
        let row = row_of(&new_person, seen, name, email, now);
        let mut known = OnConflict::columns(KEY);
        known.update_columns([account::Column::Name, account::Column::SeenAt]);
        if email.is_some() {
            known.update_columns([account::Column::Email, account::Column::ConfirmedAt]);
        }
        account::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        let row = self.account(seen).await?;
        let id = row
            .ok_or_else(|| StoreError::not_found("account", &seen.user))?
            .person_id;
        if is_new && id != new_person {
            // Another replica saw the account in the same moment, and its person is the one that counts.
            person::Entity::delete_by_id(new_person).exec(self.db()).await?;
        }
        Ok(PersonId::new(id))
    }

    pub(super) async fn pin_email(
        &mut self,
        email: &str,
        holder: &SlackAccount,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let account = self.account(holder).await?;
        let account = account.ok_or_else(|| StoreError::not_found("account", &holder.user))?;
        let row = email_pin::ActiveModel {
            email: Set(email.to_owned()),
            account_id: Set(account.id.clone()),
            pinned_at: Set(now.micros()),
        };
        email_pin::Entity::insert(row)
            .on_conflict(
                OnConflict::column(email_pin::Column::Email)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await?;
        let pin = email_pin::Entity::find_by_id(email).one(self.db()).await?;
        let pinned_to = match pin {
            Some(pin) => account::Entity::find_by_id(pin.account_id).one(self.db()).await?,
            None => None,
        };
        // Somebody with several accounts is the same whichever of them shows it.
        Ok(pinned_to.is_some_and(|holder| holder.person_id == account.person_id))
    }

    async fn account(&mut self, key: &SlackAccount) -> Result<Option<account::Model>, StoreError> {
        let is_this = Condition::all()
            .add(account::Column::Enterprise.eq(&key.enterprise))
            .add(account::Column::Team.eq(&key.team))
            .add(account::Column::User.eq(&key.user));
        Ok(account::Entity::find().filter(is_this).one(self.db()).await?)
    }
}

/// What no two accounts have in common.
const KEY: [account::Column; 3] = [
    account::Column::Enterprise,
    account::Column::Team,
    account::Column::User,
];

fn row_of(
    person: &str,
    seen: &SlackAccount,
    name: &str,
    email: Option<&str>,
    now: Timestamp,
) -> account::ActiveModel {
    account::ActiveModel {
        id: Set(Uuid::now_v7().simple().to_string()),
        person_id: Set(person.to_owned()),
        enterprise: Set(seen.enterprise.clone()),
        team: Set(seen.team.clone()),
        user: Set(seen.user.clone()),
        name: Set(name.to_owned()),
        email: Set(email.map(str::to_owned)),
        confirmed_at: Set(email.map(|_| now.micros())),
        seen_at: Set(now.micros()),
    }
}
