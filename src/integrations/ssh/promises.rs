//! What certificates promise, in the words of the README and of docs/guarantees.md.

use crate::integrations::promises::{Promise, Promises};

pub(super) const PROMISES: &[Promises] = &[Promises {
    of: "SSH",
    early_revoke: Promise {
        brief: "for new logins, within `certificate_for` (5 min)",
        full: "for new logins, within `certificate_for` (5 min by default); until the last certificate has expired, Slack says \"Revoking\"",
    },
    open_sessions: Promise {
        brief: "keep running",
        full: "keep running; neither the bot nor the host ends them",
    },
    read_back: Promise {
        brief: "no: hosts are not asked",
        full: "no: hosts are not asked, so there is nothing to read back. The end is reported when the last certificate that was shown has expired",
    },
    bot_dead: Promise {
        brief: "new logins end on time",
        full: "new logins end on time: every certificate carries its own end, and none outlives its access",
    },
    afterwards: Promise {
        brief: "apono leaves nothing on hosts",
        full: "apono leaves nothing on any host, so it cleans nothing up",
    },
}];
