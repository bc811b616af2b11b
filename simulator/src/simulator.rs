//! A running simulator: one workspace served over HTTP on loopback.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::routing::{any, get, post};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::act::Actor;
use crate::journal::{ApiCall, EnvelopeRecord};
use crate::shared::Shared;
use crate::trouble::{Gate, Wire};
use crate::world::World;
use crate::world::reading::SeenMessage;
use crate::{api, control, openid, socket};

/// A handle to a running simulator; clones are handles to the same one. It stops with `stop`, or with the runtime.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) shared: Arc<Shared>,
    server: Arc<Mutex<Option<Server>>>,
}

struct Server {
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Simulator {
    /// Starts on 127.0.0.1 and a free port.
    pub async fn start(world: World) -> std::io::Result<Self> {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0)), world).await
    }

    /// Starts on this address; fails if it is taken.
    pub async fn start_on(address: SocketAddr, world: World) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let shared = Shared::new(format!("http://{}", listener.local_addr()?), world);
        let simulator = Self {
            shared: Arc::clone(&shared),
            server: Arc::default(),
        };
        let app = Router::new()
            .merge(openid::router())
            .route("/api/{method}", any(api::handle))
            .route("/link/", get(socket::upgrade))
            .route("/upload/v1/{secret}", post(api::files::upload))
            .route("/commands/{team}/{id}", post(api::handle_response_url))
            .route("/actions/{team}/{id}", post(api::handle_response_url))
            .with_state(shared)
            .nest("/control", control::router(simulator.clone()));
        let (stop, stopped) = oneshot::channel();
        let app = app.into_make_service_with_connect_info::<Wire>();
        let serve = axum::serve(Gate(listener), app).with_graceful_shutdown(async {
            // A dropped sender means the same.
            let _ = stopped.await;
        });
        let task = tokio::spawn(serve.into_future());
        *simulator.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(Server { stop, task });
        Ok(simulator)
    }

    /// `http://127.0.0.1:PORT/api`: what the app uses instead of `https://slack.com/api`.
    pub fn api_url(&self) -> String {
        format!("{}/api", self.shared.base())
    }

    /// `http://127.0.0.1:PORT/control`.
    pub fn control_url(&self) -> String {
        format!("{}/control", self.shared.base())
    }

    /// Uses another origin from now on, including in the addresses it hands out, for a proxy in front of it that passes
    /// everything on. `https://` makes the sockets `wss://`.
    pub fn set_origin(&self, origin: &str) {
        self.shared.set_base(origin.to_owned());
    }

    pub fn app_token(&self) -> String {
        self.shared.look(|world| world.app.app_token.clone())
    }

    pub fn bot_token(&self) -> String {
        self.shared.look(|world| world.app.bot_token.clone())
    }

    pub fn app_id(&self) -> String {
        self.shared.look(|world| world.app.id.clone())
    }

    pub fn team_id(&self) -> String {
        self.shared.look(|world| world.team.id.clone())
    }

    /// The person with this handle or id; panics if there is none.
    pub fn person(&self, handle: &str) -> Actor {
        self.find_person(handle)
            .unwrap_or_else(|| panic!("there is no person {handle}"))
    }

    /// The person with this handle or id.
    pub fn find_person(&self, handle: &str) -> Option<Actor> {
        let id = self
            .shared
            .look(|world| world.person(handle).map(|person| person.id.clone()))?;
        Some(Actor::new(Arc::clone(&self.shared), id))
    }

    /// Changes the workspace behind the app's back; the events that Slack would send for the change are sent.
    pub fn change_world<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        self.shared.change(|world, _| change(world))
    }

    /// Everything stored in a channel (by name or id), oldest first; panics if there is no such channel.
    pub fn channel_messages(&self, channel: &str) -> Vec<SeenMessage> {
        self.shared.look(|world| {
            let found = world
                .channel(channel)
                .unwrap_or_else(|| panic!("there is no channel {channel}"));
            world.seen_in(&found.id)
        })
    }

    /// The texts of the messages that Slack will post to a channel (by id) later, oldest first.
    pub fn scheduled_messages(&self, channel: &str) -> Vec<String> {
        self.shared.look(|world| {
            let scheduled = world.scheduled_in(Some(channel));
            scheduled.map(|message| message.draft.text.clone()).collect()
        })
    }

    /// Every call of the Web API so far, in order.
    pub fn calls(&self) -> Vec<ApiCall> {
        self.shared.journal.calls()
    }

    /// Every envelope sent so far, in order.
    pub fn envelopes(&self) -> Vec<EnvelopeRecord> {
        self.shared.journal.envelopes()
    }

    pub fn open_sockets(&self) -> usize {
        self.shared.hub.open_sockets()
    }

    /// Waits until at least `count` sockets are open; panics if that takes too long.
    pub async fn wait_for_sockets(&self, count: usize) {
        let mut open = self.shared.hub.watch_open();
        let waited = tokio::time::timeout(self.shared.patience(), open.wait_for(|open| *open >= count)).await;
        assert!(
            waited.is_ok(),
            "waited for {count} sockets; {} are open",
            self.open_sockets()
        );
    }

    /// Sends a `disconnect` frame with this reason to every socket. After `warning` and `refresh_requested` they stay open for 10 s, as
    /// with Slack; after any other reason they close at once.
    pub fn disconnect_sockets(&self, reason: &str) {
        socket::disconnect_all(&self.shared, reason);
    }

    /// Moves the simulator's clock ahead, so triggers, response urls and retries come due without waiting.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Sets how long people wait for what they need; 10 s by default. Use a short time for tests of what must not appear.
    pub fn set_patience(&self, patience: Duration) {
        self.shared.set_patience(patience);
    }

    /// Closes every socket and stops serving.
    pub async fn stop(self) {
        self.shared.stop_tasks();
        let server = self.server.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Server { stop, mut task }) = server {
            // If nobody is listening, the server is already gone.
            let _ = stop.send(());
            // A client that keeps its connection open must not delay the shutdown.
            if tokio::time::timeout(Duration::from_secs(1), &mut task)
                .await
                .is_err()
            {
                task.abort();
            }
        }
    }
}
