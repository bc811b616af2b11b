//! How grants were used, and the word for it in the row of the request, which lists look for.
//!
//! Invariant: whoever changes the word has locked the request before.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::access::usage::{Few, Looks, Seen, Tells, Usage, Used};

use super::entities::{grant_use, request};
use super::error::StoreError;
use super::grants::ReadGrants;
use super::{Store, Tx};

impl Tx {
    /// Access was granted; nobody has used it yet.
    pub async fn begin_usage(&mut self, request: &RequestId, tells: Tells) -> Result<(), StoreError> {
        let usage = Usage::none(tells);
        grant_use::Entity::insert(row(request, &usage))
            .exec_without_returning(self.db())
            .await?;
        self.put_used(request, usage.used()).await
    }

    /// Credentials are about to be shown. Nothing is kept about access that an earlier version granted.
    pub async fn note_shown(&mut self, request: &RequestId, now: Timestamp) -> Result<(), StoreError> {
        let Some(mut usage) = self.usage(request).await? else {
            return Ok(());
        };
        let before = usage.used();
        usage.shown = usage.shown.saturating_add(1);
        usage.shown_at = Some(now);
        self.put_usage(request, before, &usage).await
    }

    /// What looks at the target found, unless the access has ended since: then everything about it was said.
    pub async fn add_looks(&mut self, request: &RequestId, looks: &Looks) -> Result<(), StoreError> {
        let Some(mut usage) = self.usage(request).await? else {
            return Ok(());
        };
        // Read after the row was locked: whoever ends the access locks it, too.
        let grant = self.grant(request).await?;
        if grant.is_none_or(|grant| grant.ended_at.is_some()) {
            return Ok(());
        }
        let before = usage.used();
        usage.add(looks);
        self.put_usage(request, before, &usage).await
    }

    /// The access ends; `looks` are the last ones, if there are any. Returns everything that is known, if anything is kept.
    pub async fn close_usage(
        &mut self,
        request: &RequestId,
        looks: Option<&Looks>,
    ) -> Result<Option<Usage>, StoreError> {
        let Some(mut usage) = self.usage(request).await? else {
            return Ok(None);
        };
        let before = usage.used();
        if let Some(looks) = looks {
            usage.add(looks);
            self.put_usage(request, before, &usage).await?;
        }
        Ok(Some(usage))
    }

    /// Locked until the change ends.
    async fn usage(&mut self, request: &RequestId) -> Result<Option<Usage>, StoreError> {
        let row = grant_use::Entity::find_by_id(request.as_str())
            .lock_exclusive()
            .one(self.db())
            .await?;
        row.map(Usage::try_from).transpose()
    }

    async fn put_usage(
        &mut self,
        request: &RequestId,
        before: Used,
        usage: &Usage,
    ) -> Result<(), StoreError> {
        row(request, usage).update(self.db()).await?;
        if usage.used() == before {
            return Ok(());
        }
        self.put_used(request, usage.used()).await
    }

    async fn put_used(&mut self, request: &RequestId, used: Used) -> Result<(), StoreError> {
        request::Entity::update_many()
            .col_expr(request::Column::Used, Expr::val(used.name()))
            .filter(request::Column::Id.eq(request.as_str()))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

impl Store {
    /// What is known about the use of a grant, if anything is kept.
    pub async fn usage_of(&self, request: &RequestId) -> Result<Option<Usage>, StoreError> {
        let mut known = self.usages_of(std::slice::from_ref(request)).await?;
        Ok(known.remove(request))
    }

    /// What is known about the use of several grants; those about which nothing is kept are left out.
    pub async fn usages_of(&self, requests: &[RequestId]) -> Result<HashMap<RequestId, Usage>, StoreError> {
        let rows = grant_use::Entity::find()
            .filter(grant_use::Column::RequestId.is_in(requests.iter().map(RequestId::as_str)))
            .all(self.reader())
            .await?;
        let with_id = |row: grant_use::Model| Ok((RequestId::new(&row.request_id), row.try_into()?));
        rows.into_iter().map(with_id).collect()
    }
}

fn row(request: &RequestId, usage: &Usage) -> grant_use::ActiveModel {
    let looks = usage.looks.as_ref();
    let json = |few: Option<&Few>| {
        serde_json::to_string(few.unwrap_or(&Few::default())).expect("texts can be written as JSON")
    };
    grant_use::ActiveModel {
        request_id: Set(request.to_string()),
        tells: Set(usage.tells.name().to_owned()),
        shown: Set(usage.shown.into()),
        shown_at: Set(usage.shown_at.map(Timestamp::micros)),
        looks: Set(looks.map_or(0, |looks| looks.count.into())),
        looked_from: Set(looks.map(|looks| looks.from.micros())),
        looked_at: Set(looks.map(|looks| looks.last.micros())),
        sessions: Set(looks.map_or(0, |looks| looks.sessions.into())),
        most_at_once: Set(looks.map_or(0, |looks| looks.most_at_once.into())),
        first_seen: Set(usage.seen().map(|seen| seen.first.micros())),
        last_seen: Set(usage.seen().map(|seen| seen.last.micros())),
        addresses: Set(json(looks.map(|looks| &looks.addresses))),
        applications: Set(json(looks.map(|looks| &looks.applications))),
    }
}

impl TryFrom<grant_use::Model> for Usage {
    type Error = StoreError;

    fn try_from(row: grant_use::Model) -> Result<Self, StoreError> {
        let inconsistent =
            |what: &dyn std::fmt::Display| StoreError::inconsistent("grant_use", &row.request_id, what);
        let count = |number: i64| u32::try_from(number).map_err(|error| inconsistent(&error));
        // One that somebody blanked says nothing.
        let few = |json: &str| serde_json::from_str::<Few>(json).unwrap_or_default();
        let time = Timestamp::from_micros;
        let looks = match (row.looked_from, row.looked_at) {
            (Some(from), Some(last)) => Some(Looks {
                count: count(row.looks)?,
                from: time(from),
                last: time(last),
                sessions: count(row.sessions)?,
                most_at_once: count(row.most_at_once)?,
                seen: row.first_seen.zip(row.last_seen).map(|(first, last)| Seen {
                    first: time(first),
                    last: time(last),
                }),
                addresses: few(&row.addresses),
                applications: few(&row.applications),
            }),
            _ => None,
        };
        Ok(Self {
            tells: Tells::named(&row.tells).ok_or_else(|| inconsistent(&"unknown what tells its use"))?,
            shown: count(row.shown)?,
            shown_at: row.shown_at.map(time),
            looks,
        })
    }
}
