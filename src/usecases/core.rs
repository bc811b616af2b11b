//! What every use case and worker needs.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{RwLock, RwLockWriteGuard};
use tokio::sync::Notify;
use uuid::{NoContext, Uuid};

use crate::access::flows::{PersonRef, Policy};
use crate::access::forbidden::Forbidden;
use crate::access::ids::InstallId;
use crate::access::offered::Offered;
use crate::access::people::Allowance;
use crate::access::recipient::domain_of;
use crate::access::time::Timestamp;
use crate::clock::Clock;
use crate::integrations::registry::Registry;
use crate::lasting::Troubles;
use crate::metrics::Counted;
use crate::store::{ReadPolicies, Store, StoreError, Tx, Wakes};

use super::UseCaseError;
use super::beats::Beats;
use super::catalogue::Catalogue;
use super::contacts::Contacts;
use super::reads::Reads;
use super::uses::Unwritten;

/// The parts that decide and remember. Built once by `app`.
pub struct Core {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub catalogue: Catalogue,
    pub install: InstallId,
    /// Wakes workers after each commit that creates work.
    pub wakes: Arc<Wakes>,
    /// When each worker last looked for work.
    pub beats: Beats,
    /// When each target last answered.
    pub contacts: Contacts,
    /// What was seen of the use of access and is not stored yet.
    pub unwritten: Unwritten,
    pub reads: Reads,
    pub troubles: Troubles,
    pub counted: Counted,
    /// Wakes whoever watches the database: something failed because of it.
    pub database_failed: Notify,
    /// The audit channel was compared with the database, or cannot be.
    witness_heard: AtomicBool,
    /// This process's name in leases: random at each start, so a restarted process is never mistaken for its previous run.
    pub owner: String,
    rules: RwLock<InForce>,
}

/// The rules in use, and those that a reload is about to replace them with.
struct InForce {
    now: Rules,
    next: Option<Rules>,
}

/// The part of the config that a reload replaces, as a whole.
#[derive(Clone)]
pub struct Rules {
    pub policy: Arc<Policy>,
    pub integrations: Registry,
    /// The shortest access that can be requested.
    pub min_duration: Duration,
    /// What the config can give, even on integrations that cannot be used right now.
    pub offered: Arc<Offered>,
    /// Hosts that justifications may link to.
    pub link_hosts: Arc<[String]>,
    /// How long a request may wait for an answer before it lapses.
    pub pending_for: Duration,
    /// How much one person may do.
    pub allowance: Allowance,
    /// How long granting is retried before it is undone.
    pub provision_for: Duration,
    /// Nothing is granted while an event has waited longer than this to be posted to the audit channel.
    pub audit_lag: Duration,
    /// Who alarms mention.
    pub mention: Vec<PersonRef>,
    /// When the daily summary is due, UTC, counted from midnight.
    pub day_at: Duration,
    /// The domains of addresses that reports may go to, in lower case.
    pub email_domains: Arc<[String]>,
    /// Files of fonts that PDF is set in where the one in the program lacks a character.
    pub fonts: Arc<[PathBuf]>,
}

impl Rules {
    /// Whether reports may go to this address.
    pub fn may_get_mail(&self, address: &str) -> bool {
        let domain = domain_of(address).to_ascii_lowercase();
        self.email_domains.contains(&domain)
    }
}

/// The parts of [`Core`] that `app` chooses.
pub struct CoreParts {
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub install: InstallId,
    pub rules: Rules,
}

impl Core {
    pub fn new(parts: CoreParts) -> Self {
        let CoreParts {
            store,
            clock,
            install,
            rules,
        } = parts;
        Self {
            owner: fresh_id(clock.now()),
            wakes: store.wakes(),
            store,
            clock,
            catalogue: Catalogue::default(),
            install,
            beats: Beats::default(),
            contacts: Contacts::default(),
            unwritten: Unwritten::default(),
            reads: Reads::default(),
            troubles: Troubles::default(),
            counted: Counted::default(),
            database_failed: Notify::new(),
            witness_heard: AtomicBool::new(false),
            rules: RwLock::new(InForce {
                now: rules,
                next: None,
            }),
        }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new id; ids made later sort later.
    pub fn new_id(&self) -> String {
        fresh_id(self.now())
    }

    /// The present rules. A caller that needs two of them takes both from one call.
    pub fn rules(&self) -> Rules {
        self.rules.read().now.clone()
    }

    /// Replaces the rules with others of the same policy.
    pub fn replace_rules(&self, rules: Rules) {
        self.in_force().now = rules;
    }

    /// Keeps a reloaded config's rules ready: they replace the previous ones as soon as the database says that
    /// their policy is active, so no decision falls between the two.
    pub fn stage_rules(&self, rules: Rules) {
        self.in_force().next = Some(rules);
    }

    /// The reload did not happen.
    pub fn discard_staged_rules(&self) {
        self.in_force().next = None;
    }

    /// Replaces the previous rules with the staged ones.
    pub fn use_staged_rules(&self) {
        let mut rules = self.in_force();
        if let Some(next) = rules.next.take() {
            rules.now = next;
        }
    }

    fn in_force(&self) -> RwLockWriteGuard<'_, InForce> {
        self.rules.write()
    }

    pub fn policy(&self) -> Arc<Policy> {
        self.rules().policy
    }

    pub fn integrations(&self) -> Registry {
        self.rules().integrations
    }

    /// Fails if the database says that another policy is active: then this replica decides nothing.
    pub(crate) async fn active_policy(&self, tx: &mut Tx) -> Result<Arc<Policy>, UseCaseError> {
        let Some(active) = tx.active_policy().await? else {
            return Err(Forbidden::PolicyNotActive.into());
        };
        let mut rules = self.in_force();
        let is_staged = rules
            .next
            .as_ref()
            .is_some_and(|next| next.policy.digest == active);
        if is_staged && let Some(next) = rules.next.take() {
            rules.now = next;
        }
        if rules.now.policy.digest == active {
            return Ok(Arc::clone(&rules.now.policy));
        }
        Err(Forbidden::PolicyNotActive.into())
    }

    /// Whether the audit channel is so far behind that nothing is granted, because nobody could see it. Access still ends.
    pub async fn is_audit_behind(&self) -> Result<bool, StoreError> {
        let waits_since = self.store.oldest_unposted().await?;
        let longest = self.rules().audit_lag;
        Ok(waits_since.is_some_and(|since| self.now().since(since) > longest))
    }

    /// Notes that the audit channel was compared with the database, or cannot be; true if something waited for that.
    pub fn note_witness_heard(&self) -> bool {
        !self.witness_heard.swap(true, Ordering::Relaxed)
    }

    /// Whether nothing may be granted yet because the audit channel was not compared with the database since the start.
    pub(crate) fn waits_for_witness(&self) -> bool {
        !self.witness_heard.load(Ordering::Relaxed)
    }

    /// 16 bytes from the system, for the salt of people's words.
    pub(crate) fn salt() -> Result<[u8; 16], StoreError> {
        let mut salt = [0; 16];
        getrandom::fill(&mut salt)
            .map_err(|_| StoreError::Unavailable("the system's random number generator failed".to_owned()))?;
        Ok(salt)
    }
}

pub(super) fn fresh_id(now: Timestamp) -> String {
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let nanos = u32::try_from(now.micros().rem_euclid(1_000_000)).unwrap_or(0) * 1_000;
    Uuid::new_v7(uuid::Timestamp::from_unix(NoContext, seconds, nanos))
        .simple()
        .to_string()
}
