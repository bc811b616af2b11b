//! Whether the database is still where it was: with the same Slack app, and on the same server. A copy that was started
//! elsewhere would take away from the targets whatever the original gave since.
//!
//! Invariant: until this is known nothing is changed on a target, in Slack or in the trail.

use crate::access::ids::InstallId;
use crate::slack::web::{Installation, WebApi};
use crate::store::{Store, StoreError, Whereabouts};

use super::StartError;

/// Refuses a database that was with another Slack app or on another server; an operator accepts that by
/// `apono accept-restore`. Slack is asked only about a token that was not seen before.
pub(super) async fn must_be_where_it_was(store: &Store, web: &WebApi) -> Result<(), StartError> {
    let install = store.install().await?;
    let known = store.whereabouts().await?;
    let mut here = Whereabouts {
        server: store.server().await?,
        token: token(web, &install),
        ..known.clone()
    };
    if let (Some(was), Some(is)) = (&known.server, &here.server)
        && was != is
    {
        return refuse(store, "it was on another PostgreSQL server before").await;
    }
    if known.slack.is_some() && here.token.is_some() && here.token != known.token {
        let ours = web.auth_test().await.map_err(StartError::Unasked)?;
        here.slack = Some(name_of(&ours));
        if here.slack != known.slack {
            let why = format!(
                "it belonged to {} before, and these tokens are of {}",
                known.slack.unwrap_or_default(),
                name_of(&ours)
            );
            return refuse(store, &why).await;
        }
    }
    store.remember_whereabouts(&here).await?;
    Ok(())
}

async fn refuse(store: &Store, why: &str) -> Result<(), StartError> {
    store.note_moved(why).await?;
    Err(StartError::Moved(why.to_owned()))
}

/// Slack says whose token it is: from now on the database belongs there.
pub(super) async fn remember(
    store: &Store,
    install: &InstallId,
    web: &WebApi,
    ours: &Installation,
) -> Result<(), StoreError> {
    let known = store.whereabouts().await?;
    if known.slack.is_some() {
        return Ok(());
    }
    let now = Whereabouts {
        slack: Some(name_of(ours)),
        token: token(web, install),
        ..known
    };
    store.remember_whereabouts(&now).await
}

fn token(web: &WebApi, install: &InstallId) -> Option<String> {
    web.tokens().map(|tokens| tokens.fingerprint(install.as_str()))
}

fn name_of(ours: &Installation) -> String {
    format!("the Slack app {} of the workspace {}", ours.user_id, ours.team_id)
}
