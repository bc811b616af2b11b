//! The database: SQLite or PostgreSQL, with the same behaviour. Only this module uses sea-orm.
//!
//! Every change goes through a [`Tx`], whose last act is [`Tx::seal`]: it appends the audit events and commits, so a change
//! and what the trail says about it are one transaction, and nothing takes a lock after the trail's head. Rows leave as domain
//! types, or as [`StoreError::Inconsistent`].

#![expect(
    async_fn_in_trait,
    reason = "the query traits are sealed, and the futures of both implementations are Send"
)]

mod alive;
mod anomalies;
mod at_once;
mod audit;
mod audit_posts;
mod catalogue;
mod check;
mod connect;
mod copy;
mod costs;
mod database_clock;
mod decisions;
mod desk;
mod drifts;
mod due;
mod entities;
mod error;
mod extensions;
mod grants;
mod group_commit;
mod identities;
mod inbox;
mod inbox_group;
mod index;
mod job_queue;
mod jobs;
mod known_posts;
mod lane_looks;
mod leases;
mod limits;
mod line;
mod login;
mod messages;
mod migrate;
mod next_post;
mod occupancy;
mod people;
mod pinned_channels;
mod policy_versions;
mod pool;
mod pooler;
mod portal;
mod postgres;
mod public_keys;
mod read;
mod reads;
mod red_button;
mod refusals;
mod report_runs;
mod reports;
mod requests;
mod restored;
mod review_changes;
mod reviews;
mod same_person;
mod saved_reports;
mod seats;
mod settings;
mod sightings;
mod silence;
mod sinks;
mod stale_messages;
mod stamps;
mod standing_alarms;
mod strays;
mod terms;
mod tx;
mod usage;
mod waiting_posts;
mod wakes;
mod whereabouts;
mod words;

#[cfg(test)]
#[cfg(feature = "demo")]
mod schema_tests;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;

pub use crate::access::progress::DecisionVerdict;
pub use audit::{ReadEvents, StoredEvent};
pub use audit_posts::{AuditPost, BegunPost};
pub use costs::{Cost, Costs};
pub use decisions::{Decision, ReadDecisions};
pub use desk::{Desk, Plan, Seen};
pub use drifts::StandingGrant;
pub use error::StoreError;
pub use extensions::{Extension, ReadExtensions};
pub use grants::ReadGrants;
pub use identities::PortalIdentity;
pub use inbox::{InboxLease, InboxRow, Received};
pub use job_queue::Ready;
pub use jobs::{Born, Job, JobKind, JobSpec, Lane};
pub use leases::Fence;
pub use limits::ReadLimits;
pub use messages::{Message, MessageState, ReadMessages, Retry, Surface};
pub use next_post::NextPost;
pub use occupancy::{Capacity, Free};
pub use people::{KnownPerson, ReadPeople};
pub use policy_versions::ReadPolicies;
pub use portal::{PortalLink, PortalSession, Way};
pub use public_keys::StoredKey;
pub use read::Read;
pub use reads::ReadNote;
pub use red_button::Everything;
pub use refusals::Refusal;
pub use report_runs::{OpenRun, ReportResult, ReportRun};
pub use reports::{
    Answer, Asked, Began, Brake, By, Common, EndedBy, Events, Found, Further, GivenAnswer, Group, Grouped,
    LOOKED_THROUGH, LaneCounts, Listed, LiveIntegration, Newest, OpenCounts, Page, Paged, Past, Stamps,
    Unanswered, Unused,
};
pub use requests::ReadRequests;
pub use restored::Ahead;
pub use reviews::{LineDecision, Progress, Review, ReviewLine};
pub use saved_reports::{SavedReport, Schedule};
pub use seats::{Seat, Worker};
pub use settings::ReadSettings;
pub use sightings::{Kept, Sighting};
pub use strays::{ReadStrays, Stray};
pub use tx::Tx;
pub use waiting_posts::WaitingPosts;
pub use wakes::Wakes;
pub use whereabouts::Whereabouts;

use connect::Purpose;
use costs::Meter;
use inbox_group::InboxGroup;
use next_post::Expected;
use pool::Pool;

use crate::metrics::Counts;
use crate::secrets::SecretRef;

/// Where the database is.
#[derive(Clone, Debug)]
pub enum DatabaseTarget {
    /// A file; created if it does not exist.
    Sqlite(PathBuf),
    /// A `postgres://` URL, which holds a password.
    Postgres(SecretString),
}

/// The open database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// `None` if it was opened for reading.
    writer: Option<Pool>,
    reader: Pool,
    /// Writes here may be lost; the normal writer if there is no such connection.
    prober: Option<Pool>,
    /// Keeps other processes away from a SQLite database while this one has it open for writing.
    lock: Option<File>,
    inbox_group: InboxGroup,
    wakes: Arc<Wakes>,
    expected: Arc<Expected>,
    meter: Arc<Meter>,
    sealed: Counts<1>,
}

impl Store {
    /// Opens it for a bot. Nothing is migrated yet.
    pub async fn open(target: &DatabaseTarget) -> Result<Self, StoreError> {
        match target {
            DatabaseTarget::Sqlite(path) => {
                connect::open_private(path)?;
                let lock = connect::lock(path)?;
                let writer = connect::sqlite(path, Purpose::Write).await?;
                let reader = connect::sqlite(path, Purpose::Read).await?;
                let prober = connect::sqlite(path, Purpose::Probe).await?;
                Ok(Self::new(Some(writer), reader, Some(prober), Some(lock)))
            }
            DatabaseTarget::Postgres(url) => {
                let pool = postgres::open(url, Purpose::Write).await?;
                Ok(Self::new(Some(pool.clone()), pool, None, None))
            }
        }
    }

    /// Opens it only for reading, whether or not another process is using it.
    pub async fn open_for_reading(target: &DatabaseTarget) -> Result<Self, StoreError> {
        let reader = match target {
            DatabaseTarget::Sqlite(path) => connect::sqlite(path, Purpose::Read).await?,
            DatabaseTarget::Postgres(url) => postgres::open(url, Purpose::Read).await?,
        };
        let store = Self::new(None, reader, None, None);
        store.refuse_other_schema().await?;
        Ok(store)
    }

    /// Opens it for an act of the operator that only adds to the trail, whether or not a bot is using it.
    pub async fn open_beside_the_bot(target: &DatabaseTarget) -> Result<Self, StoreError> {
        let reading = Self::open_for_reading(target).await?;
        let writer = match target {
            DatabaseTarget::Sqlite(path) => connect::sqlite(path, Purpose::Write).await?,
            DatabaseTarget::Postgres(url) => postgres::open(url, Purpose::Write).await?,
        };
        Ok(Self::new(Some(writer), reading.reader().clone(), None, None))
    }

    fn new(writer: Option<Pool>, reader: Pool, prober: Option<Pool>, lock: Option<File>) -> Self {
        let meter = Arc::default();
        let shared = Shared {
            writer: writer.map(|pool| pool.counted_by(&meter)),
            reader: reader.counted_by(&meter),
            prober: prober.map(|pool| pool.counted_by(&meter)),
            lock,
            inbox_group: InboxGroup::default(),
            wakes: Arc::default(),
            expected: Arc::default(),
            meter,
            sealed: Counts::default(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// Says where the URL it was opened with can be read again if a login fails. A file has no logins.
    pub fn url_stands_in(&self, secret: SecretRef) {
        if let Some(login) = self.reader().login() {
            login.stands_in(secret);
        }
    }

    /// Closes every connection once it is idle, and lets another process in.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.shared.reader.close().await?;
        if let Some(prober) = &self.shared.prober {
            prober.close().await?;
        }
        if let Some(writer) = &self.shared.writer {
            writer.close().await?;
        }
        if let Some(lock) = &self.shared.lock {
            lock.unlock()
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        Ok(())
    }

    /// Whether no other process can write to it while this one has it open, so everything in it was done by this process.
    pub fn is_alone(&self) -> bool {
        self.shared.lock.is_some()
    }

    /// Where workers wait for work.
    pub fn wakes(&self) -> Arc<Wakes> {
        Arc::clone(&self.shared.wakes)
    }

    /// The events that this process committed, by `event`.
    pub fn sealed(&self) -> &Counts<1> {
        &self.shared.sealed
    }

    fn reader(&self) -> &Pool {
        &self.shared.reader
    }

    fn prober(&self) -> Result<&Pool, StoreError> {
        match &self.shared.prober {
            Some(prober) => Ok(prober),
            None => self.writer(),
        }
    }

    fn writer(&self) -> Result<&Pool, StoreError> {
        let read_only = || StoreError::Unavailable("it was opened for reading only".to_owned());
        self.shared.writer.as_ref().ok_or_else(read_only)
    }
}
