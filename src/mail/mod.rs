//! Mail to people: a letter, and the server that takes it.
//!
//! Invariant: nothing is said to a server, least of all the password, before the connection is encrypted and the server's
//! certificate is checked. No error holds a secret or a text of the server.

mod letter;
mod server;

pub use letter::{Attachment, Letter, LetterError};
pub use server::{Address, Login, MailError, Over, Server};
