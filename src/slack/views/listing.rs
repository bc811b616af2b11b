//! Long lists: a short first page as the answer to a command, and the whole list in a window with pages.

use serde::{Deserialize, Serialize};
use slack_morphism::prelude::*;

use crate::access::filter::Filter;
use crate::access::ids::RequestId;
use crate::slack::actions::Button;
use crate::store::Page;
use crate::telling::Phrase;

use super::kit::{Look, Post, PostBuilder, button, reading_modal};

/// What can be read page by page. It travels in buttons and carries no authority: the person who clicks is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    List {
        page: Page,
    },
    Active {
        #[serde(default)]
        filter: Filter,
        page: Page,
    },
    /// Everybody's requests, in any state.
    Log {
        filter: Filter,
        page: Page,
    },
    /// What waits for the reader's answer, from this position on.
    Pending {
        from: usize,
    },
    History {
        request: RequestId,
        page: Page,
    },
    /// From the flow at this position on.
    Whoami {
        from: usize,
    },
    Why {
        /// The Slack user it is about, if it is not the person asking.
        of: Option<String>,
        permission: String,
        target: String,
        from: usize,
    },
}

impl Reading {
    /// The value in a button.
    pub fn value(&self) -> String {
        serde_json::to_string(self).expect("an enum of texts and numbers is JSON")
    }

    /// The reverse of [`Reading::value`].
    pub fn of_value(value: &str) -> Option<Self> {
        serde_json::from_str(value).ok()
    }
}

/// One line: what it is about, and what there is to say.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    head: Phrase,
    rest: Phrase,
    buttons: Vec<SlackBlockButtonElement>,
}

impl Line {
    pub fn new(head: impl Into<Phrase>, rest: impl Into<Phrase>) -> Self {
        Self {
            head: head.into(),
            rest: rest.into(),
            buttons: Vec::new(),
        }
    }

    #[must_use]
    pub fn with(self, buttons: Vec<SlackBlockButtonElement>) -> Self {
        Self { buttons, ..self }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing {
    pub title: &'static str,
    pub above: Vec<String>,
    pub lines: Vec<Line>,
    pub below: Vec<String>,
    pub newer: Option<Reading>,
    pub older: Option<Reading>,
    /// The labels of the buttons for those two.
    pub turns: (&'static str, &'static str),
}

/// For lists in order of time.
pub const BY_TIME: (&str, &str) = ("Newer", "Older");

impl Listing {
    /// The lines from `from` on, at most `most` of them; `at` says how to ask for another page.
    #[must_use]
    pub fn from(mut self, from: usize, most: usize, at: impl Fn(usize) -> Reading) -> Self {
        let end = from.saturating_add(most).min(self.lines.len());
        self.newer = (from > 0).then(|| at(from.saturating_sub(most)));
        self.older = (end < self.lines.len()).then(|| at(end));
        self.lines = self.lines.drain(from.min(end)..end).collect();
        self.turns = ("Back", "More");
        self
    }

    /// As the answer to a command. If there is more, a button opens `whole` in a window.
    pub fn answer(&self, whole: &Reading) -> Post {
        let post = self.body();
        if self.older.is_none() {
            return post.build();
        }
        let open = button(Button::Read, "Open", &whole.value(), Look::Plain);
        post.line("There is more.").buttons(vec![open]).build()
    }

    /// As a window with pages.
    pub fn window(&self) -> SlackView {
        let turn = |action: Button, text: &str, to: &Option<Reading>| {
            to.as_ref()
                .map(|to| button(action, text, &to.value(), Look::Plain))
        };
        let buttons = [
            turn(Button::Newer, self.turns.0, &self.newer),
            turn(Button::Older, self.turns.1, &self.older),
        ];
        let post = self.body().buttons(buttons.into_iter().flatten().collect());
        reading_modal(self.title, post.build().blocks)
    }

    fn body(&self) -> PostBuilder {
        let mut post = PostBuilder::default();
        for text in &self.above {
            post = post.hint(text);
        }
        for line in &self.lines {
            post = post
                .item(line.head.clone(), line.rest.clone())
                .buttons(line.buttons.clone());
        }
        for text in &self.below {
            post = post.hint(text);
        }
        post
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_button_carries_is_short_and_is_read_again() {
        let reading = Reading::Why {
            of: Some("U0DANA".to_owned()),
            permission: "read".to_owned(),
            target: "orders-db/orders".to_owned(),
            from: 10,
        };
        assert_eq!(Reading::of_value(&reading.value()), Some(reading));
        let first = Reading::List { page: Page::First };
        assert_eq!(first.value(), r#"{"list":{"page":"first"}}"#);
        assert_eq!(Reading::of_value("{}"), None);
    }
}
