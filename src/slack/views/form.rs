//! The request form. Each choice narrows the next; an input that depends on a choice carries a hash of what it offers in
//! its `block_id`, because Slack otherwise keeps the old state of an input whose options changed.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use slack_morphism::prelude::*;

use crate::access::duration::spoken;
use crate::access::ids::SubmissionId;
use crate::access::request::Request;
use crate::slack::actions;
use crate::usecases::catalogue::Entry;
use crate::usecases::offer::{Chosen, MOST_LISTED, Offer};

use super::kit::{choice, reading_modal, rich, shorten_title};
use super::text::clean;
use super::wording::some_of;

/// More resources than units are no request, and Slack shows no more than 100 chosen options.
const MOST_CHOSEN: u64 = 100;

/// Longest justification that is kept, in characters.
pub const MAX_JUSTIFICATION: u64 = 2_000;

const TITLE: &str = "Request access";

/// What stands in the form beside the choices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub duration: Option<String>,
    /// Said above the form.
    pub note: Option<String>,
}

/// What of `request` cannot be asked for any more, in a sentence.
pub fn left_out(request: &Request, chosen: &Chosen, offer: &Offer) -> Option<String> {
    let offered = |resource: &str| {
        let mut entries = offer.resources.iter();
        entries.any(|entry| entry.resource.name == resource && chosen.resources.contains(&entry.value))
    };
    let resources = request.resources().into_iter().filter(|name| !offered(name));
    let permissions = request
        .permissions()
        .into_iter()
        .filter(|name| !chosen.permissions.iter().any(|other| other == name));
    let gone: Vec<String> = resources.chain(permissions).map(str::to_owned).collect();
    (!gone.is_empty()).then(|| {
        format!(
            "You cannot ask for all of it any more; left out: {}.",
            clean(&some_of(&gone))
        )
    })
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
        justification_input(),
    ];
    let blocks = note.into_iter().chain(inputs).collect();
    let modal = SlackModalView::new(shorten_title(TITLE), blocks)
        .with_callback_id(actions::FORM.into())
        .with_private_metadata(form.to_string())
        .with_submit("Send request".into())
        .with_close("Cancel".into());
    SlackView::Modal(modal)
}

/// While Slack is asked who this is.
pub fn loading_modal() -> SlackView {
    reading_modal(
        TITLE,
        vec![rich(vec!["Looking up what you can ask for …".into()])],
    )
}

/// Instead of a form, when there is nothing to fill in.
pub fn nothing_modal(sentence: &str) -> SlackView {
    reading_modal(TITLE, vec![rich(vec![sentence.into()])])
}

fn integration_input(chosen: &Chosen, offer: &Offer) -> SlackBlock {
    let options = offer.integrations.iter().map(|name| choice(name, name)).collect();
    let element = static_select(
        actions::INTEGRATION,
        "Choose an integration",
        options,
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
        let options = offer
            .resource_types
            .iter()
            .map(|name| choice(name, name))
            .collect();
        static_select(
            actions::RESOURCE_TYPE,
            "Choose a type",
            options,
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
    let initial = some(offer.taken.iter().map(option_of).collect());
    let element = if offer.resources.is_empty() {
        nothing_yet_multi(actions::RESOURCES, "Choose a resource type first")
    } else if offer.resources.len() > MOST_LISTED {
        SlackBlockMultiExternalSelectElement::new()
            .with_action_id(actions::RESOURCES.into())
            .with_placeholder("Type a part of the name".into())
            .with_min_query_length(0)
            .with_max_selected_items(MOST_CHOSEN)
            .opt_initial_options(initial)
            .into()
    } else {
        let options = offer.resources.iter().map(option_of).collect();
        SlackBlockMultiStaticSelectElement::new()
            .with_action_id(actions::RESOURCES.into())
            .with_placeholder("Choose one or several".into())
            .with_options(options)
            .with_max_selected_items(MOST_CHOSEN)
            .opt_initial_options(initial)
            .into()
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
            "None fits all of these resources"
        };
        nothing_yet_multi(actions::PERMISSIONS, why)
    } else {
        let options = offer.permissions.iter().map(|name| choice(name, name)).collect();
        let taken = chosen.permissions.iter().map(|name| choice(name, name));
        SlackBlockMultiStaticSelectElement::new()
            .with_action_id(actions::PERMISSIONS.into())
            .with_placeholder("Choose one or several".into())
            .with_options(options)
            .opt_initial_options(some(taken.collect()))
            .into()
    };
    narrowing("Permissions", id, element)
}

/// Slack takes no empty list of what is chosen at first.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}

fn duration_input(offer: &Offer, filled: &Filled) -> SlackBlock {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::DURATION.into())
        .opt_initial_value(filled.duration.clone())
        .with_placeholder("2h".into())
        .with_max_length(40);
    let hint = match offer.max_duration {
        Some(max) => format!("At most {}. Write 45s, 30m, 2h, 1d or 1h30m.", spoken(max)),
        None => "Write 45s, 30m, 2h, 1d or 1h30m.".to_owned(),
    };
    SlackInputBlock::new("Duration".into(), element.into())
        .with_block_id(actions::DURATION.into())
        .with_hint(hint.as_str().into())
        .into()
}

fn justification_input() -> SlackBlock {
    let element = SlackBlockPlainTextInputElement::new()
        .with_action_id(actions::JUSTIFICATION.into())
        .with_multiline(true)
        .with_max_length(MAX_JUSTIFICATION)
        .with_placeholder("What you need it for, with a ticket if there is one".into());
    SlackInputBlock::new("Justification".into(), element.into())
        .with_block_id(actions::JUSTIFICATION.into())
        .with_hint("The approvers and the audit channel read it.".into())
        .into()
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

/// An input that offers nothing until an earlier one is answered; Slack takes no static select without options.
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
