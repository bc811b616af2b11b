//! The window that shows everything that is requested, and approves or rejects it. It needs no card.

use slack_morphism::prelude::*;

use crate::slack::actions::{self, FormKind};
use crate::store::DecisionVerdict;
use crate::telling::wording;
use crate::usecases::look::{ExtensionView, RequestView};

use super::card;
use super::extension::value;
use super::form::static_select;
use super::kit::{PostBuilder, choice, shorten_title};
use super::reject::decision_input;

const JUSTIFICATION: usize = 1_500;

/// `asked` is the extension to decide, if it is not the request itself.
pub fn answer_modal(view: &RequestView, asked: Option<&ExtensionView>) -> SlackView {
    let about = &view.about;
    let (who, words) = match asked {
        Some(asked) => (&asked.asked_by, asked.words.as_ref()),
        None => (&about.requester, view.justification.as_ref()),
    };
    let what = match asked {
        Some(asked) => format!(
            "{} asks to extend {} by {}.",
            who.named(),
            wording::access(about),
            crate::access::duration::spoken(asked.extension.added)
        ),
        None => format!("{} asks for {}.", who.named(), wording::access(about)),
    };
    let mut post = PostBuilder::default().line(what).fields(&card::fields(view));
    if let Some(words) = words {
        post = post.words(&who.name, words, JUSTIFICATION);
    }
    let mut blocks = post.build().blocks;
    blocks.push(verdict_input());
    blocks.push(decision_input());
    let metadata = value(
        &view.request.id,
        asked.map_or(0, |asked| asked.extension.position),
    );
    let modal = SlackModalView::new(shorten_title(&format!("Answer {}", view.request.number)), blocks)
        .with_callback_id(FormKind::Answer.name().into())
        .with_private_metadata(metadata)
        .with_submit("Send".into())
        .with_close("Back".into());
    SlackView::Modal(modal)
}

/// The verdict that an option stands for.
pub fn verdict_of(option: &str) -> Option<DecisionVerdict> {
    DecisionVerdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == option)
}

fn verdict_input() -> SlackBlock {
    let options = vec![
        choice("Approve", DecisionVerdict::Approve.name()),
        choice("Reject", DecisionVerdict::Reject.name()),
    ];
    let select = static_select(actions::VERDICT, "Approve or reject", options, None);
    SlackInputBlock::new("Your answer".into(), select)
        .with_block_id(actions::VERDICT.into())
        .into()
}
