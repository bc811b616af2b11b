//! Names and texts for use in SQL: utility statements take no bind parameters, so this is the only place that quotes.
//!
//! Invariant: what [`Identifier`] and [`Literal`] print is one token of SQL, whatever text they were made from.

use std::fmt;

use crate::access::ids::{InstallId, RequestNumber};

/// PostgreSQL truncates longer names with only a notice, and then two grants could share a role (`NAMEDATALEN` - 1).
const LONGEST_NAME: usize = 63;

/// How much of the installation's id is in a role's name.
const INSTALL_PART: usize = 8;

/// A text that cannot be a name on a PostgreSQL server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadName {
    #[error("is empty")]
    Empty,
    #[error("is longer than 63 bytes")]
    TooLong,
    #[error("contains a NUL character")]
    Nul,
    #[error("does not begin with 8 characters out of a-z and 2-7")]
    NoInstall,
}

/// The name of a role or a database. Its `Display` is the quoted form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identifier(String);

impl Identifier {
    pub(crate) fn new(name: &str) -> Result<Self, BadName> {
        match name {
            "" => Err(BadName::Empty),
            _ if name.len() > LONGEST_NAME => Err(BadName::TooLong),
            _ if name.contains('\0') => Err(BadName::Nul),
            _ => Ok(Self(name.to_owned())),
        }
    }

    /// The bare name, for bind parameters and people.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

/// A text constant, quoted so it is read the same whatever `standard_conforming_strings` is.
pub(crate) struct Literal<'a>(pub(crate) &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubled = self.0.replace('\'', "''").replace('\\', "\\\\");
        write!(f, "E'{}'", doubled.replace('\0', ""))
    }
}

/// The prefix of all roles that any installation creates for grants.
pub(crate) const OURS: &str = "apono_";

/// The same as a PostgreSQL regular expression, including what follows: the bot's own roles may begin with the prefix too.
pub(crate) const OF_A_GRANT: &str = "^apono_[a-z2-7]{8}_ar[1-9][0-9]{0,17}(_|$)";

/// A name that somebody chose, for a one-line note.
pub(crate) fn one_line(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).collect()
}

/// The part of an installation's id that is in the names of its roles.
pub(crate) fn install_part(install: &InstallId) -> Result<&str, BadName> {
    let part = install.as_str().get(..INSTALL_PART).ok_or(BadName::NoInstall)?;
    if part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
        Ok(part)
    } else {
        Err(BadName::NoInstall)
    }
}

/// The prefix of every role of an installation: `apono_<install8>_`.
pub(crate) fn role_prefix(install: &InstallId) -> Result<String, BadName> {
    Ok(format!("{OURS}{}_", install_part(install)?))
}

/// `apono_<install8>_ar<n>_<name>`: installation and number make it unique, and the name is for people who read a list of
/// roles.
pub(crate) fn role_name(
    install: &InstallId,
    request: RequestNumber,
    grantee_name: &str,
) -> Result<Identifier, BadName> {
    let mut name = format!("{}ar{}_", role_prefix(install)?, request.0);
    for c in grantee_name.chars() {
        let plain = match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') => c,
            ' ' | '_' | '-' | '.' => '_',
            _ => continue,
        };
        if name.len() < LONGEST_NAME && !(plain == '_' && name.ends_with('_')) {
            name.push(plain);
        }
    }
    Identifier::new(name.trim_end_matches('_'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name_of(grantee: &str) -> String {
        let name = role_name(&InstallId::new("k3v7q2xa"), RequestNumber(412), grantee);
        name.unwrap().as_str().to_owned()
    }

    #[test]
    fn a_role_is_named_for_install_request_and_grantee() {
        insta::assert_snapshot!(name_of("Dana Ito"), @"apono_k3v7q2xa_ar412_dana_ito");
        insta::assert_snapshot!(name_of("  Jean-Luc  O'Neill "), @"apono_k3v7q2xa_ar412_jean_luc_oneill");
        insta::assert_snapshot!(name_of("x\"; DROP ROLE postgres; --"), @"apono_k3v7q2xa_ar412_x_drop_role_postgres");
        insta::assert_snapshot!(name_of("大輔"), @"apono_k3v7q2xa_ar412");
    }

    #[test]
    fn an_install_without_eight_plain_characters_is_refused() {
        for install in ["", "abc", "ABCDEFGH", "abcdefg\"", "abcdefgé"] {
            let name = role_name(&InstallId::new(install), RequestNumber(1), "dana");
            assert_eq!(name, Err(BadName::NoInstall), "{install}");
        }
    }

    #[test]
    fn names_the_server_would_cut_or_cannot_hold_are_refused() {
        assert_eq!(Identifier::new(""), Err(BadName::Empty));
        assert_eq!(Identifier::new("a\0b"), Err(BadName::Nul));
        assert_eq!(Identifier::new(&"é".repeat(32)), Err(BadName::TooLong));
        assert!(Identifier::new(&"a".repeat(63)).is_ok());
    }

    proptest! {
        #[test]
        fn a_role_name_is_plain_and_fits_whatever_the_grantee_is_called(grantee in ".*", number in 1..=i64::MAX) {
            let name = role_name(&InstallId::new("k3v7q2xa"), RequestNumber(number), &grantee).unwrap();
            prop_assert!(name.as_str().len() <= 63);
            let start = format!("apono_k3v7q2xa_ar{number}");
            prop_assert!(name.as_str().starts_with(&start));
            let plain = name.as_str().bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
            prop_assert!(plain);
        }

        #[test]
        fn a_quoted_name_is_one_token(name in "[^\0]{1,15}") {
            let quoted = Identifier::new(&name).unwrap().to_string();
            let inner = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"')).unwrap();
            prop_assert_eq!(inner.replace("\"\"", ""), name.replace('"', ""));
            prop_assert_eq!(inner.matches('"').count(), 2 * name.matches('"').count());
        }
    }
}
