//! 7. Connect, extend and revoke from wherever the access is shown.
