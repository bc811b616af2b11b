//! The comment on a login, which says whose it is: an administrator reads it with `\du+`, and the bot knows its own by it.

use crate::access::ids::{InstallId, RequestNumber};
use crate::access::time::Timestamp;

/// What a comment on a role says about us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Ours {
        install: InstallId,
        request: RequestNumber,
        revoked: bool,
        /// Its end; none where it was revoked, or where somebody wrote what is no time.
        until: Option<Timestamp>,
    },
    /// No comment, or one that somebody else wrote.
    Foreign,
}

/// `apono AR-412 of install k3v7q2xa, until 2026-11-23T16:05:09.000000Z`
pub(crate) fn live_comment(install: &InstallId, request: RequestNumber, until: Timestamp) -> String {
    format!(
        "apono {request} of install {install}, until {}",
        until.to_rfc3339()
    )
}

/// `apono AR-412 of install k3v7q2xa, revoked`
pub(crate) fn revoked_comment(install: &InstallId, request: RequestNumber) -> String {
    format!("apono {request} of install {install}, revoked")
}

impl Mark {
    pub(crate) fn read(comment: Option<&str>) -> Self {
        comment.and_then(Self::parse).unwrap_or(Self::Foreign)
    }

    pub(crate) fn is_of(&self, of_install: &InstallId, of_request: RequestNumber) -> bool {
        match self {
            Self::Ours { install, request, .. } => install == of_install && *request == of_request,
            Self::Foreign => false,
        }
    }

    pub(crate) fn is_revoked(&self) -> bool {
        match self {
            Self::Ours { revoked, .. } => *revoked,
            Self::Foreign => false,
        }
    }

    fn parse(comment: &str) -> Option<Self> {
        let (request, rest) = comment.strip_prefix("apono ")?.split_once(" of install ")?;
        let (install, state) = rest.split_once(", ")?;
        let revoked = state == "revoked";
        let until = state.strip_prefix("until ");
        (revoked || until.is_some()).then_some(())?;
        Some(Self::Ours {
            install: InstallId::new(install),
            request: request.parse().ok()?,
            revoked,
            until: until.and_then(Timestamp::from_rfc3339),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_back_as_it_was_written() {
        let install = InstallId::new("k3v7q2xa");
        let end = Timestamp::from_seconds(1_795_449_909);
        let live = live_comment(&install, RequestNumber(412), end);
        insta::assert_snapshot!(live, @"apono AR-412 of install k3v7q2xa, until 2026-11-23T16:05:09.000000Z");
        for (comment, revoked, until) in [
            (live, false, Some(end)),
            (revoked_comment(&install, RequestNumber(412)), true, None),
        ] {
            let ours = Mark::Ours {
                install: install.clone(),
                request: RequestNumber(412),
                revoked,
                until,
            };
            assert_eq!(Mark::read(Some(&comment)), ours);
            assert!(ours.is_of(&install, RequestNumber(412)));
            assert!(!ours.is_of(&install, RequestNumber(41)));
        }
    }

    #[test]
    fn a_comment_of_somebody_else_is_foreign() {
        for comment in [
            "",
            "apono",
            "the reporting login",
            "apono AR-x of install k3v7q2xa, revoked",
            "apono AR-1 of install k3v7q2xa, kept",
        ] {
            assert_eq!(Mark::read(Some(comment)), Mark::Foreign, "{comment}");
        }
        assert_eq!(Mark::read(None), Mark::Foreign);
    }
}
