//! Taking a grant's access away: lock, commit, end sessions, read back, in this order, on the server and its replicas.
//!
//! Locking alone leaves open sessions alive, and ending sessions alone lets them come back. An account that people have
//! anyway loses its lease, and its sessions end too, because PostgreSQL does not tell which of them had set a role or read
//! from a cursor; but only where it lost something, and only those that are there then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::join_all;
use sqlx::PgConnection;

use super::super::{IntegrationError, Revoked};
use super::account::{self, Account, Kept};
use super::cluster::Cluster;
use super::errors::failed;
use super::login::Login;
use super::mark::{Mark, revoked_comment};
use super::names::{Identifier, Literal};
use super::replica;
use super::server::{Server, run};
use super::sessions::{self, Which};
use super::target::{Plan, group_named};

/// How many sessions a revoke that is not through yet has ended, by server and role: a replica that is down must not
/// cost an account its new sessions elsewhere at every try. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unfinished(Arc<Mutex<BTreeMap<(String, String), u32>>>);

/// Whose sessions end, and which of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sessions {
    pub(crate) role: i64,
    pub(crate) which: Which,
}

pub(crate) async fn revoke(
    cluster: &Cluster,
    plan: &Plan,
    unfinished: &Unfinished,
) -> Result<Revoked, IntegrationError> {
    let Some(locked) = lock(&cluster.primary, plan).await? else {
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
            let role = locked.oid;
            (Some(Sessions { role, which }), Vec::new())
        }
        Some(name) => what_account_lost(&mut connection, plan, name).await?,
    };
    if let Some(sessions) = sessions {
        unfinished
            .end_once(&cluster.primary, plan, sessions, &mut connection)
            .await?;
        let ends = cluster
            .replicas
            .iter()
            .map(|replica| replica::end(replica, plan, &locked, sessions, unfinished));
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
    }
    read_back(&mut connection, plan).await?;
    Ok(Revoked {
        sessions_ended: unfinished.take(plan),
        proof: proof(plan, &kept, cluster.replicas.len()),
    })
}

/// Commits the lock; none if the role is not there.
async fn lock(server: &Server, plan: &Plan) -> Result<Option<Login>, IntegrationError> {
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
            let comment = revoked_comment(&target.install, target.request);
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
    if let Some(account) = &plan.account
        && Account::find(&mut tx, account).await?.is_some()
    {
        run(&mut tx, doing, format!("REVOKE {login} FROM {account}")).await?;
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
    tx.commit().await.map_err(failed(doing))?;
    Ok(Some(found))
}

/// Whose sessions have to end, and what the account has all the same. Asked after the commit, so that of two revokes at
/// once the later one sees that nothing is left.
async fn what_account_lost(
    connection: &mut PgConnection,
    plan: &Plan,
    name: &Identifier,
) -> Result<(Option<Sessions>, Vec<Kept>), IntegrationError> {
    let Some(account) = Account::find(connection, name).await? else {
        return Ok((None, Vec::new()));
    };
    let kept = account::kept(connection, plan, account).await?;
    let lost = plan
        .groups()?
        .iter()
        .any(|group| !kept.iter().any(|kept| kept.group == group.as_str()));
    let sessions = lost.then_some(Sessions {
        role: account.oid,
        which: Which::Present,
    });
    Ok((sessions, kept))
}

async fn read_back(connection: &mut PgConnection, plan: &Plan) -> Result<(), IntegrationError> {
    let Some(held) = Login::find(connection, plan).await? else {
        return Ok(());
    };
    let word = plan.word();
    if held.open {
        return Err(IntegrationError::Retry(format!(
            "somebody opened the {word} again while it was being revoked"
        )));
    }
    if let Some(account) = &plan.account
        && account::is_joined(connection, plan, account).await?
        && !held.groups(connection).await?.is_empty()
    {
        return Err(IntegrationError::Retry(format!(
            "{} is a member of the {word} again",
            account.as_str()
        )));
    }
    Ok(())
}

fn proof(plan: &Plan, kept: &[Kept], replicas: usize) -> String {
    let mut proof = match &plan.account {
        None => "login locked, 0 sessions".to_owned(),
        Some(_) if kept.is_empty() => "membership gone, 0 sessions from before".to_owned(),
        Some(account) => {
            let kept = kept.iter().map(|kept| format!("{} by {}", kept.group, kept.by));
            let kept = kept.collect::<Vec<_>>().join(", ");
            format!("membership gone; {} still has {kept}", account.as_str())
        }
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
        sessions: Sessions,
        connection: &mut PgConnection,
    ) -> Result<(), IntegrationError> {
        let place = format!("{}:{}", server.endpoint.host, server.endpoint.port);
        let key = (plan.login.as_str().to_owned(), place);
        let ended_before = self.lock().get(&key).copied();
        if ended_before.is_some() && sessions.which == Which::Present {
            return Ok(());
        }
        let ended = sessions::end(connection, sessions.role, sessions.which).await?;
        let total = ended_before.unwrap_or(0).saturating_add(ended);
        self.lock().insert(key, total);
        Ok(())
    }

    /// The revoke is through: how many sessions it ended, at all places and in all its tries.
    fn take(&self, plan: &Plan) -> u32 {
        let mut sum = 0_u32;
        self.lock().retain(|(login, _), ended| {
            let of_plan = login == plan.login.as_str();
            if of_plan {
                sum = sum.saturating_add(*ended);
            }
            !of_plan
        });
        sum
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<(String, String), u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
