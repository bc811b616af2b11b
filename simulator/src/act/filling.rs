//! Filling in the inputs of the visible modal, by label.

use serde_json::{Value, json};

use super::fields::{Field, fields, option_text, options_in};
use super::{ActError, Actor};
use crate::validate;
use crate::world::World;
use crate::world::views::View;

/// How many characters an external select needs before it asks the app. Source: Block Kit reference, `min_query_length`.
const MIN_QUERY_LENGTH: u64 = 3;

impl Actor {
    /// Types into a text, number, e-mail, link or date input.
    pub async fn fill(&self, label: &str, value: &str) -> Result<(), ActError> {
        let (view, field) = self.field(label, |_| true).await?;
        if !field.takes_text() {
            return Err(ActError::Refused(format!(
                "\"{label}\" is a {}; nothing can be typed into it",
                field.kind()
            )));
        }
        let typed = value.chars().count() as u64;
        if let Some(limit) = field.element["max_length"]
            .as_u64()
            .filter(|&limit| typed > limit)
        {
            return Err(ActError::Refused(format!(
                "\"{label}\" takes {limit} characters, not {typed}"
            )));
        }
        let value = match field.kind() {
            "datetimepicker" => json!(value.parse::<u64>().map_err(|_| {
                ActError::Refused(format!("\"{label}\" takes seconds since 1970, not {value}"))
            })?),
            _ => json!(value),
        };
        self.enter(&view, &field, &value).await
    }

    /// Chooses options by their texts; an empty list clears the choice. In an external select the text is typed, and the
    /// option is picked from the app's answer.
    pub async fn choose(&self, label: &str, options: &[&str]) -> Result<(), ActError> {
        let offers_all = |field: &Field| {
            field.is_external()
                || options
                    .iter()
                    .all(|wanted| find(&field.options(), wanted).is_some())
        };
        let (view, field) = self.field(label, offers_all).await?;
        if field.takes_text() {
            return Err(ActError::Refused(format!(
                "\"{label}\" is a {}; there is nothing to choose",
                field.kind()
            )));
        }
        if options.len() > 1 && !field.holds_many() {
            return Err(ActError::Refused(format!("\"{label}\" takes only one choice")));
        }
        if let Some(limit) = field.element["max_selected_items"]
            .as_u64()
            .filter(|&limit| options.len() as u64 > limit)
        {
            return Err(ActError::Refused(format!(
                "\"{label}\" takes at most {limit} choices"
            )));
        }
        let mut chosen = Vec::new();
        for wanted in options {
            let offered = if field.is_external() {
                self.suggestions(&view, &field, wanted).await?
            } else {
                field.options().into_iter().cloned().collect()
            };
            let option = find(&offered.iter().collect::<Vec<_>>(), wanted).cloned();
            let saw = || offered.iter().map(option_text).collect::<Vec<_>>().join(", ");
            chosen.push(option.ok_or_else(|| ActError::NotSeen {
                wanted: format!("\"{wanted}\" under \"{label}\""),
                saw: saw(),
            })?);
        }
        let value = if field.holds_many() {
            json!(chosen)
        } else {
            chosen.pop().unwrap_or(Value::Null)
        };
        self.enter(&view, &field, &value).await
    }

    /// The texts of the options that a static select, radio buttons or checkboxes offer now.
    pub async fn options(&self, label: &str) -> Result<Vec<String>, ActError> {
        let (_, field) = self.field(label, |_| true).await?;
        Ok(field
            .options()
            .into_iter()
            .map(|option| option_text(option).to_owned())
            .collect())
    }

    /// Types into an external select and returns the texts of the app's suggestions; a text that is too short is not sent and
    /// finds nothing.
    pub async fn type_in(&self, label: &str, query: &str) -> Result<Vec<String>, ActError> {
        let (view, field) = self.field(label, Field::is_external).await?;
        let offered = self.suggestions(&view, &field, query).await?;
        Ok(offered
            .iter()
            .map(|option| option_text(option).to_owned())
            .collect())
    }

    /// Waits until the visible modal has a suitable input with this label.
    async fn field(&self, label: &str, suits: impl Fn(&Field) -> bool) -> Result<(View, Field), ActError> {
        self.signed_in()?;
        self.settle().await;
        let find = |world: &World| {
            let view = world.modals(&self.person).last()?;
            let field = fields(world, view)
                .into_iter()
                .find(|field| field.label == label && suits(field))?;
            Some((view.clone(), field))
        };
        self.shared
            .until(self.shared.patience(), find)
            .await
            .ok_or_else(|| self.no_field(label))
    }

    fn no_field(&self, label: &str) -> ActError {
        let Some(view) = self.top_view() else {
            return self.no_modal();
        };
        let describe = |field: Field| match field.options().as_slice() {
            [] => format!("\"{}\"", field.label),
            options => format!(
                "\"{}\" with {}",
                field.label,
                options
                    .iter()
                    .copied()
                    .map(option_text)
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let saw: Vec<String> = self
            .shared
            .look(|world| fields(world, &view))
            .into_iter()
            .map(describe)
            .collect();
        ActError::NotSeen {
            wanted: format!("a suitable input \"{label}\""),
            saw: saw.join("; "),
        }
    }

    /// Puts the value into the state, and tells the app if the input says so.
    async fn enter(&self, view: &View, field: &Field, value: &Value) -> Result<(), ActError> {
        let payload = self.act(|payloads| {
            let top = payloads
                .world
                .top_modal_mut(payloads.person)
                .filter(|top| top.id == view.id);
            let top = top.ok_or_else(|| ActError::Refused("the modal is no longer open".to_owned()))?;
            top.state
                .entry(field.block_id.clone())
                .or_default()
                .insert(field.action_id.clone(), field.value(value));
            top.told = field.dispatches;
            let top = top.clone();
            Ok(field
                .dispatches
                .then(|| payloads.view_action(&top, action(field, value))))
        })?;
        match payload {
            Some(payload) => self.send("interactive", payload).await.map(|_| ()),
            None => Ok(()),
        }
    }

    /// What the app offers for the text typed into an external select.
    async fn suggestions(&self, view: &View, field: &Field, query: &str) -> Result<Vec<Value>, ActError> {
        let least = field.element["min_query_length"]
            .as_u64()
            .unwrap_or(MIN_QUERY_LENGTH);
        if (query.chars().count() as u64) < least {
            return Ok(Vec::new());
        }
        let payload =
            self.act(|payloads| Ok(payloads.suggestion(view, &field.block_id, &field.action_id, query)))?;
        let answer = self
            .send("interactive", payload)
            .await?
            .ack
            .unwrap_or(Value::Null);
        validate::suggestions(&answer).map_err(|error| ActError::BadAnswer(error.body().to_string()))?;
        Ok(options_in(&answer).into_iter().cloned().collect())
    }
}

/// The action object of `block_actions` for a change of this input.
fn action(field: &Field, value: &Value) -> Value {
    let mut action = field.value(value);
    action["block_id"] = json!(field.block_id);
    action["action_id"] = json!(field.action_id);
    if let Some(placeholder) = field.element.get("placeholder") {
        action["placeholder"] = placeholder.clone();
    }
    action
}

fn find<'a>(options: &[&'a Value], wanted: &str) -> Option<&'a Value> {
    options
        .iter()
        .copied()
        .find(|option| option_text(option) == wanted)
}
