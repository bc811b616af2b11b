//! What people read: texts and blocks, made only from domain values.
//!
//! Invariant: text from people is only ever in `plain_text` or rich text, cleaned by [`text::clean`]; the top-level
//! `text` of a message contains all of its facts, because phones and screen readers read that.

pub mod alarm;
pub mod answer;
pub mod answers;
pub mod approve;
pub mod audit_post;
pub mod brakes;
pub mod card;
pub mod connect_form;
pub mod credentials;
mod dated;
pub mod details;
pub mod ending;
pub mod explained;
pub mod extension;
pub mod form;
pub mod help;
mod holding;
pub mod in_window;
pub mod kit;
pub mod left_over;
mod links;
pub mod listing;
pub mod lists;
pub mod notice;
mod paragraphs;
pub mod portal;
pub mod red_button;
pub mod reject;
pub mod report;
pub mod review;
pub mod silent;
pub mod text;
