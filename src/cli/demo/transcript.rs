//! What the demo prints: who does what where, what they read, and how long it took.
//!
//! It tells the story in about 70 lines, or everything in full.
//!
//! Invariant: no line is wider than 100 columns unless it holds one unbreakable word, and no colours are printed except to a
//! terminal.

use std::io::{IsTerminal, Stdout, Write, stdout};
use std::time::Duration;

/// Characters in a line: a little less than 100, because some characters are two columns wide.
const WIDTH: usize = 96;

const INDENT: &str = "    ";

/// What the story shows of a message below its headline: what people wrote, what they can click, and how access ended.
const OF_A_MESSAGE: [&str; 5] = ["> ", "[", "Duration: ", "Sessions ended: ", "Proof: "];

pub(super) struct Transcript {
    out: Stdout,
    colours: bool,
    full: bool,
    mute: bool,
}

impl Transcript {
    /// On standard output; in colours on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub(super) fn new(full: bool) -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let out = stdout();
        Self {
            colours: out.is_terminal() && !unwanted,
            out,
            full,
            mute: false,
        }
    }

    /// For what only a full transcript shows.
    pub(super) fn detail(&self) -> Self {
        self.unless(!self.full)
    }

    /// For what stands in for details that the story leaves out.
    pub(super) fn story(&self) -> Self {
        self.unless(self.full)
    }

    fn unless(&self, mute: bool) -> Self {
        Self {
            out: stdout(),
            colours: self.colours,
            full: self.full,
            mute: self.mute || mute,
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Starts a new part.
    pub(super) fn part(&self, title: &str) -> std::io::Result<()> {
        let rule = "─".repeat(WIDTH.saturating_sub(title.chars().count() + 5));
        self.put(&format!(
            "{}{}\n",
            self.gap(),
            self.bold(&format!("─── {title} {rule}"))
        ))
    }

    /// A comment by the demo itself.
    pub(super) fn tell(&self, text: &str) -> std::io::Result<()> {
        self.put(&format!("{}{}", self.gap(), wrapped(text, "")))
    }

    /// Says who does or reads something, and where.
    pub(super) fn at(&self, who_and_where: &str) -> std::io::Result<()> {
        self.put(&format!("{}{}\n", self.gap(), self.bold(who_and_where)))
    }

    /// What they read there, line by line.
    pub(super) fn shows(&self, text: &str) -> std::io::Result<()> {
        text.lines().try_for_each(|line| self.put(&wrapped(line, INDENT)))
    }

    /// A message or a window: the headline is highlighted, and the rest is indented below it.
    pub(super) fn message(&self, text: &str) -> std::io::Result<()> {
        let (headline, rest) = text.split_once('\n').unwrap_or((text, ""));
        let plain = wrapped(&headline.replacen('*', "", 2), INDENT);
        self.put(&self.with_bold_word(headline, plain))?;
        rest.lines()
            .filter(|line| self.full || is_of_the_story(line))
            .try_for_each(|line| self.put(&wrapped(line, "      ")))
    }

    /// Who does or reads something, and the one line that it is.
    pub(super) fn says(&self, who_and_where: &str, line: &str) -> std::io::Result<()> {
        if self.full {
            self.at(who_and_where)?;
            return self.shows(line);
        }
        self.put(&wrapped(&format!("{who_and_where}: {line}"), ""))
    }

    /// A message that somebody gets in the conversation with the bot.
    pub(super) fn direct(&self, name: &str, text: &str) -> std::io::Result<()> {
        let headline = text.lines().next().unwrap_or_default();
        if !self.full && !text.lines().skip(1).any(is_of_the_story) {
            return self.says(&format!("{name} reads"), &headline.replacen('*', "", 2));
        }
        self.at(&format!("{name}, in a direct message from the bot"))?;
        self.message(text)
    }

    /// How long something took; `what` says from what until what.
    pub(super) fn took(&self, span: Duration, what: &str) -> std::io::Result<()> {
        let line = wrapped(&format!("({} {what})", spoken(span)), INDENT);
        self.put(&if self.colours {
            format!("\x1b[2m{line}\x1b[0m")
        } else {
            line
        })
    }

    /// Between what one person sees and what the next does.
    const fn gap(&self) -> &'static str {
        if self.full { "\n" } else { "" }
    }

    fn put(&self, text: &str) -> std::io::Result<()> {
        if self.mute {
            return Ok(());
        }
        let mut out = self.out.lock();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    fn bold(&self, text: &str) -> String {
        if self.colours {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }

    /// Slack shows `*WORD*` in bold; a file shows the word.
    fn with_bold_word(&self, headline: &str, plain: String) -> String {
        match headline.split('*').nth(1) {
            Some(word) if !word.is_empty() => plain.replacen(word, &self.bold(word), 1),
            Some(_) | None => plain,
        }
    }
}

fn is_of_the_story(line: &str) -> bool {
    OF_A_MESSAGE.iter().any(|start| line.starts_with(start))
}

/// `0.14 s`, or `4 ms` if it is too short for that.
pub(super) fn spoken(span: Duration) -> String {
    if span < Duration::from_millis(100) {
        format!("{} ms", span.as_millis().max(1))
    } else {
        format!("{:.2} s", span.as_secs_f64())
    }
}

/// The text as complete lines that begin with `indent`. If an indented line is too long, it continues with a little more
/// indent, so it does not look like two lines.
fn wrapped(text: &str, indent: &str) -> String {
    let further = match indent.len() {
        0 => String::new(),
        columns => " ".repeat(columns + 2),
    };
    let mut lines = String::new();
    let mut line = indent.to_owned();
    let mut empty = true;
    // Spaces at the beginning of a line are kept: they indent what belongs to the line above.
    let body = text.trim_start_matches(' ');
    line.push_str(&text[..text.len() - body.len()]);
    for word in body.split(' ') {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line.clone_from(&further);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    lines.push_str(line.trim_end());
    lines.push('\n');
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_line_goes_on_a_little_further_in() {
        let text = "word ".repeat(22);
        insta::assert_snapshot!(wrapped(text.trim_end(), INDENT), @"
        word word word word word word word word word word word word word word word word word word
          word word word word
        ");
    }

    #[test]
    fn columns_keep_their_spaces() {
        assert_eq!(wrapped("1   Hanako   1250", INDENT), "    1   Hanako   1250\n");
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_word_is_lost(words in proptest::collection::vec("[a-zé]{1,20}", 0..60)) {
            let lines = wrapped(&words.join(" "), INDENT);
            prop_assert!(lines.lines().all(|line| line.chars().count() <= WIDTH));
            let kept: Vec<&str> = lines.split_whitespace().collect();
            prop_assert_eq!(kept, words);
        }
    }
}
