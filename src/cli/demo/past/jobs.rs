//! The workers of the past: they settle the jobs that use cases scheduled, and a made-up target answers.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::{Request, RevokeCause, State};
use crate::access::target::{TargetFailure, Trouble};
use crate::access::time::Timestamp;
use crate::access::usage::Sessions;
use crate::audit::cause::{HeldUp, NotGranted};
use crate::integrations::{Cleaned, Confirmed, GrantOrder, Integration, LastLook, OrderUnit, Revoked};
use crate::store::{Job, JobKind, Lane, ReadGrants, ReadLimits, Ready};
use crate::usecases::{UseCaseError, decide, ending, extend, granting, overdue, refuse, step};

use super::super::error::DemoError;
use super::errands::Fate;
use super::steps::Step;
use super::{Outage, Past};

const MINUTE: Duration = Duration::from_mins(1);

/// Long enough to claim and settle a few jobs.
const LEASE: Duration = Duration::from_mins(1);

/// How long the target cannot be reached.
const OUTAGE: Duration = Duration::from_mins(14);

/// The target of the outage.
const OUT: &str = "shop-db";

/// Nothing is granted in the last minutes: that is left to the bot.
const LEFT_TO_THE_BOT: Duration = Duration::from_mins(28);

/// All access has ended that long before the bot starts; a certificate that was shown may delay an end by minutes.
const ALL_OVER: Duration = Duration::from_mins(8);

impl Past<'_> {
    /// When the last access ends.
    pub(super) fn last_end(&self) -> Timestamp {
        self.until.minus(ALL_OVER)
    }

    /// Settles what is due in a lane.
    pub(super) async fn work(&mut self, lane: Lane) -> Result<(), DemoError> {
        loop {
            let now = self.core.now();
            if lane == Lane::Provision && now >= self.until.minus(LEFT_TO_THE_BOT) {
                return Ok(());
            }
            let jobs = match self.core.store.ready(lane, now, &[]).await? {
                Ready::Nothing => return Ok(()),
                Ready::Timer(job) => vec![job],
                Ready::Jobs => {
                    let owner = &self.core.owner;
                    self.core.store.claim(lane, now, owner, 8, LEASE, &[]).await?
                }
            };
            for job in jobs {
                self.carry_out(&job).await?;
            }
        }
    }

    async fn carry_out(&mut self, job: &Job) -> Result<(), DemoError> {
        let core = &self.core;
        match job.kind {
            JobKind::Provision => return self.provision(job).await,
            JobKind::Revoke => return self.revoke(job).await,
            JobKind::CleanUp => return self.clean_up(job).await,
            JobKind::Extend => return self.tell_the_target(job).await,
            JobKind::Expire => ending::time_over(core, job).await?,
            JobKind::EndingSoon => ending::ending_soon(core, job).await?,
            JobKind::Lapse => decide::lapse(core, job).await?,
            JobKind::LapseExtension => extend::lapse(core, job).await?,
            JobKind::RemindOverdue => overdue::remind(core, job).await?,
            JobKind::Refusals => refuse::again(core, job).await?,
            JobKind::Restore
            | JobKind::TakeOff
            | JobKind::RedButton
            | JobKind::EndSessions
            | JobKind::EndStray
            | JobKind::CleanStray
            | JobKind::Message
            | JobKind::TellLeftOver
            | JobKind::TellUncounted
            | JobKind::TellSignedIn
            | JobKind::Report
            | JobKind::EndReview
            | JobKind::TellReview => step::done(core, job).await?,
        }
        Ok(())
    }

    async fn provision(&mut self, job: &Job) -> Result<(), DemoError> {
        let id = RequestId::new(&job.key);
        let (request, person) = self.now(&id).await?;
        if request.state != State::Approved {
            return Ok(step::done(&self.core, job).await?);
        }
        if self
            .core
            .store
            .limits()
            .await?
            .frozen
            .contains(&request.integration)
        {
            let why = NotGranted::HeldUp(HeldUp::Frozen);
            return Ok(granting::fail_untouched(&self.core, job, why).await?);
        }
        let integration = self.integration(&request)?;
        let units = request.units.iter().map(|unit| OrderUnit {
            resource_id: unit.resource_id.clone(),
            resource_name: unit.resource_name.clone(),
            permission: unit.permission.clone(),
        });
        let order = GrantOrder {
            install: self.core.install.clone(),
            request: request.number,
            grantee_name: person.name,
            account: None,
            units: units.collect(),
        };
        let granted = integration
            .prepare(&order)
            .map_err(|error| DemoError::NotAsPromised(error.to_string()))?;
        let Some(grant) = granting::begin_attempt(&self.core, job, &granted).await? else {
            return Ok(());
        };
        self.takes(40, 900);
        let fate = self.pursued.get(&id).map(|pursued| pursued.errand.fate);
        if fate == Some(Fate::Fails) {
            let missing = TargetFailure {
                trouble: Trouble::Missing,
                said: format!("what gives {} is not there", request.units[0].permission),
            };
            granting::undo(&self.core, job, NotGranted::TargetRefused(missing)).await?;
            return Box::pin(self.work(Lane::Revoke)).await;
        }
        let digest = self.core.policy().digest.clone();
        granting::confirm(&self.core, job, &confirmed(&grant), &digest).await?;
        self.use_it(&id).await
    }

    async fn revoke(&mut self, job: &Job) -> Result<(), DemoError> {
        let id = RequestId::new(&job.key);
        let grant = self.grant_of(&id).await?;
        let now = self.core.now();
        if let Some(over) = grant.granted.credentials_until.filter(|over| now < *over) {
            let why = format!("the last credential shown for it works until {over} and cannot be revoked");
            step::try_again(&self.core, job, over, &why).await?;
            self.steps.add(over, Step::Work(Lane::Revoke));
            return Ok(());
        }
        if self.is_out(&id, &grant).await? {
            return self.try_later(job).await;
        }
        self.takes(60, 700);
        let (request, _) = self.now(&id).await?;
        let integration = self.integration(&request)?;
        let revoked = if integration.state().is_some() {
            let used = self.core.store.usages_of(std::slice::from_ref(&id)).await?;
            let may_use = used.get(&id).is_some_and(|usage| usage.shown > 0);
            let sessions = u32::try_from(self.dice.below(3)).unwrap_or(0);
            let sessions = if may_use { sessions } else { 0 };
            Revoked {
                sessions_ended: sessions,
                proof: "login locked, 0 sessions".to_owned(),
                last_look: Some(last_look(sessions)),
            }
        } else {
            // Nothing is on a host, so nothing has to be made up.
            let revoked = integration.revoke(&grant.granted).await;
            revoked.map_err(|error| DemoError::NotAsPromised(error.to_string()))?
        };
        ending::gone(&self.core, job, &revoked).await?;
        Box::pin(self.work(Lane::CleanUp)).await
    }

    /// Whether the target cannot be reached now; the outage begins with access that is to expire.
    async fn is_out(&mut self, id: &RequestId, grant: &Grant) -> Result<bool, DemoError> {
        let now = self.core.now();
        match &self.outage {
            Outage::Coming(from) if *from <= now && grant.granted.integration == OUT => {
                let (request, _) = self.now(id).await?;
                if request.state != State::Revoking(RevokeCause::TimeOver) {
                    return Ok(false);
                }
                self.outage = Outage::During {
                    of: id.clone(),
                    until: now.plus(OUTAGE),
                };
                for look in [70, 75] {
                    self.steps
                        .add(now.plus(Duration::from_secs(look)), Step::LookForOverdue);
                }
                Ok(true)
            }
            Outage::During { of, until } if of == id => {
                let is_out = now < *until;
                if !is_out {
                    self.outage = Outage::Over;
                }
                Ok(is_out)
            }
            Outage::Coming(_) | Outage::During { .. } | Outage::Over => Ok(false),
        }
    }

    /// It is tried again after longer and longer pauses.
    async fn try_later(&mut self, job: &Job) -> Result<(), DemoError> {
        let pause = MINUTE * job.attempt.min(8);
        let next = self.core.now().plus(pause);
        step::try_again(&self.core, job, next, "connection refused").await?;
        self.steps.add(next, Step::Work(Lane::Revoke));
        self.steps.add(next, Step::Work(Lane::Timer));
        Ok(())
    }

    async fn clean_up(&mut self, job: &Job) -> Result<(), DemoError> {
        self.takes(80, 400);
        let cleaned = Cleaned {
            summary: "login dropped".to_owned(),
            kept: false,
        };
        Ok(ending::cleaned(&self.core, job, &cleaned).await?)
    }

    async fn tell_the_target(&mut self, job: &Job) -> Result<(), DemoError> {
        let grant = self.grant_of(&RequestId::new(&job.key)).await?;
        self.takes(40, 300);
        Ok(extend::confirmed(&self.core, job, grant.until, &confirmed(&grant)).await?)
    }

    async fn grant_of(&self, id: &RequestId) -> Result<Grant, DemoError> {
        let grant = self.core.store.grant(id).await?;
        Ok(grant.ok_or(UseCaseError::NoSuchRequest)?)
    }

    fn integration(&self, request: &Request) -> Result<Arc<dyn Integration>, DemoError> {
        let found = self.core.integrations().get(&request.integration).cloned();
        found.ok_or_else(|| DemoError::NotAsPromised(format!("there is no {}", request.integration)))
    }

    /// The target takes this many milliseconds.
    fn takes(&mut self, least: u64, most: u64) {
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(most));
        let span = self.dice.between(least, most);
        self.clock.pass(span);
    }
}

fn confirmed(grant: &Grant) -> Confirmed {
    Confirmed {
        granted: grant.granted.clone(),
        target_deadline: Some(grant.until),
    }
}

/// What the look right before the end found.
fn last_look(sessions: u32) -> LastLook {
    let mut found = Sessions {
        count: sessions,
        ..Sessions::default()
    };
    if sessions > 0 {
        found.addresses.add("10.20.0.14");
        found.applications.add("psql");
    }
    LastLook {
        found,
        ago: Duration::ZERO,
    }
}
