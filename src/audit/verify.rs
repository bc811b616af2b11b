//! Checks a trail from its first event to its head and names the first event that does not fit.

use serde::{Deserialize, Serialize};

use super::chain::{Hash, Head};
use super::event::Event;
use crate::access::time::Timestamp;

/// One stored link, as read from the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub seq: u64,
    pub hash: Hash,
    pub payload: String,
}

/// The first thing that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Misfit {
    #[error("event #{expected} is missing: #{found} is in its place")]
    Gap { expected: u64, found: u64 },
    #[error("event #{seq} does not fit: its content, or one before it, is not what was hashed")]
    Hash { seq: u64 },
    #[error("event #{seq} cannot be read: {said}")]
    Unreadable { seq: u64, said: String },
    #[error("event #{seq} is earlier than the one before it")]
    Time { seq: u64 },
    #[error("the trail ends at #{last}, but its head says #{head}")]
    Head { last: u64, head: u64 },
    #[error("the head's hash is not that of event #{seq}")]
    HeadHash { seq: u64 },
}

/// Takes links in order, page by page.
#[derive(Debug)]
pub struct Verifier {
    head: Head,
    last_at: i64,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            head: Head::EMPTY,
            last_at: i64::MIN,
        }
    }
}

impl Verifier {
    /// Continues after `head`, whose event has the time `last_at`.
    pub fn resume(head: Head, last_at: Timestamp) -> Self {
        Self {
            head,
            last_at: last_at.micros(),
        }
    }

    /// How far it got.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The time of the last event it took.
    pub fn last_at(&self) -> Timestamp {
        Timestamp::from_micros(self.last_at)
    }

    /// Takes the next link.
    pub fn take(&mut self, link: &Link) -> Result<(), Misfit> {
        let next = self.head.after(link.payload.as_bytes());
        if link.seq != next.seq {
            return Err(Misfit::Gap {
                expected: next.seq,
                found: link.seq,
            });
        }
        if link.hash != next.hash {
            return Err(Misfit::Hash { seq: link.seq });
        }
        let event = Event::from_canonical(&link.payload).map_err(|error| Misfit::Unreadable {
            seq: link.seq,
            said: error.to_string(),
        })?;
        if event.at.micros() < self.last_at {
            return Err(Misfit::Time { seq: link.seq });
        }
        self.last_at = event.at.micros();
        self.head = next;
        Ok(())
    }

    /// Compares the end with the head in the database.
    pub fn finish(self, head: Head) -> Result<Head, Misfit> {
        if head.seq != self.head.seq {
            return Err(Misfit::Head {
                last: self.head.seq,
                head: head.seq,
            });
        }
        if head.hash != self.head.hash {
            return Err(Misfit::HeadHash { seq: head.seq });
        }
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::ids::InstallId;
    use crate::audit::event::{Actor, Origin, Via, What};
    use proptest::prelude::*;

    fn trail(length: u64) -> (Vec<Link>, Head) {
        let mut head = Head::EMPTY;
        let links = (0..length)
            .map(|n| {
                let origin = Origin {
                    via: Via::Worker,
                    cause: format!("job-{n}"),
                    actor: Actor::Apono,
                };
                let at = Timestamp::from_micros(i64::try_from(n).unwrap());
                let payload =
                    Event::new(at, InstallId::new("abcdefgh"), origin, None, What::Stopped).canonical();
                head = head.after(payload.as_bytes());
                Link {
                    seq: head.seq,
                    hash: head.hash,
                    payload,
                }
            })
            .collect();
        (links, head)
    }

    fn verify(links: &[Link], head: Head) -> Result<Head, Misfit> {
        let mut verifier = Verifier::default();
        links.iter().try_for_each(|link| verifier.take(link))?;
        verifier.finish(head)
    }

    #[test]
    fn an_untouched_trail_verifies() {
        let (links, head) = trail(20);
        assert_eq!(verify(&links, head), Ok(head));
    }

    proptest! {
        #[test]
        fn an_edited_event_is_named(edited in 0_usize..20) {
            let (mut links, head) = trail(20);
            links[edited].payload = links[edited].payload.replace("job-", "jab-");
            prop_assert_eq!(verify(&links, head), Err(Misfit::Hash { seq: edited as u64 + 1 }));
        }

        #[test]
        fn a_deleted_event_is_named(deleted in 0_usize..19) {
            let (mut links, head) = trail(20);
            links.remove(deleted);
            let expected = deleted as u64 + 1;
            prop_assert_eq!(verify(&links, head), Err(Misfit::Gap { expected, found: expected + 1 }));
        }
    }

    #[test]
    fn a_cut_tail_is_noticed_by_the_head() {
        let (mut links, head) = trail(20);
        links.pop();
        assert_eq!(verify(&links, head), Err(Misfit::Head { last: 19, head: 20 }));
    }
}
