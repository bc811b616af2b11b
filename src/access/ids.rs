//! The names of things: opaque text ids, ordered by creation time, and `AR-<n>` for people.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// A person, whatever accounts they have.
    PersonId
);
text_id!(
    /// A request, as the database and button values know it.
    RequestId
);
text_id!(
    /// One form sent; it can make several requests.
    SubmissionId
);
text_id!(
    /// A piece of people's own text, kept apart from the audit trail that commits to it.
    TextId
);
text_id!(
    /// This installation; 8 characters of `a-z2-7` that are part of every principal's name.
    InstallId
);

/// The number people know a request by; gap-free over the life of an install.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestNumber(pub i64);

impl fmt::Display for RequestNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AR-{}", self.0)
    }
}

/// The text is not a request number.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a request number")]
pub struct NotARequestNumber;

/// Takes `AR-7`, `ar-7`, `ar7` and `7`.
impl FromStr for RequestNumber {
    type Err = NotARequestNumber;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = match text.get(..2) {
            Some(prefix) if prefix.eq_ignore_ascii_case("ar") => {
                text[2..].strip_prefix('-').unwrap_or(&text[2..])
            }
            Some(_) | None => text,
        };
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotARequestNumber);
        }
        match digits.parse() {
            Ok(number) if number > 0 => Ok(Self(number)),
            Ok(_) | Err(_) => Err(NotARequestNumber),
        }
    }
}
