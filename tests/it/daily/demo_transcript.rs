//! 21. The demo's transcript.
