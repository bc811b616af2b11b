//! Long reads take turns: figures, files and names may have a part of the database's connections, so that pages and Slack get the
//! others.

use tokio::sync::Semaphore;

/// How many of their queries run at once.
pub(super) const AT_ONCE: usize = 2;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What `reads` finds, once it is its turn.
pub(super) async fn in_turn<T>(reads: impl Future<Output = T>) -> T {
    let _turn = TURNS.acquire().await.expect("it is never closed");
    reads.await
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_third_long_read_waits_until_one_of_two_is_over() {
        let (done, wait) = tokio::sync::oneshot::channel::<()>();
        let mut reading = [
            in_turn(wait.map(drop)).boxed(),
            in_turn(std::future::pending()).boxed(),
        ];
        assert!(reading.iter_mut().all(|read| read.now_or_never().is_none()));
        let mut third = in_turn(async { 3 }).boxed();
        assert_eq!((&mut third).now_or_never(), None);
        done.send(()).unwrap();
        let [first, _second] = &mut reading;
        first.await;
        assert_eq!(third.await, 3);
    }
}
