//! The sockets that are open now, and replacing them with others for another app token.
//!
//! Invariant: the old sockets serve until the new ones are greeted, and then finish what they took; sockets of another
//! app handle nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Mutex;
use tokio::sync::watch::Receiver;

use crate::slack::handlers::Bot;
use crate::slack::inbox::Inbox;
use crate::slack::socket::{
    Ack, Envelope, EnvelopeHandler, NoAck, SocketHandle, SocketMode, SocketSettings, SocketStatus, Trouble,
};
use crate::slack::web::WebApi;

/// Time given to sockets with a new token until Slack greets the first of them.
const GREETED_WITHIN: Duration = Duration::from_secs(15);

/// Time given to the old sockets to finish what they took.
const FINISH_WITHIN: Duration = Duration::from_secs(9);

pub(super) struct Sockets {
    settings: SocketSettings,
    open: Mutex<Option<SocketHandle>>,
}

impl Sockets {
    pub(super) fn new(settings: SocketSettings) -> Self {
        Self {
            settings,
            open: Mutex::default(),
        }
    }

    pub(super) fn settings(&self) -> &SocketSettings {
        &self.settings
    }

    /// Opens the sockets for the first time.
    pub(super) async fn start(&self, bot: &Arc<Bot>) {
        let handler = Arc::new(Inbox::new(Arc::clone(bot)));
        let handle = SocketMode::start(bot.web.clone(), handler, self.settings.clone());
        *self.open.lock().await = Some(handle);
    }

    pub(super) async fn are_started(&self) -> bool {
        self.open.lock().await.is_some()
    }

    /// Opens sockets with `trial`'s app token beside the existing ones. They serve from now on if they belong to the
    /// same app; if not, or if Slack greets none of them, they are closed again and the reason is returned.
    pub(super) async fn try_others(&self, bot: &Arc<Bot>, trial: &WebApi) -> Result<SocketHandle, String> {
        let app_id = match &*self.open.lock().await {
            Some(handle) => handle.status().app_id,
            None => None,
        };
        let handler = Arc::new(OfOurApp {
            app_id: app_id.clone(),
            inbox: Inbox::new(Arc::clone(bot)),
        });
        let others = SocketMode::start(trial.clone(), handler, self.settings.clone());
        let mut status = others.watch();
        let over = |status: &SocketStatus| {
            let trouble = status.trouble.as_ref();
            status.open > 0 || trouble.is_some_and(Trouble::needs_an_operator)
        };
        // The status when the time is over says the rest.
        let _ = tokio::time::timeout(GREETED_WITHIN, async { status.wait_for(over).await.is_ok() }).await;
        let found = others.status();
        if found.open > 0 && (app_id.is_none() || found.app_id == app_id) {
            return Ok(others);
        }
        let problem = if found.open > 0 {
            "it belongs to another app".to_owned()
        } else {
            let trouble = found.trouble.map(|trouble| trouble.to_string());
            trouble.unwrap_or_else(|| "Slack greeted no socket in time".to_owned())
        };
        others.shutdown(FINISH_WITHIN).await;
        Err(problem)
    }

    /// Replaces the old sockets, which finish what they took, with ones that were tried.
    pub(super) async fn exchange(&self, others: SocketHandle) {
        let former = self.open.lock().await.replace(others);
        if let Some(former) = former {
            former.shutdown(FINISH_WITHIN).await;
        }
    }

    /// The status of the sockets that serve now, until others replace them; `None` before the first and after the last.
    pub(super) async fn watch(&self) -> Option<Receiver<SocketStatus>> {
        self.open.lock().await.as_ref().map(SocketHandle::watch)
    }

    /// Has one of them replaced by a new one, whose greeting says how many there are.
    pub(super) async fn renew_one(&self) {
        if let Some(handle) = &*self.open.lock().await {
            handle.renew_one();
        }
    }

    /// Takes nothing more, finishes and closes.
    pub(super) async fn shutdown(&self, within: Duration) {
        if let Some(handle) = self.open.lock().await.take() {
            handle.shutdown(within).await;
        }
    }
}

/// The inbox, for envelopes that came through a socket of one particular app. `None` takes any.
struct OfOurApp {
    app_id: Option<String>,
    inbox: Inbox,
}

#[async_trait]
impl EnvelopeHandler for OfOurApp {
    async fn handle(&self, envelope: Envelope) -> Result<Ack, NoAck> {
        if self.app_id.is_some() && envelope.app_id != self.app_id {
            return Err(NoAck::because("it came through a socket of another app"));
        }
        self.inbox.handle(envelope).await
    }

    fn acknowledged(&self, kind: &str, took: Duration) {
        self.inbox.acknowledged(kind, took);
    }

    async fn unreadable(&self, length: usize) {
        self.inbox.unreadable(length).await;
    }
}
