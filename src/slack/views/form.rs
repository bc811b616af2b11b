//! The request form. Each choice narrows the next; an input that depends on a choice carries a hash of what it offers in
//! its `block_id`, because Slack otherwise keeps the old state of an input whose options changed.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use slack_morphism::prelude::*;

use crate::access::duration::{compact, spoken};
use crate::access::ids::SubmissionId;
use crate::slack::actions::{self, FormKind};
use crate::usecases::catalogue::Entry;
use crate::usecases::form::MAX_JUSTIFICATION;
use crate::usecases::offer::{Chosen, MOST_LISTED, Offer};
use crate::usecases::wish::Wish;

use super::kit::{choice, reading_modal, rich, shorten_title};
use super::text::{shorten, showable};
use crate::telling::form::DURATIONS;
use crate::telling::wording::some_of;

/// A request cannot have more resources or permissions than units, and Slack shows at most 100 selected options.
const MOST_CHOSEN: usize = 100;

/// Says that a menu is searched by typing.
const SEARCHED: &str = "Type part of the name";

const TITLE: &str = "Request access";

/// What the form shows besides the choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub duration: Option<String>,
    /// The input's `block_id`: Slack shows another value only in another block.
    pub duration_block: String,
    /// Shown above the form.
    pub note: Option<String>,
    pub justification: Option<String>,
}

/// Which words after the command meant nothing, in a sentence.
pub fn not_understood(wish: &Wish) -> Option<String> {
    let mut said = Vec::new();
    if !wish.unmatched.is_empty() {
        let words: Vec<String> = wish
            .unmatched
            .iter()
            .map(|word| format!("\"{}\"", showable(word, 60)))
            .collect();
        said.push(format!(
            "I found nothing that you can request for {}. Choose below.",
            some_of(&words)
        ));
        if wish.justification.is_none() {
            said.push("What you need it for goes after the word because.".to_owned());
        }
    }
    if !wish.on.is_empty() {
        said.push(format!(
            "That exists on {}. Choose one.",
            wish.on.join(" and on ")
        ));
    }
    (!said.is_empty()).then(|| said.join(" "))
}

/// The form with what is chosen and what can be chosen next.
pub fn form_modal(form: &SubmissionId, chosen: &Chosen, offer: &Offer, filled: &Filled) -> SlackView {
    let note = filled.note.as_ref().map(|note| rich(vec![note.clone().into()]));
    let inputs = [
        integration_input(chosen, offer),
        resource_type_input(chosen, offer),
        resources_input(chosen, offer),
        permissions_input(chosen, offer),
        duration_input(offer, filled),
    ];
    let usual = usual_input(offer, filled);
    let last = [justification_input(filled)];
    let blocks = note.into_iter().chain(inputs).chain(usual).chain(last).collect();
    let modal = SlackModalView::new(shorten_title(TITLE), blocks)
        .with_callback_id(FormKind::Request.name().into())
        .with_private_metadata(form.to_string())
        .with_submit("Send request".into())
        .with_close("Cancel".into());
    SlackView::Modal(modal)
}

/// While Slack is asked who this is.
pub fn loading_modal() -> SlackView {
    reading_modal(
        TITLE,
        vec![rich(vec!["Looking up what you can request …".into()])],
    )
}

/// Instead of a form, when there is nothing to fill in.
pub fn nothing_modal(sentence: &str) -> SlackView {
    reading_modal(TITLE, vec![rich(vec![sentence.into()])])
}

fn integration_input(chosen: &Chosen, offer: &Offer) -> SlackBlock {
    let element = one_of(
        actions::INTEGRATION,
        "Choose an integration",
        &offer.integrations,
        chosen.integration.as_deref(),
    );
    narrowing(
        "Integration",
        block_id(actions::INTEGRATION, &offer.integrations),
        element,
    )
}

fn resource_type_input(chosen: &Chosen, offer: &Offer) -> SlackBlock {
    let id = block_id(
        actions::RESOURCE_TYPE,
        chosen.integration.iter().chain(&offer.resource_types),
    );
    let element = if offer.resource_types.is_empty() {
        nothing_yet(actions::RESOURCE_TYPE, "Choose an integration first")
    } else {
        one_of(
            actions::RESOURCE_TYPE,
            "Choose a type",
            &offer.resource_types,
            chosen.resource_type.as_deref(),
        )
    };
    narrowing("Resource type", id, element)
}

fn resources_input(chosen: &Chosen, offer: &Offer) -> SlackBlock {
    let id = block_id(
        actions::RESOURCES,
        chosen.integration.iter().chain(&chosen.resource_type),
    );
    let element = if offer.resources.is_empty() {
        nothing_yet_multi(actions::RESOURCES, "Choose a resource type first")
    } else {
        let options = offer.resources.iter().map(option_of).collect();
        several_of(
            actions::RESOURCES,
            options,
            offer.taken.iter().map(option_of).collect(),
        )
    };
    narrowing("Resources", id, element)
}

fn permissions_input(chosen: &Chosen, offer: &Offer) -> SlackBlock {
    let id = block_id(
        actions::PERMISSIONS,
        chosen.integration.iter().chain(&offer.permissions),
    );
    let element = if offer.permissions.is_empty() {
        let why = if chosen.resources.is_empty() {
            "Choose resources first"
        } else {
            "No permission fits all of these resources"
        };
        nothing_yet_multi(actions::PERMISSIONS, why)
    } else {
        let options = offer
            .permissions
            .iter()
            .map(|name| permission(name, &offer.sensitive));
        let taken = chosen
            .permissions
            .iter()
            .map(|name| permission(name, &offer.sensitive));
        several_of(actions::PERMISSIONS, options.collect(), taken.collect())
    };
    narrowing("Permissions", id, element)
}

/// A menu of `names`, searched by typing if Slack would not list them all.
fn one_of(action: &str, placeholder: &str, names: &[String], chosen: Option<&str>) -> SlackInputBlockElement {
    if names.len() <= MOST_LISTED {
        let options = names.iter().map(|name| named(name)).collect();
        return static_select(action, placeholder, options, chosen);
    }
    SlackBlockExternalSelectElement::new()
        .with_action_id(action.into())
        .with_placeholder(SEARCHED.into())
        .with_min_query_length(0)
        .opt_initial_option(chosen.map(named))
        .into()
}

/// The same for several of `options`; `taken` are selected at first.
fn several_of(
    action: &str,
    options: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>>,
    mut taken: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>>,
) -> SlackInputBlockElement {
    taken.truncate(MOST_CHOSEN);
    // Slack rejects an empty list of initial options.
    let taken = (!taken.is_empty()).then_some(taken);
    if options.len() > MOST_LISTED {
        return SlackBlockMultiExternalSelectElement::new()
            .with_action_id(action.into())
            .with_placeholder(SEARCHED.into())
            .with_min_query_length(0)
            .with_max_selected_items(MOST_CHOSEN as u64)
            .opt_initial_options(taken)
            .into();
    }
    SlackBlockMultiStaticSelectElement::new()
        .with_action_id(action.into())
        .with_placeholder("Choose one or several".into())
        .with_options(options)
        .with_max_selected_items(MOST_CHOSEN as u64)
        .opt_initial_options(taken)
        .into()
}

fn duration_input(offer: &Offer, filled: &Filled) -> SlackBlock {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::DURATION.into())
        .opt_initial_value(filled.duration.clone())
        .with_placeholder("2h".into())
        .with_max_length(40);
    let hint = match offer.max_duration {
        Some(max) => format!("At most {}. {DURATIONS}", spoken(max)),
        None => DURATIONS.to_owned(),
    };
    SlackInputBlock::new("Duration".into(), element.into())
        .with_block_id(filled.duration_block.clone().into())
        .with_hint(hint.as_str().into())
        .into()
}

/// The `block_id` of the duration's input once this duration was chosen.
/// `before` is the one that it replaces: the same choice twice is two changes.
pub fn duration_block(before: &str, chosen: &str) -> String {
    block_id(actions::DURATION, [&before.to_owned(), &chosen.to_owned()])
}

/// Durations to choose from; a choice fills in the input above. Empty again afterwards: what it holds was chosen just now.
fn usual_input(offer: &Offer, filled: &Filled) -> Option<SlackBlock> {
    if offer.usual.is_empty() {
        return None;
    }
    let options = offer
        .usual
        .iter()
        .map(|span| choice(&spoken(*span), &compact(*span)))
        .collect();
    let select = static_select(actions::USUAL, "Or choose one", options, None);
    let block = block_id(actions::USUAL, [&filled.duration_block]);
    let input = SlackInputBlock::new("Usual durations".into(), select)
        .with_block_id(block.into())
        .with_optional(true)
        .with_dispatch_action(true);
    Some(input.into())
}

fn justification_input(filled: &Filled) -> SlackBlock {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::JUSTIFICATION.into())
        .opt_initial_value(
            filled
                .justification
                .as_ref()
                .map(|words| shorten(words, MAX_JUSTIFICATION)),
        )
        .with_multiline(true)
        .with_max_length(MAX_JUSTIFICATION as u64)
        .with_placeholder("What you need it for, with a ticket if there is one".into());
    SlackInputBlock::new("Justification".into(), element.into())
        .with_block_id(actions::JUSTIFICATION.into())
        .with_hint("Shown to the approvers and in the audit channel.".into())
        .into()
}

/// An option whose value is its name.
pub fn named(name: &str) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    choice(name, name)
}

/// The option of one permission, with a mark if it is sensitive.
pub fn permission(name: &str, sensitive: &[String]) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    if sensitive.iter().any(|other| other == name) {
        return choice(&format!("{name} ⚠️ sensitive"), name);
    }
    named(name)
}

/// The option of one resource; what was typed is matched against its name.
pub fn option_of(entry: &Entry) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    choice(&entry.resource.name, &entry.value)
}

pub(super) fn static_select(
    action: &str,
    placeholder: &str,
    options: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>>,
    chosen: Option<&str>,
) -> SlackInputBlockElement {
    let initial = options
        .iter()
        .find(|option| Some(option.value.as_str()) == chosen)
        .cloned();
    let select = SlackBlockStaticSelectElement::new()
        .with_action_id(action.into())
        .with_placeholder(placeholder.into())
        .with_options(options)
        .opt_initial_option(initial);
    select.into()
}

/// An input that offers nothing until an earlier one is answered; Slack rejects a static select without options.
fn nothing_yet(action: &str, placeholder: &str) -> SlackInputBlockElement {
    SlackBlockExternalSelectElement::new()
        .with_action_id(action.into())
        .with_placeholder(placeholder.into())
        .with_min_query_length(0)
        .into()
}

fn nothing_yet_multi(action: &str, placeholder: &str) -> SlackInputBlockElement {
    SlackBlockMultiExternalSelectElement::new()
        .with_action_id(action.into())
        .with_placeholder(placeholder.into())
        .with_min_query_length(0)
        .into()
}

fn narrowing(label: &str, block_id: String, element: SlackInputBlockElement) -> SlackBlock {
    SlackInputBlock::new(label.into(), element)
        .with_block_id(block_id.into())
        .with_dispatch_action(true)
        .into()
}

/// `resources.3f2a...`: the input's name and a hash of what it depends on.
fn block_id<'a>(action: &str, depends_on: impl IntoIterator<Item = &'a String>) -> String {
    let mut hasher = Sha256::new();
    for part in depends_on {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    format!("{action}.{}", HEXLOWER.encode(&hasher.finalize()[..6]))
}
