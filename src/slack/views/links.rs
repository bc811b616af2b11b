//! Links in what people write, as Slack's blocks have them.

use slack_morphism::prelude::*;

use crate::telling::links::{Part, parts};

/// The words with a link for each address on one of `hosts`; everything else is inert text.
pub(super) fn linked(words: &str, hosts: &[String]) -> Vec<SlackRichTextInlineElement> {
    let parts = parts(words, hosts).into_iter();
    let elements = parts.map(|part| match part {
        Part::Text(text) => text.into(),
        Part::Link(url) => {
            SlackRichTextInlineElement::Link(SlackRichTextLink::new(SlackRelaxedUrl(url.to_owned())))
        }
    });
    elements.collect()
}
