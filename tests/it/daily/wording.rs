//! 13. Sentences that a native speaker would say.
