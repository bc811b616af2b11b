//! Whether the database is still where it was: with the same Slack app, and on the same server. A copy started
//! elsewhere would remove from the targets whatever the original granted since.
//!
//! Invariant: until this is known, nothing is changed on a target, in Slack or in the trail.

use crate::access::ids::InstallId;
use crate::audit::restored::{Elsewhere, SlackApp};
use crate::slack::web::{Installation, WebApi};
use crate::store::{Store, StoreError, Whereabouts};

use super::StartError;

/// Refuses a database that was used with another Slack app or on another server; an operator accepts that with
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
        return refuse(store, Elsewhere::Server).await;
    }
    if known.slack.is_some() && here.token.is_some() && here.token != known.token {
        let ours = web.auth_test().await.map_err(StartError::Unasked)?;
        let is = app_of(&ours);
        here.slack = Some(is.clone());
        if let Some(was) = known.slack.filter(|was| *was != is) {
            return refuse(store, Elsewhere::App { was, is }).await;
        }
    }
    store.remember_whereabouts(&here).await?;
    Ok(())
}

async fn refuse(store: &Store, why: Elsewhere) -> Result<(), StartError> {
    store.note_moved(&why).await?;
    Err(StartError::Moved(why))
}

/// Slack said whose token it is: from now on the database belongs to that app.
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
        slack: Some(app_of(ours)),
        token: token(web, install),
        ..known
    };
    store.remember_whereabouts(&now).await
}

fn token(web: &WebApi, install: &InstallId) -> Option<String> {
    web.tokens().map(|tokens| tokens.fingerprint(install.as_str()))
}

fn app_of(ours: &Installation) -> SlackApp {
    SlackApp {
        bot: ours.user_id.clone(),
        team: ours.team_id.clone(),
    }
}
