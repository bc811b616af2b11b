//! Long reads take turns: figures and files may have a part of the database's connections, so that pages and Slack get the others.

use tokio::sync::Semaphore;

/// How many queries of figures and files run at once.
const AT_ONCE: usize = 2;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What `reads` finds, once it is its turn.
pub(super) async fn in_turn<T>(reads: impl Future<Output = T>) -> T {
    let _turn = TURNS.acquire().await.expect("it is never closed");
    reads.await
}
