//! 1. Auditors and approvers see what waits and what happened: `pending` and `log`.
