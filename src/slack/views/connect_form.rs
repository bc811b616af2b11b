//! The modal that asks for the public key to certify.

use slack_morphism::prelude::*;

use crate::access::ids::{RequestId, RequestNumber};
use crate::integrations::PersonKey;
use crate::slack::actions::{self, FormKind};
use crate::telling::connect as telling;

use super::form::static_select;
use super::kit::{choice, rich, shorten_title};

/// Slack's own limit is 3,000 characters; the longest key in use, RSA with 16,384 bits, has 2,800.
const LONGEST_KEY: u64 = 3_000;

/// The option for a key that is not among the remembered ones.
const ANOTHER: &str = "another";

/// Asks for a key, with one that was used before already selected.
pub fn key_modal(number: RequestNumber, request: &RequestId, known: &[PersonKey]) -> SlackView {
    let mut blocks = vec![rich(vec![telling::KEY_WANTED.into()])];
    if let Some(latest) = known.first() {
        let mut options: Vec<_> = known
            .iter()
            .map(|key| choice(&telling::key(key), &key.fingerprint))
            .collect();
        options.push(choice("Another key, pasted below", ANOTHER));
        let select = static_select(
            actions::KNOWN_KEY,
            "Choose a key",
            options,
            Some(&latest.fingerprint),
        );
        let input = SlackInputBlock::new("Key".into(), select).with_block_id(actions::KNOWN_KEY.into());
        blocks.push(input.into());
    }
    blocks.push(pasted(known.is_empty()));
    let modal = SlackModalView::new(shorten_title(&format!("Connect · {number}")), blocks)
        .with_callback_id(FormKind::Connect.name().into())
        .with_private_metadata(request.to_string())
        .with_submit("Get certificate".into())
        .with_close("Cancel".into());
    SlackView::Modal(modal)
}

fn pasted(only: bool) -> SlackBlock {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::PUBLIC_KEY.into())
        .with_multiline(true)
        .with_max_length(LONGEST_KEY)
        .with_placeholder("ssh-ed25519 AAAA... you@laptop".into());
    let label = if only { "Public key" } else { "Another public key" };
    SlackInputBlock::new(label.into(), element.into())
        .with_block_id(actions::PUBLIC_KEY.into())
        .with_hint(telling::KEY_HINT.into())
        .with_optional(!only)
        .into()
}
