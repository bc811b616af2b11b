//! Taking a grant's access away: lock, commit, end sessions, read back, in this order, on the server and its replicas.
//!
//! Locking alone leaves open sessions alive, and ending sessions alone lets them come back. An account that people have
//! anyway loses its lease, and its sessions end too, because PostgreSQL does not tell which of them had set a role or read
//! from a cursor; but only where it lost something, and only those that are there then.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use sqlx::PgConnection;

use super::super::{IntegrationError, Revoked};
use super::account::{self, Member};
use super::cluster::Cluster;
use super::errors::failed;
use super::login::Login;
use super::mark::{Mark, revoked_comment};
use super::names::Literal;
use super::replica;
use super::server::{Server, commit, run};
use super::sessions::{self, Which};
use super::target::{Plan, account_named, group_named};

/// What revokes that are not through yet have done, by the role that was made for the grant. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unfinished(Arc<Mutex<BTreeMap<String, Begun>>>);

#[derive(Debug, Default)]
struct Begun {
    /// Oids of a lease's members, which the server no longer tells once they are none.
    members: BTreeSet<i64>,
    /// How many sessions were ended on each server: a replica that is down must not cost an account its new sessions
    /// elsewhere at every try.
    ended: BTreeMap<String, u32>,
}

/// Whose sessions end, and which of them.
#[derive(Clone, Debug)]
pub(crate) struct Sessions {
    /// Oids.
    pub(crate) roles: Vec<i64>,
    pub(crate) which: Which,
}

pub(crate) async fn revoke(
    cluster: &Cluster,
    plan: &Plan,
    unfinished: &Unfinished,
) -> Result<Revoked, IntegrationError> {
    let Some((locked, members)) = lock(&cluster.primary, plan, unfinished).await? else {
        return Ok(Revoked {
            sessions_ended: 0,
            proof: format!("no such {}", plan.word()),
        });
    };
    let mut connection = cluster
        .primary
        .pool()?
        .acquire()
        .await
        .map_err(failed("reading the revoke back"))?;
    let (sessions, kept) = match &plan.account {
        None => {
            let which = Which::All;
            let roles = vec![locked.oid];
            (Sessions { roles, which }, Vec::new())
        }
        Some(_) => what_members_lost(&mut connection, plan, &members).await?,
    };
    let mut replicas_read = 0;
    if !sessions.roles.is_empty() {
        unfinished
            .end_once(&cluster.primary, plan, &sessions, &mut connection)
            .await?;
        let ends = cluster
            .replicas
            .iter()
            .map(|replica| replica::end(replica, plan, &locked, &sessions, unfinished));
        let problems: Vec<String> = join_all(ends)
            .await
            .into_iter()
            .filter_map(|end| end.err().map(|error| error.to_string()))
            .collect();
        if !problems.is_empty() {
            return Err(IntegrationError::Retry(format!(
                "it is locked and ended on the server itself, but not everywhere: {}",
                problems.join("; ")
            )));
        }
        replicas_read = cluster.replicas.len();
    }
    read_back(&mut connection, plan, &members).await?;
    Ok(Revoked {
        sessions_ended: unfinished.take(plan),
        proof: proof(plan, &members, &kept, replicas_read),
    })
}

/// Commits the lock; none if the role is not there. Returns the role as it was, and a lease's members.
async fn lock(
    server: &Server,
    plan: &Plan,
    unfinished: &Unfinished,
) -> Result<Option<(Login, Vec<Member>)>, IntegrationError> {
    let Plan { login, target, .. } = plan;
    let doing = "locking the access";
    let mut tx = server.begin_on(login).await?;
    let Some(found) = Login::find(&mut tx, plan).await? else {
        return Ok(None);
    };
    let lock = format!("ALTER ROLE {login} NOLOGIN PASSWORD NULL VALID UNTIL '-infinity' CONNECTION LIMIT 0");
    run(&mut tx, doing, lock).await?;
    match &found.mark {
        mark if mark.is_of(&target.install, target.request) => {
            let comment = revoked_comment(&target.install, target.request, plan.made());
            run(
                &mut tx,
                doing,
                format!("COMMENT ON ROLE {login} IS {}", Literal(&comment)),
            )
            .await?;
        }
        // The name is this request's, so it is locked all the same; whose it is stays to be seen.
        Mark::Foreign => {}
        Mark::Ours { .. } => {
            return Err(IntegrationError::Refuse(format!(
                "the role {} is another request's by its comment",
                login.as_str()
            )));
        }
    }
    let mut members = Vec::new();
    if plan.account.is_some() {
        members = account::members(&mut tx, plan, found.oid, &unfinished.members(plan)).await?;
        for member in &members {
            let account = account_named(&member.name)?;
            run(&mut tx, doing, format!("REVOKE {login} FROM {account}")).await?;
        }
        unfinished.remember(plan, &members);
    }
    for group in found.groups(&mut tx).await? {
        // Somebody else may have made it a member of a group that is not the bot's to take; a locked login cannot use it.
        let mut attempt = sqlx::Acquire::begin(&mut *tx).await.map_err(failed(doing))?;
        let group = group_named(&group)?;
        match run(&mut attempt, doing, format!("REVOKE {group} FROM {login}")).await {
            Ok(()) => attempt.commit().await.map_err(failed(doing))?,
            Err(error) => {
                tracing::warn!(login = login.as_str(), group = group.as_str(), %error, "membership kept by a locked role");
                attempt.rollback().await.map_err(failed(doing))?;
            }
        }
    }
    commit(tx, doing).await?;
    Ok(Some((found, members)))
}

/// Whose sessions have to end, and in words what the members have all the same. Asked after the commit, so that of two revokes at
/// once the later one sees that nothing is left.
async fn what_members_lost(
    connection: &mut PgConnection,
    plan: &Plan,
    members: &[Member],
) -> Result<(Sessions, Vec<String>), IntegrationError> {
    let groups = plan.groups()?;
    let mut roles = Vec::new();
    let mut told = Vec::new();
    for member in members {
        let kept = account::kept(connection, plan, member.oid).await?;
        let has = |group: &str| kept.iter().any(|kept| kept.group == group);
        if !groups.iter().all(|group| has(group.as_str())) {
            roles.push(member.oid);
        }
        if !kept.is_empty() {
            let kept = kept.iter().map(|kept| format!("{} by {}", kept.group, kept.by));
            let kept = kept.collect::<Vec<_>>().join(", ");
            told.push(format!("{} still has {kept}", member.name));
        }
    }
    let which = Which::Present;
    Ok((Sessions { roles, which }, told))
}

async fn read_back(
    connection: &mut PgConnection,
    plan: &Plan,
    members: &[Member],
) -> Result<(), IntegrationError> {
    let Some(held) = Login::find(connection, plan).await? else {
        return Ok(());
    };
    let word = plan.word();
    if held.open {
        return Err(IntegrationError::Retry(format!(
            "somebody opened the {word} again while it was being revoked"
        )));
    }
    if held.groups(connection).await?.is_empty() {
        return Ok(());
    }
    for member in members {
        if account::is_joined(connection, plan, &account_named(&member.name)?).await? {
            let name = &member.name;
            return Err(IntegrationError::Retry(format!(
                "{name} is a member of the {word} again"
            )));
        }
    }
    Ok(())
}

/// What was done and read back, and nothing else: `replicas` are those whose sessions were looked at.
fn proof(plan: &Plan, members: &[Member], kept: &[String], replicas: usize) -> String {
    let mut proof = match &plan.account {
        None => "login locked, 0 sessions".to_owned(),
        Some(account) if members.is_empty() => {
            let account = account.as_str();
            format!(
                "the lease has no members, and there is no account {account} whose sessions could be ended"
            )
        }
        Some(_) if kept.is_empty() => "membership gone, 0 sessions from before".to_owned(),
        Some(_) => format!("membership gone; {}", kept.join("; ")),
    };
    if replicas > 0 {
        let many = if replicas == 1 { "replica" } else { "replicas" };
        proof = format!("{proof}, also on {replicas} {many}");
    }
    proof
}

impl Unfinished {
    /// Ends the sessions on `server`; those of an account that can still log in are ended there once for each revoke.
    pub(crate) async fn end_once(
        &self,
        server: &Server,
        plan: &Plan,
        sessions: &Sessions,
        connection: &mut PgConnection,
    ) -> Result<(), IntegrationError> {
        let place = server.endpoint.place();
        let login = plan.login.as_str();
        let ended_before = self
            .lock()
            .get(login)
            .and_then(|begun| begun.ended.get(&place).copied());
        if ended_before.is_some() && sessions.which == Which::Present {
            return Ok(());
        }
        let mut total = ended_before.unwrap_or(0);
        for role in &sessions.roles {
            let ended = sessions::end(connection, *role, sessions.which).await?;
            total = total.saturating_add(ended);
        }
        let mut begun = self.lock();
        begun
            .entry(login.to_owned())
            .or_default()
            .ended
            .insert(place, total);
        Ok(())
    }

    /// The revoke is through: how many sessions it ended, at all places and in all its tries.
    fn take(&self, plan: &Plan) -> u32 {
        let begun = self.lock().remove(plan.login.as_str()).unwrap_or_default();
        begun
            .ended
            .values()
            .fold(0, |sum, ended| sum.saturating_add(*ended))
    }

    fn members(&self, plan: &Plan) -> BTreeSet<i64> {
        let begun = self.lock();
        let begun = begun.get(plan.login.as_str());
        begun.map(|begun| begun.members.clone()).unwrap_or_default()
    }

    fn remember(&self, plan: &Plan, members: &[Member]) {
        let mut begun = self.lock();
        let begun = begun.entry(plan.login.as_str().to_owned()).or_default();
        begun.members.extend(members.iter().map(|member| member.oid));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Begun>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
