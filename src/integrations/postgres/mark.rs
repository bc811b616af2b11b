//! The comment on a login, which says whose it is: an administrator sees it with `\du+`, and the bot recognises its own roles
//! by it.

use crate::access::ids::{InstallId, RequestNumber};
use crate::access::time::Timestamp;

/// What a role was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// For logging in.
    Login,
    /// As a role whose member is an account that the grantee already has.
    Lease,
}

impl Made {
    const ALL: [Self; 2] = [Self::Login, Self::Lease];

    /// The word for it in comments and for people.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Lease => "lease",
        }
    }
}

/// What a comment on a role says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Ours {
        install: InstallId,
        request: RequestNumber,
        /// None in comments from before they included it.
        made: Option<Made>,
        revoked: bool,
        /// A cleanup found that it owns something, and left it there.
        kept: bool,
        /// Its end; none if it was revoked, or if somebody wrote something that is not a time.
        until: Option<Timestamp>,
    },
    /// No comment, or one that somebody else wrote.
    Foreign,
}

/// `apono AR-412 of install k3v7q2xa, login, until 2026-11-23T16:05:09.000000Z`. The word for what the role was made for is
/// where the SQL of earlier versions, which a server may still run, skips it.
pub(crate) fn live_comment(
    install: &InstallId,
    request: RequestNumber,
    made: Made,
    until: Timestamp,
) -> String {
    format!(
        "apono {request} of install {install}, {}, until {}",
        made.word(),
        until.to_rfc3339()
    )
}

/// `apono AR-412 of install k3v7q2xa, login, revoked`
pub(crate) fn revoked_comment(install: &InstallId, request: RequestNumber, made: Made) -> String {
    format!("apono {request} of install {install}, {}, revoked", made.word())
}

/// `apono AR-412 of install k3v7q2xa, login, revoked, owns 3 objects in orders`
pub(crate) fn kept_comment(install: &InstallId, request: RequestNumber, made: Made, kept: &str) -> String {
    format!("{}, owns {kept}", revoked_comment(install, request, made))
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

    pub(crate) fn is_kept(&self) -> bool {
        match self {
            Self::Ours { kept, .. } => *kept,
            Self::Foreign => false,
        }
    }

    fn parse(comment: &str) -> Option<Self> {
        let (request, rest) = comment.strip_prefix("apono ")?.split_once(" of install ")?;
        let (install, rest) = rest.split_once(", ")?;
        let told = Made::ALL.into_iter().find_map(|made| {
            let state = rest.strip_prefix(made.word())?.strip_prefix(", ")?;
            Some((made, state))
        });
        let (made, state) = told.map_or((None, rest), |(made, state)| (Some(made), state));
        let kept = state.starts_with("revoked, owns ");
        let revoked = kept || state == "revoked";
        let until = state.strip_prefix("until ");
        (revoked || until.is_some()).then_some(())?;
        Some(Self::Ours {
            install: InstallId::new(install),
            request: request.parse().ok()?,
            made,
            revoked,
            kept,
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
        let ar_412 = RequestNumber(412);
        let end = Timestamp::from_seconds(1_795_449_909);
        let live = live_comment(&install, ar_412, Made::Login, end);
        insta::assert_snapshot!(live, @"apono AR-412 of install k3v7q2xa, login, until 2026-11-23T16:05:09.000000Z");
        let lease = live_comment(&install, ar_412, Made::Lease, end);
        // Roles made before comments said what they are still have this form.
        let older = live.replace(", login", "");
        for (comment, made, revoked, until) in [
            (live, Some(Made::Login), false, Some(end)),
            (lease, Some(Made::Lease), false, Some(end)),
            (
                revoked_comment(&install, ar_412, Made::Lease),
                Some(Made::Lease),
                true,
                None,
            ),
            (older, None, false, Some(end)),
            (
                kept_comment(&install, ar_412, Made::Login, "3 objects in orders"),
                Some(Made::Login),
                true,
                None,
            ),
            (
                "apono AR-412 of install k3v7q2xa, revoked".to_owned(),
                None,
                true,
                None,
            ),
        ] {
            let ours = Mark::Ours {
                install: install.clone(),
                request: ar_412,
                made,
                revoked,
                kept: comment.ends_with("owns 3 objects in orders"),
                until,
            };
            assert_eq!(Mark::read(Some(&comment)), ours);
            assert!(ours.is_of(&install, ar_412));
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
            "apono AR-1 of install k3v7q2xa, account, revoked",
        ] {
            assert_eq!(Mark::read(Some(comment)), Mark::Foreign, "{comment}");
        }
        assert_eq!(Mark::read(None), Mark::Foreign);
    }
}
