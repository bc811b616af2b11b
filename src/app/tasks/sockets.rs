//! The sockets to Slack.

use crate::app::sockets::Sockets;
use crate::slack::handlers::Bot;

/// Raises an alarm if no clicks can come in and somebody has to do something about it.
pub(super) async fn watch_sockets(bot: &Bot, sockets: &Sockets) {
    const ALARM: &str = "sockets";
    while let Some(mut status) = sockets.watch().await {
        while status.changed().await.is_ok() {
            let now = status.borrow_and_update().clone();
            match now.trouble {
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
                Some(_) => {}
                None => bot.alarms.clear(ALARM),
            }
        }
    }
}
