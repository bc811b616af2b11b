//! The sockets to Slack.

use crate::app::sockets::Sockets;
use crate::lasting::Matter;
use crate::slack::handlers::Bot;
use crate::workers::troubles::troubled;

/// Raises an alarm if no clicks can come in and somebody has to do something about it.
pub(super) async fn watch_sockets(bot: &Bot, sockets: &Sockets) {
    const ALARM: Matter = Matter::Sockets;
    while let Some(mut status) = sockets.watch().await {
        let mut setbacks = 0;
        while status.changed().await.is_ok() {
            let now = status.borrow_and_update().clone();
            // The status changes with each envelope too.
            let is_new = now.counts.setbacks > setbacks;
            setbacks = now.counts.setbacks;
            match now.trouble {
                Some(_) if !is_new => {}
                Some(trouble) if trouble.needs_an_operator() => {
                    let sentence = match now.open {
                        0 => format!("I cannot receive clicks: {trouble}."),
                        open => format!(
                            "Clicks arrive, but over {open} of {} sockets: {trouble}.",
                            now.wanted
                        ),
                    };
                    bot.raise_list(ALARM, &sentence).await;
                }
                Some(trouble) => troubled(&bot.core, ALARM, "a socket to Slack is missing", &trouble),
                None => bot.calm(&ALARM).await,
            }
        }
    }
}
