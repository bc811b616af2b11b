//! What was written last. Neither TCP nor TLS says that a server has read what it was sent, so when a connection is lost, this is
//! written again to the next one.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use crate::access::time::Timestamp;

/// A server that has not read more than that before it dies is rare.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 1 << 20;

/// Before the newest: where connections are often closed, what was read long ago is not sent over and over.
const WITHIN: Duration = Duration::from_hours(1);

/// The messages, framed, with the time when each was written.
#[derive(Default)]
pub(super) struct Kept {
    frames: VecDeque<(Timestamp, Vec<u8>)>,
    bytes: usize,
}

impl Kept {
    /// Notes what was written, and forgets the oldest.
    pub(super) fn add(&mut self, frames: Vec<Vec<u8>>, now: Timestamp) {
        for frame in frames {
            self.bytes += frame.len();
            self.frames.push_back((now, frame));
        }
        while let Some((written, oldest)) = self.frames.front()
            && (self.frames.len() > MOST || self.bytes > MOST_BYTES || now.since(*written) > WITHIN)
        {
            self.bytes -= oldest.len();
            self.frames.pop_front();
        }
    }

    /// All of it, oldest first.
    pub(super) fn all(&self) -> Vec<u8> {
        self.frames.iter().flat_map(|(_, frame)| frame).copied().collect()
    }
}

/// The messages hold what people wrote.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({})", self.frames.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_by_number_by_size_and_by_time() {
        let start = Timestamp::from_seconds(0);
        let mut kept = Kept::default();
        kept.add((0..1_500).map(|_| b"1 a".to_vec()).collect(), start);
        assert_eq!(kept.all().len(), 3 * MOST);
        kept.add(vec![vec![b'b'; MOST_BYTES]], start);
        assert_eq!(kept.all(), vec![b'b'; MOST_BYTES]);
        kept.add(vec![b"1 c".to_vec()], start.plus(WITHIN));
        kept.add(vec![b"1 d".to_vec()], start.plus(WITHIN * 2));
        assert_eq!(kept.all(), b"1 c1 d");
        kept.add(vec![b"1 e".to_vec()], start.plus(WITHIN * 4));
        assert_eq!(kept.all(), b"1 e");
        assert_eq!((format!("{kept:?}"), kept.bytes), ("Kept(1)".to_owned(), 3));
    }
}
