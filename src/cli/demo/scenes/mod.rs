//! The scenes, in the order in which they are played; each asks for something of its own.

mod certificate;
mod early_end;
mod expiry;
mod rejection;
