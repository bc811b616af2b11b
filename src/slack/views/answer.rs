//! The window that shows everything that is requested, and approves or rejects it. It needs no card.

use slack_morphism::prelude::*;

use crate::access::duration::spoken;
use crate::slack::actions::{self, FormKind};
use crate::store::DecisionVerdict;
use crate::telling::wording;
use crate::usecases::look::{ExtensionView, RequestView};

use super::card::{self, ToDecide};
use super::extension::{self, value};
use super::form::static_select;
use super::kit::{PostBuilder, choice, shorten_title};
use super::reject::decision_input;

/// `asked` is the extension to decide, if it is not the request itself. It says what the card says.
pub fn answer_modal(view: &RequestView, asked: Option<&ExtensionView>, to_decide: ToDecide<'_>) -> SlackView {
    let access = wording::access(&view.about);
    let post = PostBuilder::default();
    let post = if let Some(asked) = asked {
        let (who, added) = (asked.asked_by.named(), spoken(asked.extension.added));
        let post = post.line(format!("{who} asks to extend {access} by {added}."));
        extension::asked_for(post, view, asked, Some(to_decide))
    } else {
        let post = post.line(format!("{} asks for {access}.", view.about.requester.named()));
        card::asked_for(post, view, Some(to_decide))
    };
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
