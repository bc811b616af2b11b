//! Sockets of this app that are not ours.

use std::time::Duration;

use super::REPLICA_LIVES;
use crate::app::sockets::Sockets;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;

/// Raises an alarm if somebody else holds sockets of this app and so gets part of the clicks. Slack says how many there are
/// only when it greets one, so the count is checked again with a new socket before the alarm is raised.
pub(super) async fn watch_others(bot: &Bot, sockets: &Sockets) {
    const ALARM: Matter = Matter::OtherSockets;
    let settings = sockets.settings();
    loop {
        let Some(others) = too_many_others(bot, sockets, None).await else {
            tokio::time::sleep(settings.others_for).await;
            continue;
        };
        tracing::info!(others, "Slack counts more sockets of this app than are mine");
        tokio::time::sleep(settings.others_for).await;
        match too_many_others(bot, sockets, Some(settings.connect_within)).await {
            Some(others) => {
                let sentence = format!(
                    "Slack counts sockets of this app that are not mine ({others}), so somebody else has its app-level token and gets part of the clicks. Find them, or create a new token, put it in place and send me SIGHUP."
                );
                bot.raise(ALARM, &sentence).await;
            }
            None => bot.calm(&ALARM).await,
        }
    }
}

/// How many sockets Slack counted at the last greeting that are neither ours nor a replica's, if any. With `renewed`, at
/// a greeting that arrives within that time.
async fn too_many_others(bot: &Bot, sockets: &Sockets, renewed: Option<Duration>) -> Option<usize> {
    let mut status = sockets.watch().await?;
    if let Some(within) = renewed {
        let opened = status.borrow().counts.opened;
        sockets.renew_one().await;
        // Without a new greeting the previous count stands.
        let _ = tokio::time::timeout(within, status.wait_for(|status| status.counts.opened > opened)).await;
    }
    let others = status.borrow().others;
    if others == 0 {
        return None;
    }
    let core = &bot.core;
    let replicas = match core.store.count_replicas(&core.owner, REPLICA_LIVES).await {
        Ok(count) => usize::try_from(count).unwrap_or(1),
        Err(error) => {
            tracing::warn!(%error, "the replicas could not be counted");
            return None;
        }
    };
    // Replicas decide only under the same config, so they have as many as we do.
    let theirs = replicas.saturating_sub(1) * sockets.settings().sockets;
    Some(others.saturating_sub(theirs)).filter(|others| *others > 0)
}
