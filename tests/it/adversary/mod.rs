//! The grantee is an adversary who has our source: what they try, and what becomes of it.

mod turn;
