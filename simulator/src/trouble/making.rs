//! How a test or the control API starts trouble and ends it.

use std::sync::Arc;
use std::time::Duration;

use super::limits::Limits;
use super::rules::Made;
use super::{CallMishap, EnvelopeMishap, Now, SocketMishap, Trouble};
use crate::shared::Shared;
use crate::simulator::Simulator;
use crate::socket;

/// How long Slack itself takes to notice that a socket has fallen silent.
const NOTICED_AFTER: Duration = Duration::from_secs(30);

/// A trouble that was started. It continues if this is dropped.
#[derive(Clone)]
pub struct Ongoing {
    shared: Arc<Shared>,
    id: u64,
}

impl Ongoing {
    /// The number by which the control API ends it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How often it has happened so far.
    pub fn happened(&self) -> u32 {
        let happened = self.shared.troubles.now.borrow().happened();
        happened.get(&self.id).copied().unwrap_or_default()
    }

    /// Waits until it has happened this often; panics if it has not in time.
    pub async fn wait_for(&self, times: u32) {
        let mut troubles = self.shared.troubles.now.subscribe();
        let often_enough = |now: &Now| {
            now.happened()
                .get(&self.id)
                .is_some_and(|happened| *happened >= times)
        };
        let waited = tokio::time::timeout(self.shared.patience(), troubles.wait_for(often_enough)).await;
        assert!(
            waited.is_ok(),
            "waited for trouble {times} times; it happened {} times",
            self.happened()
        );
    }

    /// Ends it.
    pub fn end(self) {
        end(&self.shared, self.id);
    }
}

fn end(shared: &Shared, id: u64) -> bool {
    shared.troubles.change(|now| {
        let before = now.happened().len();
        now.calls.retain(|made| made.id != id);
        now.envelopes.retain(|made| made.id != id);
        now.sockets.retain(|made| made.id != id);
        now.happened().len() < before
    })
}

impl Simulator {
    /// From now on calls meet this trouble.
    pub fn calls_meet(&self, trouble: Trouble<CallMishap>) -> Ongoing {
        self.make(|now, id| now.calls.push(Made::new(id, trouble)))
    }

    /// From now on envelopes meet this trouble.
    pub fn envelopes_meet(&self, trouble: Trouble<EnvelopeMishap>) -> Ongoing {
        self.make(|now, id| now.envelopes.push(Made::new(id, trouble)))
    }

    /// From now on sockets that are opened meet this trouble.
    pub fn sockets_meet(&self, trouble: Trouble<SocketMishap>) -> Ongoing {
        self.make(|now, id| now.sockets.push(Made::new(id, trouble)))
    }

    /// From now on Slack's published limits are enforced, or not: by method for each minute, and one post per second for each
    /// channel.
    pub fn enforce_limits(&self, enforce: bool) {
        self.shared
            .troubles
            .change(|now| now.limits = enforce.then(Limits::default));
    }

    /// Slack is gone until `end_outage`: the sockets are cut, and so is every connection with a request.
    pub fn begin_outage(&self) {
        self.shared.troubles.change(|now| now.outage = true);
        self.drop_sockets();
    }

    pub fn end_outage(&self) {
        self.shared.troubles.change(|now| now.outage = false);
    }

    /// Cuts every socket without notice.
    pub fn drop_sockets(&self) {
        let cut = self.shared.hub.cut_all();
        self.shared.journal.lost_on(&cut);
    }

    /// Every open socket goes silent, as if something on the way had forgotten the connection: what is sent is lost, and
    /// neither side is told. Slack notices after 30 s of the simulator's clock.
    pub fn silence_sockets(&self) {
        let silent = self.shared.hub.silence_all();
        self.shared.journal.lost_on(&silent);
        let end = self.shared.clock.now() + crate::clock::micros(NOTICED_AFTER);
        let keeper = Arc::clone(&self.shared);
        self.shared.spawn(async move {
            keeper.clock.sleep_until(end).await;
            keeper.hub.close(&silent);
        });
    }

    /// Sends a frame with any content, JSON or not, on every socket.
    pub fn send_raw(&self, text: &str) {
        socket::send_raw(&self.shared, text);
    }

    /// Ends every trouble, including the outage and the limits.
    pub fn end_troubles(&self) {
        self.shared.troubles.change(|now| {
            *now = Now {
                latest: now.latest,
                ..Now::default()
            };
        });
    }

    /// Ends the trouble with this number; false when there is none.
    pub(crate) fn end_trouble(&self, id: u64) -> bool {
        end(&self.shared, id)
    }

    fn make(&self, add: impl FnOnce(&mut Now, u64)) -> Ongoing {
        let id = self.shared.troubles.change(|now| {
            let id = now.next_id();
            add(now, id);
            id
        });
        Ongoing {
            shared: Arc::clone(&self.shared),
            id,
        }
    }
}
