//! The few block shapes that apono uses, with Slack's limits kept in one place.

use slack_morphism::prelude::*;

use crate::slack::actions::Button;
use crate::telling::phrase::phrase;
use crate::telling::wording::{NAMED, some_of};
use crate::telling::{HEADLINE, Phrase};

use super::dated::Dated;
use super::links::linked;
use super::paragraphs::paragraphs;
use super::text::{clean, escape_shortened, shorten, showable};

/// Slack's limits, in characters or items.
const FIELD: usize = 300;
const FIELDS: usize = 10;
/// For text on lines of its own; the rest of a message still fits beside it in the top-level text.
pub const LONG: usize = 2_500;
const OPTION: usize = 75;
/// For a message's top-level text with its mentions, below the 4,000 that chat.update allows.
const TOP_LEVEL: usize = 3_900;
/// For the mentions in it; the blocks mention everybody.
const MENTIONS: usize = 900;
/// In one block of buttons.
const BUTTONS: usize = 25;

/// A message: the text for notifications and screen readers, and the blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub text: String,
    pub blocks: Vec<SlackBlock>,
}

/// Somebody to mention, and the name for readers who see only text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub user: String,
    pub name: String,
}

/// Builds a message from top to bottom; the top-level text collects the same facts on the way.
#[derive(Debug, Default)]
pub struct PostBuilder {
    facts: Vec<String>,
    blocks: Vec<SlackBlock>,
    /// Member ids.
    mentioned: Vec<String>,
}

impl PostBuilder {
    /// `📝 *REQUESTED* AR-7 Dana Ito (dana@example.com) asks for ...`
    #[must_use]
    pub fn headline(mut self, emoji: &str, word: &str, rest: impl Into<Phrase>) -> Self {
        let room = HEADLINE.saturating_sub(emoji.chars().count() + word.chars().count() + 2);
        let rest = Dated::of(rest);
        let text = shorten(&rest.plain(), room);
        self.facts.push(format!("{emoji} {word} {text}"));
        let mut elements = vec![
            format!("{emoji} ").into(),
            SlackRichTextText::new(word.to_owned()).bold().into(),
            " ".into(),
        ];
        elements.extend(rest.shortened(room).elements());
        self.blocks.push(rich(elements));
        self
    }

    /// `Label: value` lines. At most ten short ones become fields, and any more are joined to the last; long
    /// ones are shown in full below them.
    #[must_use]
    pub fn fields(mut self, fields: &[(&str, Phrase)]) -> Self {
        let lines = fields
            .iter()
            .map(|(label, value)| phrase!("{}: {}", *label, value.clone()))
            .map(|line| (Dated::of(line.clone()).plain(), line));
        let (short, long): (Vec<_>, Vec<_>) = lines.partition(|(line, _)| line.chars().count() <= FIELD);
        self.facts.extend(short.iter().map(|(line, _)| line.clone()));
        self.facts
            .extend(long.iter().map(|(line, _)| shorten(line, FIELD)));
        let (shown, rest) = short.split_at(short.len().min(FIELDS - 1));
        let rest: Vec<&str> = rest.iter().map(|(line, _)| line.as_str()).collect();
        let last = (!rest.is_empty()).then(|| plain(&shorten(&rest.join("; "), FIELD)).into());
        let shown = shown.iter().map(|(_, line)| Dated::of(line.clone()).field());
        let texts: Vec<SlackBlockText> = shown.chain(last).collect();
        if !texts.is_empty() {
            self.blocks
                .push(SlackSectionBlock::new().with_fields(texts).into());
        }
        self.blocks
            .extend(long.iter().flat_map(|(line, _)| paragraphs(line)));
        self
    }

    /// A fact that may be longer than a field, on lines of its own: an error has to be readable in full.
    #[must_use]
    pub fn long(mut self, label: &str, value: &str) -> Self {
        let line = shorten(&format!("{label}: {}", clean(value)), LONG);
        self.blocks.push(rich(vec![line.clone().into()]));
        self.facts.push(line);
        self
    }

    /// A person's own words, introduced by who wrote them.
    #[must_use]
    pub fn words(self, who: &str, words: &str, most: usize) -> Self {
        self.linked_words(who, words, most, &[])
    }

    /// The same, with links to these hosts.
    #[must_use]
    pub fn linked_words(mut self, who: &str, words: &str, most: usize, hosts: &[String]) -> Self {
        let words = shorten(&clean(words), most);
        if words.is_empty() {
            return self;
        }
        self.facts.push(format!("{who} wrote: {words}"));
        self.blocks.push(
            SlackRichTextBlock::new(vec![
                SlackRichTextSection::from(format!("{} wrote:", clean(who))).into(),
                SlackRichTextQuote::new(linked(&words, hosts)).into(),
            ])
            .into(),
        );
        self
    }

    /// A sentence of ours.
    #[must_use]
    pub fn line(mut self, text: impl Into<Phrase>) -> Self {
        let text = Dated::of(text);
        if text.is_empty() {
            return self;
        }
        self.facts.push(text.plain());
        self.blocks.push(rich(text.shortened(2_000).elements()));
        self
    }

    /// A list of our own sentences, each as long as a headline at most.
    #[must_use]
    pub fn list(mut self, lines: &[String]) -> Self {
        if lines.is_empty() {
            // Slack takes no list without items.
            return self;
        }
        let lines = lines.iter().map(|line| shorten(&clean(line), HEADLINE));
        let mut items = Vec::new();
        for line in lines {
            self.facts.push(line.clone());
            items.push(line.into());
        }
        let list = SlackRichTextList::new(SlackRichTextListStyle::Bullet, items);
        self.blocks
            .push(SlackRichTextBlock::new(vec![list.into()]).into());
        self
    }

    /// A list of sentences shown in full, in as many blocks as it takes; nothing if there are none.
    #[must_use]
    pub fn whole(mut self, sentences: &[String]) -> Self {
        let mut room = 0;
        let mut lists: Vec<Vec<SlackRichTextListElement>> = Vec::new();
        for sentence in sentences.iter().map(|sentence| clean(sentence)) {
            let length = sentence.chars().count();
            if length > room {
                lists.push(Vec::new());
                room = LONG;
            }
            room = room.saturating_sub(length);
            if let Some(list) = lists.last_mut() {
                list.push(sentence.as_str().into());
            }
            self.facts.push(sentence);
        }
        for items in lists {
            let list = SlackRichTextList::new(SlackRichTextListStyle::Bullet, items);
            self.blocks
                .push(SlackRichTextBlock::new(vec![list.into()]).into());
        }
        self
    }

    /// A sentence of ours with `commands` in backticks.
    #[must_use]
    pub fn hint(mut self, text: &str) -> Self {
        let text = shorten(&clean(text), LONG);
        let parts = text.split('`').enumerate().map(|(index, part)| {
            let part = SlackRichTextText::new(part.to_owned());
            if index % 2 == 1 { part.code() } else { part }
        });
        let parts = parts.filter(|part| !part.text.is_empty()).map(Into::into);
        self.blocks.push(rich(parts.collect()));
        self.facts.push(text);
        self
    }

    /// One entry of a list: what it is about, and what there is to say.
    #[must_use]
    pub fn item(mut self, head: impl Into<Phrase>, rest: impl Into<Phrase>) -> Self {
        let (head, rest) = (Dated::of(head), Dated::of(rest));
        self.facts.push(format!(
            "{} {}",
            showable(&head.plain(), HEADLINE),
            shorten(&rest.plain(), 500)
        ));
        let mut elements = head.bold(HEADLINE);
        elements.push(" ".into());
        elements.extend(rest.shortened(500).elements());
        self.blocks.push(rich(elements));
        self
    }

    /// Mentions people by their member ids, so their phones ring; nothing if there are none.
    #[must_use]
    pub fn mention(mut self, users: &[String]) -> Self {
        if users.is_empty() {
            return self;
        }
        let mut elements = vec!["For ".into()];
        for (index, user) in users.iter().enumerate() {
            if index > 0 {
                elements.push(", ".into());
            }
            elements.push(SlackRichTextUser::new(user.as_str().into()).into());
        }
        self.blocks.push(rich(elements));
        self.mentioned.extend_from_slice(users);
        self
    }

    /// A link to another message. It is not in the top-level text: it says nothing by itself.
    #[must_use]
    pub fn link(mut self, url: &str, text: &str) -> Self {
        let link = SlackRichTextLink::new(url.into()).with_text(text.to_owned());
        self.blocks.push(rich(vec![link.into()]));
        self
    }

    /// People by their names, as mentions that open their profiles. Only for direct messages: in a channel a mention pings.
    #[must_use]
    pub fn people(mut self, groups: &[(&str, &[Named])]) -> Self {
        let mut elements: Vec<SlackRichTextInlineElement> = Vec::new();
        let mut facts = Vec::new();
        for (label, people) in groups.iter().filter(|(_, people)| !people.is_empty()) {
            let (shown, rest) = people.split_at(people.len().min(NAMED));
            let between = if elements.is_empty() { "" } else { ". " };
            elements.push(format!("{between}{label}: ").into());
            for (index, person) in shown.iter().enumerate() {
                if index > 0 {
                    elements.push(", ".into());
                }
                elements.push(SlackRichTextUser::new(person.user.as_str().into()).into());
            }
            let names: Vec<String> = people.iter().map(|person| person.name.clone()).collect();
            facts.push(format!("{label}: {}", some_of(&names)));
            if !rest.is_empty() {
                elements.push(format!(", +{} more", rest.len()).into());
            }
        }
        if elements.is_empty() {
            return self;
        }
        self.blocks.push(rich(elements));
        self.facts.push(clean(&facts.join(". ")));
        self
    }

    /// Buttons in a row. Slack allows 25 in a block, with each action once: the rest go below.
    #[must_use]
    pub fn buttons(mut self, buttons: Vec<SlackBlockButtonElement>) -> Self {
        let mut rows: Vec<Vec<SlackBlockButtonElement>> = Vec::new();
        for button in buttons {
            let fits = |row: &&mut Vec<SlackBlockButtonElement>| {
                row.len() < BUTTONS && row.iter().all(|other| other.action_id != button.action_id)
            };
            match rows.last_mut().filter(fits) {
                Some(row) => row.push(button),
                None => rows.push(vec![button]),
            }
        }
        for row in rows {
            let elements = row.into_iter().map(Into::into).collect();
            self.blocks.push(SlackActionsBlock::new(elements).into());
        }
        self
    }

    /// Small print at the end.
    #[must_use]
    pub fn context(mut self, text: &str) -> Self {
        let text = clean(text);
        if text.is_empty() {
            return self;
        }
        self.blocks.push(context(&text));
        self.facts.push(text);
        self
    }

    pub fn build(self) -> Post {
        let mut mentions = String::new();
        for user in &self.mentioned {
            let mention = format!(" <@{user}>");
            if mentions.len() + mention.len() > MENTIONS {
                break;
            }
            mentions.push_str(&mention);
        }
        let text = escape_shortened(&self.facts.join("\n"), TOP_LEVEL - mentions.len());
        Post {
            text: text + &mentions,
            blocks: self.blocks,
        }
    }
}

/// A sentence of ours as a paragraph.
pub fn said(sentence: impl Into<Phrase>) -> SlackBlock {
    rich(Dated::of(sentence).elements())
}

/// One paragraph of rich text.
pub fn rich(elements: Vec<SlackRichTextInlineElement>) -> SlackBlock {
    SlackRichTextBlock::new(vec![SlackRichTextSection::new(elements).into()]).into()
}

pub fn context(text: &str) -> SlackBlock {
    SlackContextBlock::new(vec![SlackContextBlockElement::Plain(plain(&shorten(
        text, 2_000,
    )))])
    .into()
}

fn plain(text: &str) -> SlackBlockPlainText {
    SlackBlockPlainText::new(text.to_owned())
}

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    Plain,
    Primary,
    Danger,
}

/// A button; `value` is an opaque id and carries no authority.
pub fn button(button: Button, text: &str, value: &str, look: Look) -> SlackBlockButtonElement {
    let button = SlackBlockButtonElement::new(text.into())
        .with_action_id(button.name().into())
        .with_value(value.to_owned());
    match look {
        Look::Plain => button,
        Look::Primary => button.with_style(SlackBlockButtonStyle::Primary),
        Look::Danger => button.with_style(SlackBlockButtonStyle::Danger),
    }
}

/// "Are you sure?" before a button takes effect.
pub fn confirm(title: &str, text: &str, yes: &str) -> SlackBlockConfirmItem {
    SlackBlockConfirmItem::new(
        title.into(),
        plain(&shorten(text, 300)).into(),
        yes.into(),
        "Keep it".into(),
    )
}

/// An option of a select: a label people read, and an opaque value.
pub fn choice(label: &str, value: &str) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    SlackBlockChoiceItem::new(showable(label, OPTION).as_str().into(), value.to_owned())
}

/// The same for radio buttons.
pub fn radio_choice(label: &str, value: &str) -> SlackBlockChoiceItem<SlackBlockText> {
    let label = showable(label, OPTION);
    SlackBlockChoiceItem::new(SlackBlockText::Plain(plain(&label)), value.to_owned())
}

/// One checkbox, which comes back as `action` if it is ticked.
pub fn tick_box(action: &str, label: &str) -> SlackBlockCheckboxesElement {
    let label = showable(label, OPTION);
    let option = SlackBlockChoiceItem::new(SlackBlockText::Plain(plain(&label)), action.to_owned());
    SlackBlockCheckboxesElement::new(vec![option]).with_action_id(action.into())
}

/// A modal that cannot be submitted.
pub fn reading_modal(title: &str, blocks: Vec<SlackBlock>) -> SlackView {
    let modal = SlackModalView::new(shorten_title(title), blocks).with_close("Close".into());
    SlackView::Modal(modal)
}

/// A modal's title: at most 24 characters.
pub fn shorten_title(title: &str) -> SlackBlockPlainTextOnly {
    shorten(title, 24).as_str().into()
}
