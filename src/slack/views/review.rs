//! What people read about access reviews: that lines wait for them, which reviews, and the window in which they decide.

use slack_morphism::prelude::*;

use crate::access::review::Verdict;
use crate::slack::actions::{self, Button, FormKind};
use crate::store::{Review, ReviewLine};
use crate::telling::phrase::phrase;
use crate::telling::{Phrase, usage, wording};
use crate::usecases::reviews::{Round, Told, Waiting};

use super::kit::{Look, Post, PostBuilder, button, radio_choice, reading_modal, shorten_title};
use super::reject::reason_input;
use super::text::escape;

/// How many lines a window has.
pub const IN_WINDOW: usize = 10;

/// How many reviews a list has.
const LISTED: usize = 20;

/// To a reviewer, or to the admins.
pub fn waits(told: &Told, origin: Option<&str>) -> Post {
    let review = &told.review;
    let lines = lines_of(told.lines);
    let who = if told.user.is_some() {
        "you"
    } else {
        "an admin, because no reviewer can decide them"
    };
    let again = match told.round {
        Round::Start => "",
        Round::Half => "Half of the time is over. ",
        Round::LastDay => "It is due within a day. ",
    };
    let headline = phrase!(
        "🔎 {}The access review {} “{}” has {} for {}. Decide until {}; then {}.",
        again,
        review.id.as_str(),
        review.name.as_str(),
        lines,
        who,
        review.due,
        review.at_due.words()
    );
    let review_button = button(Button::Review, "Review", &review.id, Look::Primary);
    let post = PostBuilder::default().line(headline).buttons(vec![review_button]);
    match origin {
        Some(origin) => {
            let page = format!("{origin}/reviews/{}", review.id);
            post.link(&page, "Review in the portal")
        }
        None => post,
    }
    .build()
}

fn lines_of(count: u64) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}

/// The reviews in which lines wait for somebody, each with its address in the portal.
pub fn listed(origin: Option<&str>, waiting: &[Waiting]) -> String {
    if waiting.is_empty() {
        return "No access review waits for you.".to_owned();
    }
    let lines = waiting.iter().take(LISTED).map(|one| {
        let review = &one.review;
        let name = escape(&review.name);
        let named = match origin {
            Some(origin) => format!("<{origin}/reviews/{}|{} {name}>", review.id, review.id),
            None => format!("{} {name}", review.id),
        };
        let due = review.due.seconds();
        format!(
            "• {named}: {} for you, due <!date^{due}^{{date_short}} {{time}}|{} UTC>",
            lines_of(one.lines),
            review.due.to_day()
        )
    });
    let mut lines: Vec<String> = lines.collect();
    if waiting.len() > LISTED {
        lines.push(format!("and {} more", waiting.len() - LISTED));
    }
    lines.join("\n")
}

/// The first lines that wait for somebody, each with a choice. `said` is what there is to say about those that they sent before.
pub fn window(review: &Review, waiting: &[&ReviewLine], said: &[String]) -> SlackView {
    let title = format!("Review {}", review.id);
    let mut text = PostBuilder::default();
    for sentence in said {
        text = text.line(sentence.as_str());
    }
    if waiting.is_empty() {
        let nothing = text.line("No line of this review waits for you.");
        return reading_modal(&title, nothing.build().blocks);
    }
    let count = lines_of(waiting.len() as u64);
    let due = phrase!(
        "“{}”: {} for you, due {}.",
        review.name.as_str(),
        count,
        review.due
    );
    let mut blocks = text.line(due).build().blocks;
    for line in waiting.iter().take(IN_WINDOW) {
        let item = PostBuilder::default().item(format!("{}.", line.position), what_it_is(line));
        blocks.extend(item.build().blocks);
        blocks.push(verdict_input(review, line));
    }
    let hint = "Of the lines that you decide here; kept with the outcome of the review.";
    blocks.push(reason_input("Note", hint, None));
    let modal = SlackModalView::new(shorten_title(&title), blocks)
        .with_callback_id(FormKind::Review.name().into())
        .with_private_metadata(review.id.clone())
        .with_submit("Decide".into())
        .with_close("Close".into());
    SlackView::Modal(modal)
}

fn what_it_is(line: &ReviewLine) -> Phrase {
    let facts = &line.facts;
    let used = line.used.map_or("", usage::word);
    let mut said = phrase!(
        "{} {}: {} on {} ({})",
        facts.number,
        wording::grantee(facts).named(),
        facts.permissions.join(", "),
        wording::resources(facts),
        facts.integration.as_str()
    );
    if let (Some(since), Some(until)) = (line.granted_at, line.until) {
        said = phrase!("{}, from {} until {}", said, since, until);
    }
    if !used.is_empty() {
        said = phrase!("{}. Used: {}", said, used);
    }
    said
}

fn verdict_input(review: &Review, line: &ReviewLine) -> SlackBlock {
    let options = vec![
        radio_choice("Keep", Verdict::Keep.name()),
        radio_choice("Revoke", Verdict::Revoke.name()),
    ];
    let action = format!("{}{}", actions::REVIEW_LINE, line.position);
    let choices = SlackBlockRadioButtonsElement::new(options).with_action_id(action.into());
    SlackInputBlock::new(format!("Line {}", line.position).as_str().into(), choices.into())
        .with_block_id(format!("{}/{}", review.id, line.position).into())
        .with_optional(true)
        .into()
}
