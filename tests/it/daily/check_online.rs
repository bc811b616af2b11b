//! 14. What a check says is on offer, and why a target did not answer.
