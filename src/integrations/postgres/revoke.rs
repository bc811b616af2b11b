//! Taking a grant's access away in an order that nobody can block: the rights, the sessions, the lock, and then reading back.
//!
//! Taking a group from a role does not need the role's own row, which its owner can lock in an open transaction. Ending the
//! sessions then frees the row, and only the lock keeps new sessions out. An account that people already have loses its lease,
//! and its sessions end too, because PostgreSQL does not tell which of them had set a role or read from a cursor; but only if
//! it lost something, and only sessions that exist at that moment. Nobody else's sessions end here.

use futures_util::future::join_all;
use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::{IntegrationError, Revoked};
use super::account;
use super::cluster::Cluster;
use super::lock::lock;
use super::login::Login;
use super::mark::{Mark, revoked_comment};
use super::names::Identifier;
use super::prepared;
use super::replica;
use super::sessions::{Sweep, Which, end, end_orphans};
use super::take::{Taken, take};
use super::target::{Plan, account_named};
use super::unfinished::Unfinished;

/// How often everything is repeated if what is read back is not what was done.
const ROUNDS: u32 = 3;

/// Which roles' sessions end, and which of their sessions.
#[derive(Clone, Debug)]
pub(crate) struct Ending {
    /// Oids.
    pub(crate) roles: Vec<i64>,
    pub(crate) which: Which,
}

/// One pass through all steps of ending access.
struct Round<'a> {
    cluster: &'a Cluster,
    plan: &'a Plan,
    unfinished: &'a Unfinished,
    role: Login,
    name: Identifier,
}

/// `accounts` are those in the config. If only the server says which accounts a role served, only these accounts' sessions
/// end.
pub(crate) async fn revoke(
    cluster: &Cluster,
    plan: &Plan,
    accounts: &[String],
    unfinished: &Unfinished,
) -> Result<Revoked, IntegrationError> {
    let mut connection = cluster.primary.connection("connecting").await?;
    let mut rounds = 1;
    loop {
        let Some(role) = Login::find(&mut connection, plan).await? else {
            let ended = end_what_is_left(cluster, &mut connection, plan).await?;
            let (before, last_look) = unfinished.take(plan);
            return Ok(Revoked {
                sessions_ended: before.saturating_add(ended),
                proof: format!("no such {}", plan.word()),
                last_look,
            });
        };
        let round = Round {
            cluster,
            plan,
            unfinished,
            name: account_named(&role.name)?,
            role,
        };
        let mut taken = take(&mut connection, plan, &round.role, &round.name, accounts).await?;
        let (sessions, kept) = round.who_lost(&mut connection, &taken).await?;
        Box::pin(round.end(&mut connection, &sessions)).await?;
        let prepared = round.prepared(&mut connection, &taken).await?;
        let read_back = match taken.held.take() {
            Some(held) => Err(held),
            None => round.read_back(&mut connection, &taken).await,
        };
        match read_back {
            Ok(()) => {
                let replicas = if sessions.roles.is_empty() {
                    0
                } else {
                    cluster.replicas.len()
                };
                let (sessions_ended, last_look) = unfinished.take(plan);
                return Ok(Revoked {
                    sessions_ended,
                    proof: proof(plan, &taken, &kept, prepared.as_deref(), replicas),
                    last_look,
                });
            }
            Err(error) if rounds == ROUNDS => return Err(error),
            Err(_) => {
                unfinished.begin_again(plan);
                rounds += 1;
            }
        }
    }
}

/// Somebody dropped the role: ends its remaining sessions on each server.
async fn end_what_is_left(
    cluster: &Cluster,
    connection: &mut PgConnection,
    plan: &Plan,
) -> Result<u32, IntegrationError> {
    let mut places = vec![end_of_the_dropped(connection, plan).await];
    for replica in &cluster.replicas {
        places.push(match replica.connection("connecting").await {
            Ok(mut there) => end_of_the_dropped(&mut there, plan).await,
            Err(error) => Err(error),
        });
    }
    // If something cannot be ended in one place, it is still ended in the others.
    places
        .into_iter()
        .try_fold(0_u32, |ended, here| Ok(ended.saturating_add(here?)))
}

/// No session is counted twice: the sessions of the role that was known are waited for first.
async fn end_of_the_dropped(connection: &mut PgConnection, plan: &Plan) -> Result<u32, IntegrationError> {
    let bounded = plan.target.bounded;
    let known = match (&plan.account, plan.target.oid) {
        (None, Some(oid)) => end(connection, oid, Which::All, bounded).await?,
        _ => 0,
    };
    let orphans = end_orphans(connection, bounded).await?;
    Ok(known.saturating_add(orphans))
}

impl Round<'_> {
    /// Whose sessions have to end, and in words what the accounts still have. Looked up after the rights are taken, so if two
    /// revokes run at once the later one sees that nothing is left.
    async fn who_lost(
        &self,
        connection: &mut PgConnection,
        taken: &Taken,
    ) -> Result<(Ending, Vec<String>), IntegrationError> {
        if self.plan.account.is_none() {
            let roles = [Some(self.role.oid), self.plan.target.oid];
            let sessions = Ending {
                roles: roles.into_iter().flatten().collect(),
                which: Which::All,
            };
            return Ok((sessions, Vec::new()));
        }
        let groups = self.plan.groups()?;
        let mut roles = Vec::new();
        let mut told = Vec::new();
        for party in &taken.parties {
            let kept = account::kept(connection, self.plan, party.oid).await?;
            let has = |group: &str| kept.iter().any(|kept| kept.group == group);
            if taken.held.is_some() || !groups.iter().all(|group| has(group.as_str())) {
                roles.push(party.oid);
            }
            if !kept.is_empty() {
                let kept = kept.iter().map(|kept| format!("{} by {}", kept.group, kept.by));
                let kept = kept.collect::<Vec<_>>().join(", ");
                told.push(format!("{} still has {kept}", party.name));
            }
        }
        let which = Which::Present;
        Ok((Ending { roles, which }, told))
    }

    /// Ends the sessions and locks the role. Sessions on replicas are told to terminate at once too, without waiting until a replica
    /// shows the lock, because somebody's open read can delay that.
    async fn end(&self, connection: &mut PgConnection, sessions: &Ending) -> Result<(), IntegrationError> {
        let bounded = self.plan.target.bounded;
        let here = async {
            let place = self.cluster.primary.endpoint.place();
            self.unfinished
                .look(connection, self.plan, &sessions.roles, &place)
                .await;
            let mut sweep = Sweep::of(sessions.roles.clone(), sessions.which, bounded);
            let is_through =
                sessions.which == Which::Present && self.unfinished.is_through(self.plan, &place);
            let done = self.end_here(connection, sessions, &mut sweep, is_through).await;
            self.unfinished.note(self.plan, place, &sweep, done.is_ok());
            done
        };
        let there = self.cluster.replicas.iter().map(async |replica| {
            let place = replica.endpoint.place();
            let is_through =
                sessions.which == Which::Present && self.unfinished.is_through(self.plan, &place);
            if sessions.roles.is_empty() || is_through {
                return Ok(());
            }
            let mut sweep = Sweep::of(sessions.roles.clone(), sessions.which, bounded);
            let done = replica::end(replica, self.plan, self.role.oid, self.unfinished, &mut sweep).await;
            self.unfinished.note(self.plan, place, &sweep, done.is_ok());
            done
        });
        let (here, there) = tokio::join!(here, join_all(there));
        here?;
        let problems: Vec<String> = there
            .into_iter()
            .filter_map(|end| end.err().map(|error| error.to_string()))
            .collect();
        if problems.is_empty() {
            return Ok(());
        }
        Err(IntegrationError::retry(
            Trouble::Unfinished,
            format!(
                "access is locked and ended on the primary server, but not everywhere: {}",
                problems.join("; ")
            ),
        ))
    }

    async fn end_here(
        &self,
        connection: &mut PgConnection,
        sessions: &Ending,
        sweep: &mut Sweep,
        is_through: bool,
    ) -> Result<(), IntegrationError> {
        let sweeps = !sessions.roles.is_empty() && !is_through;
        if sweeps {
            sweep.signal(connection).await?;
        }
        lock(
            &self.cluster.primary,
            connection,
            self.plan,
            &self.name,
            self.note()?.as_deref(),
            sweep,
        )
        .await?;
        if sweeps {
            sweep.finish(connection).await?;
        }
        end_orphans(connection, self.plan.target.bounded).await.map(drop)
    }

    /// Rolls back what a login prepared, and reports what is still prepared by it or by an account that can commit it.
    async fn prepared(
        &self,
        connection: &mut PgConnection,
        taken: &Taken,
    ) -> Result<Option<String>, IntegrationError> {
        let mut left = Vec::new();
        if self.plan.account.is_some() {
            for party in &taken.parties {
                left.extend(prepared::owned_by(connection, &party.name).await?);
            }
        } else if self.plan.target.bounded {
            left = prepared::owned_by(connection, self.name.as_str()).await?;
        } else {
            left = prepared::roll_back_all(&self.cluster.primary, connection, self.name.as_str()).await?;
        }
        // If a member may become the group, any member can have prepared these.
        for group in self.plan.groups()? {
            left.extend(prepared::owned_by(connection, group.as_str()).await?);
        }
        Ok(prepared::remedies(&left))
    }

    /// The comment for the locked role; none if the present comment is somebody else's.
    fn note(&self) -> Result<Option<String>, IntegrationError> {
        let target = &self.plan.target;
        let is_known = !target.claimed && target.oid == Some(self.role.oid);
        match &self.role.mark {
            mark if is_known || mark.is_of(&target.install, target.request) => Ok(Some(revoked_comment(
                &target.install,
                target.request,
                self.plan.made(),
            ))),
            // The name is this request's, so it is locked anyway; the comment stays, so people can see whose it is.
            Mark::Foreign => Ok(None),
            Mark::Ours { .. } => Err(IntegrationError::refuse(
                Trouble::NotOurs,
                format!(
                    "the role {} belongs to another request according to its comment",
                    self.name.as_str()
                ),
            )),
        }
    }

    async fn read_back(&self, connection: &mut PgConnection, taken: &Taken) -> Result<(), IntegrationError> {
        let Some(held) = Login::find(connection, self.plan).await? else {
            return Ok(());
        };
        let word = self.plan.word();
        if held.open {
            return Err(IntegrationError::retry(
                Trouble::Unfinished,
                format!("somebody unlocked the {word} while it was being revoked"),
            ));
        }
        if held.groups(connection).await?.is_empty() {
            return Ok(());
        }
        for party in &taken.parties {
            if account::is_joined(connection, held.oid, party.oid).await? {
                let name = &party.name;
                return Err(IntegrationError::retry(
                    Trouble::Unfinished,
                    format!("{name} is a member of the {word} again"),
                ));
            }
        }
        Ok(())
    }
}

/// Only what was done and read back. `replicas` is the number of replicas whose sessions were checked.
fn proof(plan: &Plan, taken: &Taken, kept: &[String], prepared: Option<&str>, replicas: usize) -> String {
    let mut proof = match &plan.account {
        None => "login locked, 0 sessions".to_owned(),
        Some(account) if taken.parties.is_empty() => {
            let account = account.as_str();
            format!(
                "the lease has no members, and the account {account} does not exist, so it has no sessions to end"
            )
        }
        Some(_) if kept.is_empty() => "membership gone, 0 sessions from before".to_owned(),
        Some(_) => format!("membership gone; {}", kept.join("; ")),
    };
    if replicas > 0 {
        let many = if replicas == 1 { "replica" } else { "replicas" };
        proof = format!("{proof}, also on {replicas} {many}");
    }
    if !taken.left.is_empty() {
        let names = taken.left.join(", ");
        proof = format!(
            "{proof}; still members, which no longer gives them anything, and only a superuser can remove them: {names}"
        );
    }
    if !taken.strangers.is_empty() {
        let names = taken.strangers.join(", ");
        proof = format!("{proof}; other members removed, sessions left open: {names}");
    }
    if let Some(remedies) = prepared {
        proof = format!("{proof}; a prepared transaction is left: {remedies}");
    }
    proof
}
