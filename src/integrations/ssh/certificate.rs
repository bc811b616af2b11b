//! One certificate: for whom, for which account, how long it is valid, and what it allows.
//!
//! Invariant: it never outlives the grant, and allows no forwarding that the config does not list. The format is OpenSSH's
//! PROTOCOL.certkeys.

use std::time::Duration;

use ssh_key::certificate::{Builder, CertType};

use super::person_key::PastedKey;
use super::target::Target;
use super::{Forwarding, SshSettings};
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::integrations::IntegrationError;

/// The length of OpenSSH's own nonces.
const NONCE: usize = 32;

/// When a certificate that is made now expires: with the grant at the latest, and on a whole second, because certificates
/// count seconds.
pub(super) fn ends_at(certificate_for: Duration, now: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let end = Timestamp::from_seconds(now.plus(certificate_for).min(until).seconds());
    (now < end).then_some(end)
}

/// The certificate without its signature.
pub(super) fn draft(
    settings: &SshSettings,
    target: &Target,
    key: &PastedKey,
    now: Timestamp,
    end: Timestamp,
) -> Result<Builder, IntegrationError> {
    let mut nonce = [0_u8; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| {
        IntegrationError::retry(
            Trouble::Odd,
            "the machine provided no random numbers for a certificate",
        )
    })?;
    let filled = fill(settings, target, key, &nonce, now, end);
    filled.map_err(|error| {
        IntegrationError::refuse(
            Trouble::Setup,
            format!("the certificate could not be made: {error}"),
        )
    })
}

fn fill(
    settings: &SshSettings,
    target: &Target,
    key: &PastedKey,
    nonce: &[u8],
    now: Timestamp,
    end: Timestamp,
) -> ssh_key::Result<Builder> {
    let seconds = |time: Timestamp| u64::try_from(time.seconds()).unwrap_or(0);
    let from = now.minus(settings.clock_skew);
    let mut draft = Builder::new(nonce, key.data().clone(), seconds(from), seconds(end))?;
    draft.cert_type(CertType::User)?;
    draft.serial(u64::try_from(target.request.0).unwrap_or(0))?;
    draft.key_id(target.key_id())?;
    for principal in target.principals() {
        draft.valid_principal(principal)?;
    }
    if !settings.source_address.is_empty() {
        draft.critical_option("source-address", settings.source_address.join(","))?;
    }
    draft.extension("permit-pty", "")?;
    for forwarding in &settings.allow {
        draft.extension(forwarding.extension(), "")?;
    }
    draft.comment(target.request.to_string())?;
    Ok(draft)
}

impl Forwarding {
    const fn extension(self) -> &'static str {
        match self {
            Self::Port => "permit-port-forwarding",
            Self::Agent => "permit-agent-forwarding",
            Self::X11 => "permit-X11-forwarding",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_certificate_outlives_its_grant_or_its_time(
            now in 0_i64..4_000_000_000_000_000,
            left in 0_i64..100_000_000_000,
            lasts in 1_u64..86_400,
        ) {
            let now = Timestamp::from_micros(now);
            let until = now.plus(Duration::from_micros(left.unsigned_abs()));
            let lasts = Duration::from_secs(lasts);
            if let Some(end) = ends_at(lasts, now, until) {
                prop_assert!(now < end && end <= until && end <= now.plus(lasts));
                prop_assert_eq!(end.micros() % 1_000_000, 0);
            } else {
                prop_assert!(until.since(now) < Duration::from_secs(1) || lasts <= Duration::from_secs(1));
            }
        }
    }
}
