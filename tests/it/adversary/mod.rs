//! A grantee with our source in hand, who wants to keep the access, hold up its end, become more, or leave something
//! behind. Each test is one attack, and is named for what it does not get them.

mod ssh;
