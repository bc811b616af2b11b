//! The scenes, in the order they are played; each one requests something different.

mod certificate;
mod early_end;
mod expiry;
mod rejection;
