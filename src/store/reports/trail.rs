//! Reading the trail: a request's history by pages, events in order, and verification of the whole trail.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::audit::chain::{Hash, Head};
use crate::audit::event::What;
use crate::audit::restored::Restored;
use crate::audit::verify::{Link, Misfit, Verifier};
use crate::audit::witnessed::GivenUp;

use super::super::Store;
use super::super::audit::{StoredEvent, read_seq, stored_seq};
use super::super::entities::{audit_event, request};
use super::super::error::StoreError;
use super::super::requests::concerns;
use super::page::{Page, Paged};

/// How many links are read at once when the whole trail is verified.
const VERIFY_PAGE: u64 = 1_000;

impl Store {
    /// What happened to a request by pages, the latest first; nothing if the reader may not see it.
    pub async fn history_of(
        &self,
        reader: &Reader,
        request: &Request,
        page: Page,
        limit: u64,
    ) -> Result<Paged<StoredEvent>, StoreError> {
        if !reader.may_read(request) {
            return Ok(Page::First.cut(Vec::new(), limit));
        }
        let found =
            audit_event::Entity::find().filter(audit_event::Column::RequestId.eq(request.id.as_str()));
        let rows = page
            .of(found, audit_event::Column::Seq, limit)
            .all(self.reader())
            .await?;
        let events: Result<Vec<_>, _> = rows.into_iter().map(StoredEvent::try_from).collect();
        Ok(page.cut(events?, limit))
    }

    /// Up to `limit` events that come after `seq`, in order.
    pub async fn events_after(&self, seq: u64, limit: u64) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = self.rows_after(seq, limit).await?;
        rows.into_iter().map(StoredEvent::try_from).collect()
    }

    /// The first event of a kind after `seq`. Everything up to it is read.
    pub async fn first_after(&self, seq: u64, kind: &str) -> Result<Option<StoredEvent>, StoreError> {
        let row = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(stored_seq(seq)))
            .filter(audit_event::Column::Kind.eq(kind))
            .order_by_asc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        row.map(StoredEvent::try_from).transpose()
    }

    /// The last event before this time; 0 if there is none. Times follow the order of events, so it is found by halves.
    pub async fn last_event_before(&self, time: Timestamp) -> Result<u64, StoreError> {
        let (mut before, mut after) = (0, self.last_seq().await?.saturating_add(1));
        while after - before > 1 {
            let middle = before.midpoint(after);
            let row = audit_event::Entity::find_by_id(stored_seq(middle))
                .one(self.reader())
                .await?;
            let row = row.ok_or_else(|| StoreError::not_found("audit_event", middle))?;
            if row.at < time.micros() {
                before = middle;
            } else {
                after = middle;
            }
        }
        Ok(before)
    }

    /// The same, in the verifier's form: their payloads are not parsed.
    pub async fn links_after(&self, seq: u64, limit: u64) -> Result<Vec<Link>, StoreError> {
        let rows = self.rows_after(seq, limit).await?;
        rows.into_iter().map(Link::try_from).collect()
    }

    /// The same, of those that can be about a request that the reader may see.
    pub async fn links_for(&self, reader: &Reader, seq: u64, limit: u64) -> Result<Vec<Link>, StoreError> {
        let Some(person) = reader.limited_to() else {
            return self.links_after(seq, limit).await;
        };
        let own = Query::select()
            .column(request::Column::Id)
            .from(request::Entity)
            .cond_where(concerns(person))
            .take();
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(stored_seq(seq)))
            .filter(audit_event::Column::RequestId.in_subquery(own))
            .order_by_asc(audit_event::Column::Seq)
            .limit(limit)
            .all(self.reader())
            .await?;
        rows.into_iter().map(Link::try_from).collect()
    }

    /// The hash of each event, from the first one on.
    pub async fn hashes(&self) -> Result<Vec<Hash>, StoreError> {
        let texts: Vec<String> = audit_event::Entity::find()
            .select_only()
            .column(audit_event::Column::Hash)
            .order_by_asc(audit_event::Column::Seq)
            .into_tuple()
            .all(self.reader())
            .await?;
        let unreadable = |text: &String| StoreError::inconsistent("audit_event", text, "not a hash");
        texts
            .iter()
            .map(|text| text.parse().map_err(|_| unreadable(text)))
            .collect()
    }

    /// What accepted restores gave up, according to the trail, in its order.
    pub async fn given_up(&self) -> Result<Vec<GivenUp>, StoreError> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Kind.eq("restore_accepted"))
            .order_by_asc(audit_event::Column::Seq)
            .all(self.reader())
            .await?;
        let mut given_up = Vec::new();
        for row in rows {
            let stored = StoredEvent::try_from(row)?;
            if let What::Restored(Restored::Accepted { channel_seq, .. }) = stored.event.what {
                given_up.push(GivenUp {
                    accepted: stored.seq,
                    up_to: channel_seq,
                });
            }
        }
        Ok(given_up)
    }

    /// Checks the trail from its first event to the head; the inner error names the first event that does not match.
    ///
    /// Events that are added in the meantime are not verified: the head is read first, and the trail only up to it.
    pub async fn audit_verify(&self) -> Result<Result<Head, Misfit>, StoreError> {
        let head = self.head().await?;
        let mut verifier = Verifier::default();
        let mut seen = 0;
        loop {
            let links = self.links_after(seen, VERIFY_PAGE).await?;
            let Some(last) = links.last() else { break };
            seen = last.seq;
            for link in links.iter().filter(|link| link.seq <= head.seq) {
                if let Err(misfit) = verifier.take(link) {
                    return Ok(Err(misfit));
                }
            }
            if seen >= head.seq {
                break;
            }
        }
        if let Err(misfit) = verifier.finish(head) {
            return Ok(Err(misfit));
        }
        // In this order, because an event and the head that names it are committed together.
        let last = self.last_seq().await?;
        let now = self.head().await?;
        if last > now.seq {
            return Ok(Err(Misfit::Head { last, head: now.seq }));
        }
        Ok(Ok(head))
    }

    async fn last_seq(&self) -> Result<u64, StoreError> {
        let last = audit_event::Entity::find()
            .order_by_desc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        last.map_or(Ok(0), |row| read_seq("audit_event", row.seq))
    }

    async fn rows_after(&self, seq: u64, limit: u64) -> Result<Vec<audit_event::Model>, StoreError> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(stored_seq(seq)))
            .order_by_asc(audit_event::Column::Seq)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows)
    }
}
