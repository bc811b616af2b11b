//! Every policy that was ever active, by the digest of its exact text, and the active one.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait, QuerySelect};

use crate::access::time::Timestamp;

use super::Tx;
use super::entities::{policy_version, setting};
use super::error::StoreError;
use super::read::Read;
use super::settings::ReadSettings;

/// The setting that names the active policy.
const ACTIVE: &str = "active_policy";

impl Tx {
    /// From this change on, this policy decides requests.
    pub async fn activate_policy(
        &mut self,
        digest: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let row = policy_version::ActiveModel {
            digest: Set(digest.to_owned()),
            text: Set(text.to_owned()),
            activated_at: Set(now.micros()),
        };
        policy_version::Entity::insert(row)
            .on_conflict(
                OnConflict::column(policy_version::Column::Digest)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(self.db())
            .await?;
        self.put_setting(ACTIVE, digest).await
    }

    /// Until the change ends, no other policy becomes the active one, and nobody else holds it.
    pub async fn hold_active_policy(&mut self) -> Result<(), StoreError> {
        setting::Entity::find_by_id(ACTIVE)
            .lock_exclusive()
            .one(self.db())
            .await?;
        Ok(())
    }
}

/// Queries about policies.
pub trait ReadPolicies: Read {
    /// The digest of the active policy; `None` before the first.
    async fn active_policy(&self) -> Result<Option<String>, StoreError> {
        self.setting(ACTIVE).await
    }

    /// The exact text of a policy that was active at some time, and when it first became active.
    async fn policy_version(&self, digest: &str) -> Result<Option<(String, Timestamp)>, StoreError> {
        let found = policy_version::Entity::find_by_id(digest);
        let row = found.one(self.connection()).await?;
        Ok(row.map(|row| (row.text, Timestamp::from_micros(row.activated_at))))
    }
}

impl<T: Read> ReadPolicies for T {}
