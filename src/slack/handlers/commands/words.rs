//! The words after `/apono`, read.

use crate::access::ids::RequestNumber;

/// What somebody typed after `/apono`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Opens the form; never in the inbox.
    Request,
    /// Can be answered in the acknowledgement.
    Help {
        unknown: Option<String>,
    },
    List,
    Show {
        number: Option<RequestNumber>,
    },
    Revoke {
        number: Option<RequestNumber>,
    },
}

impl Command {
    /// What the trail says of one that was refused.
    pub(super) const fn tried(&self) -> &'static str {
        match self {
            Self::Request => "/apono request",
            Self::Help { .. } => "/apono help",
            Self::List => "/apono list",
            Self::Show { .. } => "/apono show",
            Self::Revoke { .. } => "/apono revoke",
        }
    }

    /// Reads the words; case and spare spaces do not matter.
    pub fn read(text: &str) -> Self {
        let mut words = text.split_whitespace();
        let Some(first) = words.next() else {
            return Self::Help { unknown: None };
        };
        let number = words.next().and_then(|word| word.parse().ok());
        match first.to_lowercase().as_str() {
            "request" => Self::Request,
            "help" => Self::Help { unknown: None },
            "list" => Self::List,
            "show" => Self::Show { number },
            "revoke" => Self::Revoke { number },
            _ => Self::Help {
                unknown: Some(first.to_owned()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_understood_whatever_their_case() {
        assert_eq!(Command::read("  LIST "), Command::List);
        assert_eq!(Command::read(""), Command::Help { unknown: None });
        assert_eq!(
            Command::read("show ar-7"),
            Command::Show {
                number: Some(RequestNumber(7))
            }
        );
        assert_eq!(Command::read("revoke seven"), Command::Revoke { number: None });
        assert_eq!(
            Command::read("grant me"),
            Command::Help {
                unknown: Some("grant".to_owned())
            }
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_command(text in ".*") {
            let _ = Command::read(&text);
        }
    }
}
