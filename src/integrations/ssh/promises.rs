//! What certificates promise, in the words of the README.

use crate::integrations::promises::Promises;

pub(super) const PROMISES: &[Promises] = &[Promises {
    of: "SSH",
    early_revoke: "for new logins, at the latest after `certificate_for` (5 min); until the last certificate is over, Slack says \"Revoking\"",
    open_sessions: "go on; neither the bot nor the host ends them",
    read_back: "there is nothing to read: hosts ask nobody. It is reported when the last certificate that was shown has ended",
    bot_dead: "new logins end on time: every certificate carries its end, and none outlives its access",
    afterwards: "nothing is left on any host, so nothing is cleaned up",
}];
