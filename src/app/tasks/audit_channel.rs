//! Brings the trail to the audit channel.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::lasting::Matter;
use crate::slack::audit_channel::AuditChannel;
use crate::slack::handlers::Bot;
use crate::workers::troubles::troubled;

/// If the audit channel has received nothing for this long, the admins are told.
const SAY_AFTER: Duration = Duration::from_mins(2);

/// The trail is checked this often even if nothing woke its poster: another process may have written to it.
const POST_EVERY: Duration = Duration::from_secs(2);

/// The same if there is no other process.
const POST_EVERY_ALONE: Duration = Duration::from_mins(1);

/// Posts the trail to the audit channel as it grows, until `stop`. A post in progress is then finished, because
/// one that is cut off has to be looked for at the next start.
pub(in crate::app) async fn post_trail(bot: Arc<Bot>, audit: Arc<AuditChannel>, stop: CancellationToken) {
    const ALARM: Matter = Matter::AuditPosts;
    let mut failing_since = None;
    let every = if bot.core.store.is_alone() {
        POST_EVERY_ALONE
    } else {
        POST_EVERY
    };
    while !stop.is_cancelled() {
        let pause = match audit.tick(&bot, &stop).await {
            Ok(_) => {
                failing_since = None;
                bot.calm(&ALARM).await;
                every
            }
            Err(error) => {
                troubled(&bot.core, ALARM, "posting to the audit channel is paused", &error);
                let since = *failing_since.get_or_insert(bot.core.now());
                if bot.core.now().since(since) > SAY_AFTER {
                    let sentence = format!(
                        "The audit channel is not getting its messages: {error}. They are waiting in order."
                    );
                    bot.raise(ALARM, &sentence).await;
                }
                error.pause()
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = bot.core.wakes.audit().notified(), if failing_since.is_none() => {}
            () = bot.channel_changed.notified() => audit.look_again(&bot).await,
            () = bot.core.clock.sleep_until(bot.core.now().plus(pause)) => {}
        }
    }
}
