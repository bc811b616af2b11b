//! What somebody did in Slack, as far as apono uses it. Nothing else in an envelope is kept (`incoming`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::actions::{Button, FormKind};
use super::encoded::Words;
use crate::access::forbidden::Tried;
use crate::access::people::SlackAccount;

/// What somebody did in Slack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    pub by: Sender,
    pub act: Act,
}

/// Who did it, according to the envelope: the account they act through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub account: SlackAccount,
    /// The app that the payload says it is for.
    pub app_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    Command(Typed),
    Shortcut {
        callback_id: String,
        trigger_id: String,
    },
    Click(Pressed),
    /// A select of an open form changed.
    Choice(Form),
    /// Somebody is typing into a searched select.
    Suggest {
        action: String,
        query: String,
        form: Form,
    },
    Submit(Form),
    /// A button or a form that this version does not know.
    Unknown {
        name: String,
        what: Unknown,
    },
    /// A direct message typed to the bot.
    Said {
        channel: String,
    },
    /// A channel or its membership changed: the audit channel may be lost, or fixed.
    ChannelChanged,
    /// Slack says that our token was revoked, or that the app was removed.
    TokensRevoked,
    /// An account changed; Slack has to be asked about its present state.
    PersonChanged {
        user: String,
    },
    /// An event that needs no action.
    Noise,
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub text: Words,
    pub trigger_id: String,
    pub response_url: String,
}

/// A button, in a message or in a modal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pressed {
    pub action: Button,
    pub value: String,
    pub place: ButtonPlace,
    pub trigger_id: String,
    pub response_url: Option<String>,
}

/// How somebody used something that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unknown {
    Button {
        /// Where it is answered; a button in a window has no such place.
        response_url: Option<String>,
        trigger_id: String,
    },
    Form,
    /// A choice in a form.
    Choice,
    /// Typed into a searched select of a form.
    Query,
}

/// Where a button was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ButtonPlace {
    Message { channel: String, ts: String },
    View { id: String },
}

/// A modal as it came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub view_id: String,
    pub hash: String,
    pub kind: FormKind,
    pub private_metadata: String,
    /// By action: its block and what was entered.
    pub inputs: BTreeMap<String, Input>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub block_id: String,
    /// Typed text, or the values of the selected options.
    pub values: Vec<String>,
}

impl Act {
    /// The trail's name for it.
    pub const fn tried(&self) -> Tried {
        match self {
            Self::Command(_) => Tried::Command(None),
            Self::Shortcut { .. } => Tried::Shortcut,
            Self::Click(_)
            | Self::Unknown {
                what: Unknown::Button { .. },
                ..
            } => Tried::Click,
            Self::Choice(_) | Self::Suggest { .. } | Self::Submit(_) | Self::Unknown { .. } => Tried::Form,
            Self::Said { .. } => Tried::Message,
            Self::ChannelChanged | Self::TokensRevoked | Self::PersonChanged { .. } | Self::Noise => {
                Tried::Event
            }
        }
    }
}

impl Form {
    /// A block to show an error about the whole form under.
    pub fn first_block(&self) -> String {
        let first = self.inputs.values().next();
        first.map(|input| input.block_id.clone()).unwrap_or_default()
    }

    pub fn one(&self, action: &str) -> Option<&str> {
        self.inputs.get(action)?.values.first().map(String::as_str)
    }

    pub fn many(&self, action: &str) -> Vec<String> {
        self.inputs
            .get(action)
            .map(|input| input.values.clone())
            .unwrap_or_default()
    }

    /// The block to which an error about `action` belongs.
    pub fn block_of<'a>(&'a self, action: &'a str) -> &'a str {
        self.inputs.get(action).map_or(action, |input| &input.block_id)
    }
}
