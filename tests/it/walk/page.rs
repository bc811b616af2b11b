//! The page as it grows: headings, sentences, and blocks of what was read.
//!
//! Invariant: between two parts there is one empty line, and no block contains a fence.

use std::fmt::Write;

#[derive(Default)]
pub(super) struct Page {
    text: String,
    scenes: usize,
}

impl Page {
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Markdown as it is.
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A scene begins: its heading, and what happens in it.
    pub(super) fn scene(&mut self, title: &str, what: &str) {
        self.scenes += 1;
        writeln!(self.text, "\n## {}. {title}", self.scenes).unwrap();
        self.line(what);
    }

    /// One paragraph, or one item of a list.
    pub(super) fn line(&mut self, text: &str) {
        let in_list = text.starts_with("- ")
            && self
                .text
                .lines()
                .last()
                .is_some_and(|line| line.starts_with("- "));
        let gap = if in_list { "" } else { "\n" };
        writeln!(self.text, "{gap}{text}").unwrap();
    }

    /// What was read, and who read it.
    pub(super) fn block(&mut self, who: &str, text: &str) {
        self.line(who);
        self.fence("text", text);
    }

    /// The same as one item of a list, if it is no longer than so many lines.
    pub(super) fn short_or_block(&mut self, who: &str, text: &str, most: usize) {
        if text.lines().count() > most || text.contains('`') {
            self.block(who, text);
            return;
        }
        let lines: Vec<String> = text.lines().map(|line| format!("`{line}`")).collect();
        self.line(&format!("- {who} {}", lines.join(" ")));
    }

    pub(super) fn fence(&mut self, language: &str, text: &str) {
        let lines: Vec<&str> = text.lines().filter(|line| *line != "```").collect();
        writeln!(self.text, "\n```{language}\n{}\n```", lines.join("\n")).unwrap();
    }
}
