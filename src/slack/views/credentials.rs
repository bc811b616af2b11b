//! The modal with credentials: no submit, nothing to click, kept nowhere.

use secrecy::ExposeSecret;
use slack_morphism::prelude::*;

use crate::access::ids::RequestNumber;
use crate::integrations::AccessDetails;
use crate::telling::connect::{OTHER_LOGINS, SHOWN_ONCE};

use super::kit::{context, reading_modal, rich};
use super::text::clean;

/// While the target makes the credentials.
pub fn wait_modal(number: RequestNumber) -> SlackView {
    reading_modal(
        &format!("Connect · {number}"),
        vec![rich(vec!["Making your credentials …".into()])],
    )
}

/// What a person needs to log in, a line each.
pub fn credentials_modal(number: RequestNumber, details: &AccessDetails) -> SlackView {
    let lines: Vec<String> = details
        .fields
        .iter()
        .map(|(label, value)| format!("{label}: {}", value.expose_secret()))
        .collect();
    let mut blocks = vec![preformatted(lines.join("\n"))];
    blocks.push(preformatted(details.command.expose_secret().to_owned()));
    if !details.others.is_empty() {
        blocks.push(rich(vec![OTHER_LOGINS.into()]));
        blocks.push(preformatted(details.others.clone()));
    }
    blocks.push(context(&clean(&details.note)));
    if details.made {
        blocks.push(context(SHOWN_ONCE));
    }
    reading_modal(&format!("Connect · {number}"), blocks)
}

fn preformatted(text: String) -> SlackBlock {
    SlackRichTextBlock::new(vec![SlackRichTextPreformatted::new(vec![text.into()]).into()]).into()
}
