//! Access reviews: what is decided about a line, and what becomes of it.

use super::named::named;

named! {
    /// What happens to lines that nobody decided before the review was due.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum AtDue {
        /// They are recorded as not reviewed.
        #[default]
        Nothing = "nothing",
        /// Their access is revoked.
        Revoke = "revoke",
    }
}

named! {
    /// What a reviewer says about a line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Verdict {
        Keep = "keep",
        Revoke = "revoke",
    }
}

named! {
    /// What became of a line.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum LineOutcome {
        Kept = "kept",
        /// A reviewer had the access revoked.
        Revoked = "revoked",
        /// The access ended before anybody decided.
        EndedBefore = "ended_before",
        /// Nobody decided in time, and the access stays.
        NotReviewed = "not_reviewed",
        /// Nobody decided in time, so the access was revoked.
        RevokedUndecided = "revoked_undecided",
    }
}

impl AtDue {
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "undecided access stays, and is recorded as not reviewed",
            Self::Revoke => "undecided access is revoked",
        }
    }
}

impl LineOutcome {
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Kept => "Kept",
            Self::Revoked => "Revoked",
            Self::EndedBefore => "Ended before",
            Self::NotReviewed => "Not reviewed",
            Self::RevokedUndecided => "Not reviewed, so revoked",
        }
    }
}
