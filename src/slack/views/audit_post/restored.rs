//! A restored database, as the audit channel tells it.

use crate::audit::restored::Restored;

use super::fields::Field;

pub(super) const fn mark(restored: &Restored) -> (&'static str, &'static str) {
    match restored {
        Restored::Found { .. } => ("🗄️", "RESTORED"),
        Restored::Accepted { .. } => ("🗄️", "RESTORE ACCEPTED"),
        Restored::Moved { .. } => ("🗄️", "MOVE ACCEPTED"),
    }
}

pub(super) fn headline(restored: &Restored) -> String {
    match restored {
        Restored::Found { channel_seq, .. } => {
            format!(
                "the database is older than #{channel_seq} here: access is only taken away until that is accepted"
            )
        }
        Restored::Accepted { channel_seq, .. } => {
            format!("by an operator: the trail goes on, what it lost up to #{channel_seq} stands here alone")
        }
        Restored::Moved { .. } => "by an operator: the database goes on in another place".to_owned(),
    }
}

pub(super) fn fields(restored: &Restored) -> Vec<Field> {
    match restored {
        Restored::Found {
            channel_seq,
            channel_head,
            here,
        } => vec![
            (
                "Last in this channel",
                format!(
                    "#{channel_seq} · {}",
                    channel_head.get(..12).unwrap_or(channel_head)
                ),
            ),
            ("The database ended at", format!("#{here}")),
            (
                "What to do",
                "put the newer database back, or say that this one counts: apono accept-restore --reason ..."
                    .to_owned(),
            ),
        ],
        Restored::Accepted {
            channel_seq,
            next_request,
            ..
        } => vec![
            ("Lost up to", format!("#{channel_seq}")),
            ("Next request", next_request.to_string()),
        ],
        Restored::Moved { why, .. } => vec![("What was different", why.clone())],
    }
}
