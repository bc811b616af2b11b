//! Parses the words after `/apono`. Nothing here looks anything up: what a command does is decided where it is carried out.

use std::time::Duration;

use crate::access::closest::closest;
use crate::access::forbidden::Tried;
use crate::access::ids::RequestNumber;
use crate::access::named::named;

use super::super::super::encoded::{Word as Typed, Words};
use super::super::super::views::red_button::Named;
use super::arguments::{block, email, extend, number, reason, revoke, why};
use super::likely::LIKELY;
use super::sought::{Sought, sought};

named! {
    /// The first word after `/apono`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Word {
        Request = "request",
        Again = "again",
        Cancel = "cancel",
        Connect = "connect",
        Extend = "extend",
        Revoke = "revoke",
        List = "list",
        Show = "show",
        Active = "active",
        Pending = "pending",
        Log = "log",
        Whoami = "whoami",
        Why = "why",
        Block = "block",
        Unblock = "unblock",
        Freeze = "freeze",
        Thaw = "thaw",
        Accept = "accept",
        Portal = "portal",
        Report = "report",
        Review = "review",
        Help = "help",
    }
}

impl Word {
    /// A complete example. It names no request that may exist: somebody may copy it.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Request => "/apono request read orders 2h because ...",
            Self::Again => "/apono again AR-...",
            Self::Extend => "/apono extend AR-... 1h",
            Self::List => "/apono list",
            Self::Show => "/apono show AR-...",
            Self::Cancel => "/apono cancel AR-...",
            Self::Connect => "/apono connect AR-...",
            Self::Revoke => "/apono revoke AR-...",
            Self::Pending => "/apono pending",
            Self::Log => "/apono log orders-db 7d.. granted",
            Self::Active => "/apono active",
            Self::Whoami => "/apono whoami",
            Self::Why => "/apono why read on orders",
            Self::Block => "/apono block @person laptop was stolen; tell them: call the help desk",
            Self::Unblock => "/apono unblock @person",
            Self::Freeze => "/apono freeze NAME being moved",
            Self::Thaw => "/apono thaw NAME",
            Self::Accept => "/apono accept dana@example.com",
            Self::Portal => "/apono portal",
            Self::Report => "/apono report",
            Self::Review => "/apono review",
            Self::Help => "/apono help",
        }
    }

    /// What has to follow it, in words.
    pub const fn takes(self) -> &'static str {
        match self {
            Self::Show | Self::Again | Self::Cancel | Self::Connect | Self::Revoke => {
                "needs a request number"
            }
            Self::List | Self::Active | Self::Log => {
                "takes, each at most once, a person (picked from the list that Slack shows after @), an integration, a resource, a time such as `2026-11-01..2026-11-30`, `7d..` or `yesterday`, and a status such as `granted`"
            }
            Self::Extend => "needs a request number and how much longer you need it",
            Self::Block | Self::Unblock => "needs a person, picked from the list that Slack shows after @",
            Self::Freeze | Self::Thaw => "needs the name of an integration",
            Self::Accept => {
                "needs an email address, from the config or of an identity provider account that is waiting"
            }
            Self::Why => "needs a permission and a resource",
            Self::Request
            | Self::Pending
            | Self::Whoami
            | Self::Portal
            | Self::Report
            | Self::Review
            | Self::Help => "needs nothing more",
        }
    }

    /// What else may follow it, in a sentence with a space before it, or nothing.
    pub const fn also(self) -> &'static str {
        match self {
            Self::Revoke => {
                " Admins can also write `revoke all` and a person, picked from the list that Slack shows after @, or `revoke all on` and the name of an integration."
            }
            _ => "",
        }
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let likely = || LIKELY.iter().find(|(word, _)| *word == text);
        Self::named(&text).or_else(|| likely().map(|(_, meant)| *meant))
    }

    /// The word closest to a mistyped one.
    pub fn nearest(text: &str) -> Option<Self> {
        closest(text, Self::ALL.map(Self::name)).and_then(Self::read)
    }
}

/// What somebody typed after `/apono`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    Request {
        /// What was typed after the word, which fills in the form.
        wish: Vec<String>,
    },
    Help,
    /// A link to the portal.
    Portal,
    /// The reports that they may run.
    Reports,
    /// The access reviews that wait for them.
    Reviews,
    /// The first word is unknown.
    Unknown {
        word: String,
    },
    /// A known word whose arguments are missing or cannot be read.
    Unfinished {
        word: Word,
    },
    List,
    Active {
        sought: Sought,
    },
    Pending,
    Log {
        sought: Sought,
    },
    Whoami,
    Why {
        /// The Slack user it is about, if one is mentioned.
        of: Option<String>,
        permission: String,
        target: String,
    },
    Show {
        number: RequestNumber,
    },
    Again {
        number: RequestNumber,
    },
    Cancel {
        number: RequestNumber,
    },
    Connect {
        number: RequestNumber,
    },
    Extend {
        number: RequestNumber,
        added: Duration,
        /// What it is for, if they said it.
        words: Option<String>,
    },
    Revoke {
        number: RequestNumber,
        reason: Option<String>,
    },
    RevokeAll {
        named: Named,
        reason: Option<String>,
    },
    Block {
        /// A Slack user id.
        user: String,
        reason: Option<String>,
        /// What the person is told.
        told: Option<String>,
    },
    Unblock {
        user: String,
    },
    Freeze {
        integration: String,
        reason: Option<String>,
    },
    Thaw {
        integration: String,
    },
    Accept {
        /// Lower case.
        email: String,
        /// Of an account of an issuer that waits.
        code: Option<String>,
    },
}

/// How a command is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A window opens; nothing is kept.
    Window,
    /// The answer is known at once and goes into the acknowledgement.
    Acknowledgement,
    /// It is stored in the inbox before it is acknowledged, and answered once it is carried out.
    Inbox,
}

impl Command {
    /// Reads the words; case and extra spaces do not matter.
    pub fn read(text: &Words) -> Self {
        let Some((first, rest)) = text.as_slice().split_first() else {
            return Self::Help;
        };
        let Some(word) = Word::read(&first.text) else {
            return match number(text.as_slice()) {
                Some((number, [])) => Self::Show { number },
                _ => Self::Unknown {
                    word: first.text.clone(),
                },
            };
        };
        Self::finish(word, rest).unwrap_or(Self::Unfinished { word })
    }

    fn finish(word: Word, rest: &[Typed]) -> Option<Self> {
        let number = || number(rest).map(|(number, _)| number);
        Some(match word {
            Word::Request => Self::Request {
                wish: rest.iter().map(|word| word.text.clone()).collect(),
            },
            Word::Help => Self::Help,
            Word::Portal => Self::Portal,
            Word::Report => Self::Reports,
            Word::Review => Self::Reviews,
            Word::List | Word::Show if rest.is_empty() => Self::List,
            Word::List | Word::Log => Self::Log {
                sought: sought(rest)?,
            },
            Word::Active => Self::Active {
                sought: sought(rest)?,
            },
            Word::Pending => Self::Pending,
            Word::Whoami => Self::Whoami,
            Word::Why => why(rest)?,
            Word::Show => Self::Show { number: number()? },
            Word::Again => Self::Again { number: number()? },
            Word::Cancel => Self::Cancel { number: number()? },
            Word::Connect => Self::Connect { number: number()? },
            Word::Extend => extend(rest)?,
            Word::Revoke => revoke(rest)?,
            Word::Block => block(rest)?,
            Word::Unblock => Self::Unblock {
                user: rest.first()?.mention.clone()?,
            },
            Word::Freeze => Self::Freeze {
                integration: rest.first()?.text.clone(),
                reason: reason(rest),
            },
            Word::Thaw => Self::Thaw {
                integration: rest.first()?.text.clone(),
            },
            Word::Accept => Self::Accept {
                email: email(rest)?,
                code: rest.get(1).map(|word| word.text.to_lowercase()),
            },
        })
    }

    /// How the trail names a refused command.
    pub(super) fn tried(&self) -> Tried {
        let word = match self {
            Self::Request { .. } => Word::Request,
            Self::Help | Self::Unknown { .. } => Word::Help,
            Self::Unfinished { word } => *word,
            Self::Portal => Word::Portal,
            Self::Reports => Word::Report,
            Self::Reviews => Word::Review,
            Self::List => Word::List,
            Self::Active { .. } => Word::Active,
            Self::Pending => Word::Pending,
            Self::Log { .. } => Word::Log,
            Self::Whoami => Word::Whoami,
            Self::Why { .. } => Word::Why,
            Self::Show { .. } => Word::Show,
            Self::Again { .. } => Word::Again,
            Self::Cancel { .. } => Word::Cancel,
            Self::Connect { .. } => Word::Connect,
            Self::Extend { .. } => Word::Extend,
            Self::Revoke { .. } | Self::RevokeAll { .. } => Word::Revoke,
            Self::Block { .. } => Word::Block,
            Self::Unblock { .. } => Word::Unblock,
            Self::Freeze { .. } => Word::Freeze,
            Self::Thaw { .. } => Word::Thaw,
            Self::Accept { .. } => Word::Accept,
        };
        Tried::Command(Some(word.name().to_owned()))
    }

    /// The request that it is about, if it is about one.
    pub(super) const fn number(&self) -> Option<RequestNumber> {
        match self {
            Self::Show { number }
            | Self::Again { number }
            | Self::Cancel { number }
            | Self::Connect { number }
            | Self::Extend { number, .. }
            | Self::Revoke { number, .. } => Some(*number),
            Self::Request { .. }
            | Self::Help
            | Self::Unknown { .. }
            | Self::Unfinished { .. }
            | Self::List
            | Self::Active { .. }
            | Self::Pending
            | Self::Log { .. }
            | Self::Whoami
            | Self::Portal
            | Self::Reports
            | Self::Reviews
            | Self::Why { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::Freeze { .. }
            | Self::Thaw { .. }
            | Self::RevokeAll { .. }
            | Self::Accept { .. } => None,
        }
    }

    pub const fn way(&self) -> Way {
        match self {
            Self::Request { .. } | Self::Again { .. } | Self::Connect { .. } | Self::RevokeAll { .. } => {
                Way::Window
            }
            Self::Help | Self::Unknown { .. } | Self::Unfinished { .. } => Way::Acknowledgement,
            Self::List
            | Self::Active { .. }
            | Self::Pending
            | Self::Log { .. }
            | Self::Whoami
            | Self::Portal
            | Self::Reports
            | Self::Reviews
            | Self::Why { .. }
            | Self::Show { .. }
            | Self::Cancel { .. }
            | Self::Extend { .. }
            | Self::Revoke { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::Freeze { .. }
            | Self::Thaw { .. }
            | Self::Accept { .. } => Way::Inbox,
        }
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
