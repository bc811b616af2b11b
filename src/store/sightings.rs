//! What Slack says about an account, and what the database keeps of it: written if it is new, otherwise only read.
//!
//! Invariant: identities are read from the database each time, because another replica may have merged or pinned somebody in
//! the meantime.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, Statement,
};
use uuid::Uuid;

use crate::access::ids::PersonId;
use crate::access::people::{Home, SlackAccount};
use crate::access::time::Timestamp;

use super::entities::{account, email_pin, person};
use super::error::StoreError;
use super::people::said;
use super::{Store, Tx};

/// What Slack says about an account, as far as it is stored.
#[derive(Clone, Debug)]
pub struct Sighting<'a> {
    /// Our organisation, if the account belongs to it: then its ids in the workspace and in the organisation are the same
    /// account.
    pub home: Option<&'a Home>,
    pub account: SlackAccount,
    /// The organisation's id for it, if different.
    pub organisations: Option<&'a str>,
    pub name: &'a str,
    /// Its confirmed address.
    pub email: Option<&'a str>,
    /// The address that it shows, whether that identifies it or not.
    pub shown: Option<&'a str>,
    /// Whether the config names the address; then it belongs only to the account that showed it first.
    pub is_pinned: bool,
}

/// The account as now stored in the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub id: PersonId,
    /// The account as it was first seen.
    pub account: SlackAccount,
    /// The address, if this account may use it.
    pub email: Option<String>,
    /// It is known under several ids, as several people.
    pub is_several: bool,
}

/// An account with one of the ids that were looked up.
#[derive(Clone, Debug, FromQueryResult)]
struct Known {
    id: String,
    person_id: String,
    enterprise: String,
    team: String,
    user: String,
    name: String,
    email: Option<String>,
    shown_email: Option<String>,
    /// The person the address is pinned to.
    holder: Option<String>,
}

impl Store {
    /// Stores what was seen: the person (created when first seen), the name, and the confirmed address if the account may use
    /// it. Without an address the stored one stays. Known values are not written again.
    pub async fn keep_account(&self, seen: &Sighting<'_>, now: Timestamp) -> Result<Kept, StoreError> {
        let mut known = known(self.reader(), seen).await?;
        if seen.is_news(&known) {
            let mut tx = self.write().await?;
            tx.keep_account(seen, now).await?;
            known = self::known(tx.db(), seen).await?;
            tx.commit().await?;
        }
        seen.kept(&known)
    }
}

async fn known(db: &impl ConnectionTrait, seen: &Sighting<'_>) -> Result<Vec<Known>, StoreError> {
    let sql = r#"SELECT account.id, account.person_id, account.enterprise, account.team, account."user", account.name,
                   account.email, account.shown_email, holder.person_id AS holder
                 FROM account
                 LEFT JOIN email_pin ON email_pin.email = $3
                 LEFT JOIN account AS holder ON holder.id = email_pin.account_id
                 WHERE account."user" IN ($1, $2) ORDER BY account.id"#;
    let user = seen.account.user.as_str();
    let values = [
        user.into(),
        seen.other().map_or(user, |(other, _)| other).into(),
        seen.email.unwrap_or_default().into(),
    ];
    let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    let mut rows = Known::find_by_statement(statement).all(db).await?;
    rows.retain(|row| match seen.home {
        Some(home) => home.has_account(&row.account()),
        None => row.account() == seen.account,
    });
    Ok(rows)
}

impl Known {
    fn account(&self) -> SlackAccount {
        SlackAccount {
            enterprise: said(self.enterprise.clone()),
            team: said(self.team.clone()),
            user: self.user.clone(),
        }
    }
}

impl Sighting<'_> {
    /// The organisation's id for the account, and the organisation.
    fn other(&self) -> Option<(&str, &str)> {
        Some((self.organisations?, self.home?.enterprise.as_deref()?))
    }

    /// The first-seen account with the id that was seen now.
    fn own<'k>(&self, known: &'k [Known]) -> Option<&'k Known> {
        known.iter().find(|row| row.user == self.account.user)
    }

    /// The address, if this account may use it.
    fn email_of(&self, own: &Known) -> Option<&str> {
        self.email
            .filter(|_| !self.is_pinned || own.holder.as_ref() == Some(&own.person_id))
    }

    fn is_news(&self, known: &[Known]) -> bool {
        let Some(own) = self.own(known) else { return true };
        let is_unpinned = self.email.is_some() && self.is_pinned && own.holder.is_none();
        let is_other_new = self
            .other()
            .is_some_and(|(user, _)| known.iter().all(|row| row.user != user));
        is_unpinned || is_other_new || self.differs(own)
    }

    fn differs(&self, own: &Known) -> bool {
        let email = self.email_of(own);
        own.name != self.name
            || email.is_some() && own.email.as_deref() != email
            || self.shown.is_some() && own.shown_email.as_deref() != self.shown
    }

    fn kept(&self, known: &[Known]) -> Result<Kept, StoreError> {
        let own = self
            .own(known)
            .ok_or_else(|| StoreError::not_found("account", &self.account.user))?;
        Ok(Kept {
            id: PersonId::new(own.person_id.clone()),
            account: own.account(),
            email: self.email_of(own).map(str::to_owned),
            is_several: known.iter().any(|row| row.person_id != own.person_id),
        })
    }

    fn row(&self, person: &str, account: SlackAccount, now: Timestamp) -> account::ActiveModel {
        account::ActiveModel {
            id: Set(Uuid::now_v7().simple().to_string()),
            person_id: Set(person.to_owned()),
            enterprise: Set(account.enterprise.unwrap_or_default()),
            team: Set(account.team.unwrap_or_default()),
            user: Set(account.user),
            name: Set(self.name.to_owned()),
            email: Set(None),
            confirmed_at: Set(None),
            seen_at: Set(now.micros()),
            shown_email: Set(self.shown.map(str::to_owned)),
        }
    }
}

impl Tx {
    async fn keep_account(&mut self, seen: &Sighting<'_>, now: Timestamp) -> Result<(), StoreError> {
        let known = known(self.db(), seen).await?;
        let own = match seen.own(&known) {
            Some(own) => own.clone(),
            None => self.first_sight(seen, now).await?,
        };
        if let Some((user, enterprise)) = seen.other() {
            let account = SlackAccount {
                enterprise: Some(enterprise.to_owned()),
                team: Some(enterprise.to_owned()),
                user: user.to_owned(),
            };
            self.add_account(seen.row(&own.person_id, account, now)).await?;
        }
        if let Some(email) = seen.email.filter(|_| seen.is_pinned) {
            self.pin_email(email, &own.id, now).await?;
        }
        let known = self::known(self.db(), seen).await?;
        let own = seen.own(&known).filter(|own| seen.differs(own));
        if let Some(own) = own {
            let mut row = account::ActiveModel {
                name: Set(seen.name.to_owned()),
                seen_at: Set(now.micros()),
                ..Default::default()
            };
            if let Some(shown) = seen.shown {
                row.shown_email = Set(Some(shown.to_owned()));
            }
            if let Some(email) = seen.email_of(own) {
                row.email = Set(Some(email.to_owned()));
                row.confirmed_at = Set(Some(now.micros()));
            }
            account::Entity::update_many()
                .set(row)
                .filter(account::Column::Id.eq(&own.id))
                .exec(self.db())
                .await?;
        }
        Ok(())
    }

    /// Creates a person for an account that was never seen before.
    async fn first_sight(&mut self, seen: &Sighting<'_>, now: Timestamp) -> Result<Known, StoreError> {
        let new_person = self.insert_person(now).await?;
        let row = seen.row(new_person.as_str(), seen.account.clone(), now);
        self.add_account(row).await?;
        let known = known(self.db(), seen).await?;
        let own = seen
            .own(&known)
            .ok_or_else(|| StoreError::not_found("account", &seen.account.user))?;
        if own.person_id != new_person.as_str() {
            // Another replica saw the account at the same moment, and its person is used.
            person::Entity::delete_by_id(new_person.as_str())
                .exec(self.db())
                .await?;
        }
        Ok(own.clone())
    }

    /// Nothing changes if somebody is known to have it.
    async fn add_account(&mut self, row: account::ActiveModel) -> Result<(), StoreError> {
        let known = OnConflict::columns([
            account::Column::Enterprise,
            account::Column::Team,
            account::Column::User,
        ])
        .do_nothing()
        .to_owned();
        account::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Pins an address to the account; if somebody already has it, they keep it.
    pub(super) async fn pin_email(
        &mut self,
        email: &str,
        account: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = email_pin::ActiveModel {
            email: Set(email.to_owned()),
            account_id: Set(account.to_owned()),
            pinned_at: Set(now.micros()),
        };
        let held = OnConflict::column(email_pin::Column::Email)
            .do_nothing()
            .to_owned();
        email_pin::Entity::insert(row)
            .on_conflict(held)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}
