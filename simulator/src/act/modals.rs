//! Modals as a person sees them: look, submit, close.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::fields::{Field, fields};
use super::payload::Payloads;
use super::{ActError, Actor};
use crate::render::{self, Entered};
use crate::validate;
use crate::world::World;
use crate::world::views::View;

/// How long a person waits for the form to change after a choice that was sent to the app. An app that does not answer with
/// views.update costs this much each time.
const SETTLE: Duration = Duration::from_secs(2);

/// A modal as shown on the screen.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeenModal {
    pub view_id: String,
    pub title: String,
    /// Labels of the inputs, in order.
    pub labels: Vec<String>,
    /// Its text, including what was entered.
    pub rendered: String,
    /// Text of the submit button.
    pub submit: Option<String>,
    /// Errors by label.
    pub errors: BTreeMap<String, String>,
    /// The view object, with its state, as the app gets it.
    pub view: Value,
}

/// A home tab as shown on the screen.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SeenView {
    pub view_id: String,
    pub rendered: String,
    pub view: Value,
}

/// What happened to a submitted form.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Submitted {
    Closed,
    /// The form stays; errors by label. Slack's client finds required inputs that are empty, and then sends nothing.
    Errors(BTreeMap<String, String>),
    Updated,
    Pushed,
}

impl Actor {
    /// Waits until a modal is open; the visible one.
    pub async fn modal(&self) -> Result<SeenModal, ActError> {
        self.settle().await;
        self.shared
            .until(self.shared.patience(), |world| self.seen_modal(world))
            .await
            .ok_or_else(|| self.no_modal())
    }

    /// The visible modal, if one is open.
    pub fn top_modal(&self) -> Option<SeenModal> {
        self.shared.look(|world| self.seen_modal(world))
    }

    /// Waits until a modal is open and submits it.
    pub async fn submit(&self) -> Result<Submitted, ActError> {
        self.modal().await?;
        let view = self.top_view().ok_or_else(|| self.no_modal())?;
        if view.definition.get("submit").is_none_or(Value::is_null) {
            return Err(ActError::Refused(format!(
                "the modal \"{}\" has no submit button",
                title(&view)
            )));
        }
        let missing = self.shared.look(|world| refused_by_client(world, &view));
        if !missing.is_empty() {
            return Ok(Submitted::Errors(missing));
        }
        let payload = self.act(|payloads| Ok(payloads.submission(&view)))?;
        let record = self.send("interactive", payload).await?;
        self.take_answer(&view, &record.ack.unwrap_or(Value::Null))
    }

    /// Waits until a modal is open and closes it with its close button; the app is told if it asked for that.
    pub async fn close_modal(&self) -> Result<(), ActError> {
        self.modal().await?;
        let payload = self.act(|payloads| {
            let top = payloads.world.modals(payloads.person).last().cloned();
            let view = top.ok_or_else(|| ActError::Refused("no modal is open".to_owned()))?;
            payloads
                .world
                .close_modal(payloads.person, view.flag("clear_on_close"));
            Ok(view.flag("notify_on_close").then(|| payloads.closed(&view)))
        })?;
        match payload {
            Some(payload) => self.send("interactive", payload).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// After a choice that was sent to the app, the form usually changes; acting on the old form would lose what is entered.
    pub(super) async fn settle(&self) {
        let settled = |world: &World| {
            world
                .modals(&self.person)
                .last()
                .is_none_or(|view| !view.told)
                .then_some(())
        };
        if self.shared.until(SETTLE, settled).await.is_none() {
            self.shared.change(|world, _| {
                if let Some(view) = world.top_modal_mut(&self.person) {
                    view.told = false;
                }
            });
        }
    }

    pub(super) fn top_view(&self) -> Option<View> {
        self.shared
            .look(|world| world.modals(&self.person).last().cloned())
    }

    pub(super) fn no_modal(&self) -> ActError {
        ActError::NotSeen {
            wanted: format!("a modal of {}", self.person),
            saw: "none".to_owned(),
        }
    }

    fn seen_modal(&self, world: &World) -> Option<SeenModal> {
        let view = world.modals(&self.person).last()?;
        let fields = fields(world, view);
        let entered = Entered {
            state: &view.state,
            errors: &view.errors,
        };
        Some(SeenModal {
            view_id: view.id.clone(),
            title: title(view),
            rendered: render::blocks(world, view.blocks(), Some(&entered)),
            submit: view.definition["submit"]["text"].as_str().map(str::to_owned),
            errors: by_label(&fields, &view.errors),
            labels: fields.into_iter().map(|field| field.label).collect(),
            view: world.view_json(view),
        })
    }

    /// Does what the ack of a submission says; without an answer the modal closes.
    fn take_answer(&self, view: &View, ack: &Value) -> Result<Submitted, ActError> {
        let bad = |detail: String| ActError::BadAnswer(detail);
        if ack.is_null() || *ack == json!({}) {
            self.shared
                .change(|world, _| world.close_view(&self.person, &view.id));
            return Ok(Submitted::Closed);
        }
        validate::submission_answer(ack, &view.definition).map_err(|error| bad(error.body().to_string()))?;
        self.act(|Payloads { world, .. }| match ack["response_action"].as_str() {
            Some("errors") => {
                let errors: BTreeMap<String, String> =
                    serde_json::from_value(ack["errors"].clone()).map_err(|error| bad(error.to_string()))?;
                world.show_errors(&self.person, &view.id, &errors);
                Ok(Submitted::Errors(by_label(&fields(world, view), &errors)))
            }
            Some("update") => {
                world
                    .update_view(|other| other.id == view.id, None, &ack["view"])
                    .map_err(|refused| bad(refused.0.to_owned()))?;
                Ok(Submitted::Updated)
            }
            Some("push") => {
                world
                    .push_modal(&self.person, &ack["view"])
                    .map_err(|refused| bad(refused.0.to_owned()))?;
                Ok(Submitted::Pushed)
            }
            Some("clear") => {
                world.close_modal(&self.person, true);
                Ok(Submitted::Closed)
            }
            Some(_) | None => Err(bad(ack.to_string())),
        })
    }
}

/// What Slack's client refuses before anything is sent.
fn refused_by_client(world: &World, view: &View) -> BTreeMap<String, String> {
    let fields = fields(world, view);
    let empty = fields
        .into_iter()
        .filter(|field| field.required && field.is_empty(view));
    empty
        .map(|field| (field.label, "Please complete this required field.".to_owned()))
        .collect()
}

fn by_label(fields: &[Field], errors: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let label = |block_id: &String| {
        fields
            .iter()
            .find(|field| field.block_id == *block_id)
            .map_or_else(|| block_id.clone(), |field| field.label.clone())
    };
    errors
        .iter()
        .map(|(block_id, text)| (label(block_id), text.clone()))
        .collect()
}

pub(super) fn title(view: &View) -> String {
    view.definition["title"]["text"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
