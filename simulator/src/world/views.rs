//! Modals and home tabs.
//!
//! Invariant: a person has at most 3 modals of the app on a stack; every change of a view by the app changes its hash;
//! what the person entered survives an update under the same `block_id` and `action_id`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::blocks::{self, State};
use super::{Refused, World};

/// How many modals can be stacked at most. Source: docs.slack.dev/surfaces/modals.
pub const MODAL_STACK: usize = 3;

#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) root: String,
    pub(crate) previous: Option<String>,
    pub(crate) hash: String,
    /// The view as the app sent it, with the ids that Slack fills in.
    pub(crate) definition: Value,
    pub(crate) state: State,
    /// Errors that the app put under inputs, by `block_id`; the next update removes them.
    pub(crate) errors: BTreeMap<String, String>,
    /// Whether the app was told of a choice and has not updated the view since.
    pub(crate) told: bool,
}

impl View {
    pub(crate) fn blocks(&self) -> &[Value] {
        self.definition["blocks"].as_array().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.definition[name] == true
    }
}

impl World {
    /// The modals a person has open, the visible one last.
    pub(crate) fn modals(&self, person: &str) -> &[View] {
        self.modals.get(person).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn top_modal_mut(&mut self, person: &str) -> Option<&mut View> {
        self.modals.get_mut(person)?.last_mut()
    }

    /// A new stack with one modal; what was open before is gone.
    pub(crate) fn open_modal(&mut self, person: &str, definition: &Value) -> Result<View, Refused> {
        self.refuse_taken_external_id(definition, None)?;
        let view = self.new_view(definition, None);
        self.modals.insert(person.to_owned(), vec![view.clone()]);
        Ok(view)
    }

    pub(crate) fn push_modal(&mut self, person: &str, definition: &Value) -> Result<View, Refused> {
        self.refuse_taken_external_id(definition, None)?;
        let below = match self.modals(person) {
            [] => return Err(Refused("not_found")),
            stack if stack.len() == MODAL_STACK => return Err(Refused("push_limit_reached")),
            [.., top] => (top.id.clone(), top.root.clone()),
        };
        let view = self.new_view(definition, Some(below));
        self.modals
            .entry(person.to_owned())
            .or_default()
            .push(view.clone());
        Ok(view)
    }

    /// Replaces the content of the view that `matches` finds, if `hash` is absent or still the view's hash.
    pub(crate) fn update_view(
        &mut self,
        matches: impl Fn(&View) -> bool,
        hash: Option<&str>,
        definition: &Value,
    ) -> Result<View, Refused> {
        let id = self
            .all_views()
            .find(|view| matches(view))
            .map(|view| view.id.clone())
            .ok_or(Refused("not_found"))?;
        self.refuse_taken_external_id(definition, Some(&id))?;
        let (definition, new_hash) = self.take_in(definition);
        let view = self
            .modals
            .values_mut()
            .flatten()
            .chain(self.homes.values_mut())
            .find(|view| view.id == id)
            .ok_or(Refused("not_found"))?;
        if hash.is_some_and(|hash| hash != view.hash) {
            return Err(Refused("hash_conflict"));
        }
        view.state = blocks::kept_state(
            &view.state,
            definition["blocks"].as_array().map_or(&[], Vec::as_slice),
        );
        view.definition = definition;
        view.hash = new_hash;
        view.errors.clear();
        view.told = false;
        Ok(view.clone())
    }

    pub(crate) fn publish_home(
        &mut self,
        person: &str,
        hash: Option<&str>,
        definition: &Value,
    ) -> Result<View, Refused> {
        if let Some(id) = self.homes.get(person).map(|home| home.id.clone()) {
            return self.update_view(|view| view.id == id, hash, definition);
        }
        if hash.is_some() {
            return Err(Refused("hash_conflict"));
        }
        self.refuse_taken_external_id(definition, None)?;
        let view = self.new_view(definition, None);
        self.homes.insert(person.to_owned(), view.clone());
        Ok(view)
    }

    /// Takes the visible modal off the stack; `all` takes the ones below it too. Returns the visible one.
    pub(crate) fn close_modal(&mut self, person: &str, all: bool) -> Option<View> {
        let stack = self.modals.get_mut(person)?;
        let top = stack.pop();
        if all {
            stack.clear();
        }
        top
    }

    /// Takes one view off the stack, wherever it is by now.
    pub(crate) fn close_view(&mut self, person: &str, id: &str) {
        if let Some(stack) = self.modals.get_mut(person) {
            stack.retain(|view| view.id != id);
        }
    }

    /// Puts errors (by `block_id`) under the inputs of a view.
    pub(crate) fn show_errors(&mut self, person: &str, id: &str, errors: &BTreeMap<String, String>) {
        let view = self
            .modals
            .get_mut(person)
            .into_iter()
            .flatten()
            .find(|view| view.id == id);
        if let Some(view) = view {
            view.errors.clone_from(errors);
        }
    }

    /// The view object of the Web API and of interaction payloads.
    pub(crate) fn view_json(&self, view: &View) -> Value {
        let mut object = view.definition.clone();
        for key in ["private_metadata", "callback_id", "external_id"] {
            if object.get(key).is_none() {
                object[key] = json!("");
            }
        }
        for key in ["clear_on_close", "notify_on_close", "submit_disabled"] {
            if object.get(key).is_none() {
                object[key] = json!(false);
            }
        }
        for key in ["close", "submit"] {
            if object.get(key).is_none() {
                object[key] = Value::Null;
            }
        }
        object["id"] = json!(view.id);
        object["hash"] = json!(view.hash);
        object["state"] = json!({"values": view.state});
        object["root_view_id"] = json!(view.root);
        object["previous_view_id"] = json!(view.previous);
        object["team_id"] = json!(self.team.id);
        object["app_id"] = json!(self.app.id);
        object["app_installed_team_id"] = json!(self.team.id);
        object["bot_id"] = json!(self.app.bot_id);
        object
    }

    fn all_views(&self) -> impl Iterator<Item = &View> {
        self.modals.values().flatten().chain(self.homes.values())
    }

    fn new_view(&mut self, definition: &Value, below: Option<(String, String)>) -> View {
        let (definition, hash) = self.take_in(definition);
        let id = self.ids.next("V");
        let (previous, root) = below.map_or((None, id.clone()), |(previous, root)| (Some(previous), root));
        let state = blocks::initial_state(definition["blocks"].as_array().map_or(&[], Vec::as_slice));
        View {
            id,
            root,
            previous,
            hash,
            definition,
            state,
            errors: BTreeMap::new(),
            told: false,
        }
    }

    /// The definition with ids filled in, and a hash for it.
    fn take_in(&mut self, definition: &Value) -> (Value, String) {
        let mut definition = definition.clone();
        if let Some(blocks) = definition.get_mut("blocks").and_then(Value::as_array_mut) {
            blocks::complete(blocks, || self.ids.next("b"));
        }
        (definition, self.ids.next("1700000000."))
    }

    fn refuse_taken_external_id(&self, definition: &Value, own: Option<&str>) -> Result<(), Refused> {
        let Some(wanted) = definition["external_id"]
            .as_str()
            .filter(|wanted| !wanted.is_empty())
        else {
            return Ok(());
        };
        let taken = self
            .all_views()
            .any(|view| Some(view.id.as_str()) != own && view.definition["external_id"] == wanted);
        if taken {
            Err(Refused("duplicate_external_id"))
        } else {
            Ok(())
        }
    }
}
