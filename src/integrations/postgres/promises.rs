//! What a PostgreSQL target promises, for each kind of account, in the words of the README.

use crate::integrations::promises::Promises;

pub(super) const PROMISES: &[Promises] = &[
    Promises {
        of: "PostgreSQL, `account = \"ephemeral\"`",
        early_revoke: "at once",
        open_sessions: "are ended, and counted, also those that have not finished starting; one in code that never checks for interrupts is named and never reported as gone",
        read_back: "yes: login locked, no session left",
        bot_dead: "new password logins end on time (`VALID UNTIL`); open sessions go on until the bot is back, or `apono reap` or its SQL ends them",
        afterwards: "what is left is removed, which the channel says (CLEANED UP)",
    },
    Promises {
        of: "PostgreSQL, `account = \"personal\"`",
        early_revoke: "at once",
        open_sessions: "all sessions of the account are ended, and counted, unless it keeps everything by another grant or otherwise",
        read_back: "yes: membership gone, no session left from before; what the account has by others is named and stays",
        bot_dead: "the access goes on until the bot is back, or `apono reap` or its SQL ends it: the server notes its end and does nothing about it by itself",
        afterwards: "the same",
    },
];
