//! What was found when checking something outside, for `apono check --online`: each finding is one line and says how to fix
//! it.
//!
//! Invariant: no finding's text holds a secret.

use std::fmt;

/// How bad it is, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Ok,
    /// It cannot be checked from here, and somebody may want to look.
    Unseen,
    /// It works, but is less safe than it could be.
    Warning,
    /// Something will fail.
    Problem,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Ok => "ok",
            Self::Unseen => "unseen",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

/// Something to know, as a sentence without a capital letter or a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub grade: Grade,
    pub text: String,
    /// What to do about it, in the same form; empty if there is nothing to do.
    pub mend: String,
}

impl Finding {
    pub fn ok(text: impl Into<String>) -> Self {
        Self::new(Grade::Ok, text, "")
    }

    pub fn unseen(text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(Grade::Unseen, text, mend)
    }

    pub fn warning(text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(Grade::Warning, text, mend)
    }

    pub fn problem(text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::new(Grade::Problem, text, mend)
    }

    /// The same finding, about `what`.
    #[must_use]
    pub fn about(self, what: &str) -> Self {
        Self {
            text: format!("{what}: {}", self.text),
            ..self
        }
    }

    fn new(grade: Grade, text: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            grade,
            text: text.into(),
            mend: mend.into(),
        }
    }
}

/// `problem  the bot cannot end sessions; fix: GRANT pg_signal_backend TO ...`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<8} {}", self.grade, on_one_line(&self.text))?;
        if self.mend.is_empty() {
            return Ok(());
        }
        write!(f, "; fix: {}", on_one_line(&self.mend))
    }
}

/// With every character escaped that would end the line, move the cursor or turn the text around: names on a target can hold them.
fn on_one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                line.extend(c.escape_unicode());
            }
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_a_target_forges_no_line() {
        let forged = Finding::problem(
            "PUBLIC has CREATE on x\nok       all is well \u{1b}[1A\u{202e}",
            "",
        );
        assert_eq!(
            forged.to_string(),
            "problem  PUBLIC has CREATE on x\\nok       all is well \\u{1b}[1A\\u{202e}"
        );
    }
}
