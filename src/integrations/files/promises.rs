//! What a folder promises, in the words that the README and docs/guarantees.md would take.

use crate::integrations::promises::{Promise, Promises};

pub(super) const PROMISES: &[Promises] = &[Promises {
    of: "Files",
    early_revoke: Promise {
        brief: "at once",
        full: "at once",
    },
    open_sessions: Promise {
        brief: "there are none",
        full: "there are none",
    },
    read_back: Promise {
        brief: "yes",
        full: "yes: file locked, no password",
    },
    bot_dead: Promise {
        brief: "nobody gets in after the end",
        full: "nobody gets in after the end that the file states",
    },
    afterwards: Promise {
        brief: "the file is removed",
        full: "the file is removed, and the channel says so (CLEANED UP)",
    },
}];
