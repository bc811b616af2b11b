//! What a PostgreSQL target promises, for each kind of account, in the words of the README and of docs/guarantees.md.

use crate::integrations::promises::{Promise, Promises};

pub(super) const PROMISES: &[Promises] = &[
    Promises {
        of: "PostgreSQL, `account = \"ephemeral\"`",
        early_revoke: Promise {
            brief: "at once",
            full: "at once",
        },
        open_sessions: Promise {
            brief: "ended; any that cannot be ended are named",
            full: "are ended and counted, including those that are still starting; a session in code that never checks for interrupts is named and never reported as gone",
        },
        read_back: Promise {
            brief: "yes",
            full: "yes: login locked, no session left",
        },
        bot_dead: Promise {
            brief: "new password logins end on time; open sessions stay until the bot or `apono reap` ends them",
            full: "new password logins end on time (`VALID UNTIL`); open sessions stay until the bot is back, or until `apono reap` or its SQL ends them",
        },
        afterwards: Promise {
            brief: "a login that owns nothing is dropped",
            full: "what is left is removed, and the channel says so (CLEANED UP); what a login made stays with it, locked",
        },
    },
    Promises {
        of: "PostgreSQL, `account = \"personal\"`",
        early_revoke: Promise {
            brief: "at once",
            full: "at once",
        },
        open_sessions: Promise {
            brief: "all of the account's sessions are ended, unless it keeps all its rights anyway",
            full: "all sessions of the account are ended and counted, unless the account keeps everything through another grant or in some other way",
        },
        read_back: Promise {
            brief: "yes",
            full: "yes: membership gone, no session left from before; what the account has through others is named and stays",
        },
        bot_dead: Promise {
            brief: "the access stays until the bot or `apono reap` ends it",
            full: "the access stays until the bot is back, or until `apono reap` or its SQL ends it: the server records the end of the access but does not act on it",
        },
        afterwards: Promise {
            brief: "the role of the grant is removed",
            full: "what is left of the grant is removed, and the channel says so (CLEANED UP); what people made as themselves stays theirs",
        },
    },
];
