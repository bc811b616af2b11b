//! The bot's own database.

use std::sync::Arc;
use std::time::Duration;

use super::{REPLICA_LIVES, until};
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::store::StoreError;

const WATCH_EVERY: Duration = Duration::from_mins(1);

/// The same while it fails, so the end of the trouble is known to the second or so.
const WATCH_AGAIN: Duration = Duration::from_secs(5);

/// Tells the admins when nothing can be stored, so that the bot cannot end access, and when that is over.
pub(in crate::app) async fn watch_database(bot: Arc<Bot>) {
    let core = &bot.core;
    loop {
        let pause = match takes_writes(&bot).await {
            Ok(()) => {
                bot.calm(&Matter::Database).await;
                WATCH_EVERY
            }
            Err(error) => {
                let sentence = format!(
                    "I cannot write to my database ({error}), so I answer nobody and end no access until I can; `apono reap` ends access that is past its time without me. I continue automatically once the database accepts writes again."
                );
                bot.raise(Matter::Database, &sentence).await;
                WATCH_AGAIN
            }
        };
        tokio::select! {
            () = core.database_failed.notified(), if pause == WATCH_EVERY => {}
            () = until(core, core.now().plus(pause)) => {}
        }
    }
}

/// Whether the database accepts a write now. The write records that this process is alive.
pub(in crate::app) async fn takes_writes(bot: &Bot) -> Result<(), StoreError> {
    let core = &bot.core;
    core.store.count_replicas(&core.owner, REPLICA_LIVES).await?;
    core.store.note_alive(core.now()).await
}
