//! What somebody reads alone after they did something, as far as a history cares.

/// The sense of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    Own,
    Guest,
    NotApprover,
    /// It came too late: the request is in another state.
    NotNow,
    NotAllowedAnyMore,
    TooLong,
    AskedAlready,
    HasAlready,
    NotYours,
    GrantedAlready,
    Cancelled,
    BeingTakenAway,
    Extended,
    NoExtensions,
    NoneLeft,
}

impl Told {
    const ALL: [Self; 15] = [
        Self::Own,
        Self::Guest,
        Self::NotApprover,
        Self::NotNow,
        Self::NotAllowedAnyMore,
        Self::TooLong,
        Self::AskedAlready,
        Self::HasAlready,
        Self::NotYours,
        Self::GrantedAlready,
        Self::Cancelled,
        Self::BeingTakenAway,
        Self::Extended,
        Self::NoExtensions,
        Self::NoneLeft,
    ];

    /// Words that stand in this answer and in no other.
    const fn words(self) -> &'static str {
        match self {
            Self::Own => "You cannot decide your own request",
            Self::Guest => "Guest accounts may not do that",
            Self::NotApprover => "You are not among the approvers",
            Self::NotNow => "now, so nothing was changed",
            Self::NotAllowedAnyMore => "This request cannot be granted",
            Self::TooLong => "under the flow",
            Self::AskedAlready => "You asked for that already",
            Self::HasAlready => "You have that already",
            Self::NotYours => "This request is somebody else's",
            Self::GrantedAlready => "is granted already",
            Self::Cancelled => "is cancelled; nothing had been granted yet",
            Self::BeingTakenAway => "is being taken away",
            Self::Extended => "later than before",
            Self::NoExtensions => "does not let it be extended",
            Self::NoneLeft => "which is all that its access flow allows",
        }
    }

    pub(super) fn read(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|told| text.contains(told.words()));
        found.unwrap_or_else(|| panic!("an answer that no history expects: {text}"))
    }
}
