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
        // Its words are in others too.
        Self::NotNow,
    ];

    /// Words that stand in this answer, and in no other before it in [`Self::ALL`].
    const fn words(self) -> &'static str {
        match self {
            Self::Own => "You cannot decide your own request",
            Self::Guest => "Guest accounts may not do that",
            Self::NotApprover => "You are not an approver",
            Self::NotNow => "othing was changed",
            Self::NotAllowedAnyMore => "This request cannot be granted",
            Self::TooLong => "allows at most",
            Self::AskedAlready => "You already requested that",
            Self::HasAlready => "You already have that",
            Self::NotYours => "This is somebody else's request",
            Self::GrantedAlready => "is already granted",
            Self::Cancelled => "is cancelled; nothing had been granted yet",
            Self::BeingTakenAway => "is being revoked",
            Self::Extended => "later than before",
            Self::NoExtensions => "does not allow extensions",
            Self::NoneLeft => "which is the most its access flow allows",
        }
    }

    pub(super) fn read(text: &str) -> Self {
        let found = Self::ALL.into_iter().find(|told| text.contains(told.words()));
        found.unwrap_or_else(|| panic!("an answer that no history expects: {text}"))
    }
}
