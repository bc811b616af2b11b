//! What a folder promises, in the words that a README would take.

use crate::integrations::promises::Promises;

pub(super) const PROMISES: &[Promises] = &[Promises {
    of: "Files",
    early_revoke: "at once",
    open_sessions: "there are none",
    read_back: "yes: file locked, no password",
    bot_dead: "nobody is let in after the end that the file says",
    afterwards: "the file is removed, which the channel says (CLEANED UP)",
}];
