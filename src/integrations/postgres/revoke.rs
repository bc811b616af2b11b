//! Taking a login's access away: lock, commit, end its sessions, read back, in this order.
//!
//! Locking alone leaves open sessions alive, and ending sessions alone lets them come back.

use super::super::{IntegrationError, Revoked};
use super::errors::failed;
use super::login::Login;
use super::mark::{Mark, revoked_comment};
use super::names::Literal;
use super::server::{Server, run};
use super::sessions;
use super::target::{Plan, group_named};

pub(crate) async fn revoke(server: &Server, plan: &Plan) -> Result<Revoked, IntegrationError> {
    let Plan { login, target } = plan;
    let doing = "locking the login";
    let mut tx = server.begin_on(login).await?;
    let Some(found) = Login::find(&mut tx, login).await? else {
        return Ok(Revoked {
            sessions_ended: 0,
            proof: "no such login".to_owned(),
        });
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
    for group in found.groups(&mut tx).await? {
        // Somebody else may have made it a member of a group that is not the bot's to take; a locked login cannot use it.
        let mut attempt = sqlx::Acquire::begin(&mut *tx).await.map_err(failed(doing))?;
        let group = group_named(&group)?;
        match run(&mut attempt, doing, format!("REVOKE {group} FROM {login}")).await {
            Ok(()) => attempt.commit().await.map_err(failed(doing))?,
            Err(error) => {
                tracing::warn!(login = login.as_str(), group = group.as_str(), %error, "membership kept by a locked login");
                attempt.rollback().await.map_err(failed(doing))?;
            }
        }
    }
    tx.commit().await.map_err(failed(doing))?;

    let mut connection = server
        .pool()?
        .acquire()
        .await
        .map_err(failed("ending the login's sessions"))?;
    let sessions_ended = sessions::end_all(&mut connection, &found).await?;
    match Login::find(&mut connection, login).await? {
        Some(held) if held.open => Err(IntegrationError::Retry(
            "somebody opened the login again while it was being revoked".to_owned(),
        )),
        Some(_) | None => Ok(Revoked {
            sessions_ended,
            proof: "login locked, 0 sessions".to_owned(),
        }),
    }
}
