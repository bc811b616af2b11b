//! What somebody is told about an act that was not carried out: the rule, what became of the request meanwhile, and whom to ask.

use crate::access::extension::ExtensionRefusal;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::policy::Refusal;
use crate::telling::phrase::phrase;
use crate::telling::{Phrase, answers, refusals, wording};
use crate::usecases::refuse::Judged;
use crate::usecases::{UseCaseError, look};

use super::{Bot, HandlerError};

/// How many admins a sentence names.
const NAMED: usize = 2;

impl Bot {
    /// Why `by`'s act was not carried out, addressed to them. `request` is what it was about.
    pub(super) async fn why_not(
        &self,
        error: &HandlerError,
        by: Option<&Person>,
        request: Option<&RequestId>,
    ) -> Phrase {
        let HandlerError::UseCase(why) = error else {
            return sentence(error, by);
        };
        match (why, request) {
            (UseCaseError::NotNow(_) | UseCaseError::Closed(_), Some(request)) => {
                let asked = by.filter(|_| matches!(why, UseCaseError::Closed(_)));
                match look::became(&self.core, request, asked).await {
                    Ok(Some(became)) => answers::not_now(&became),
                    Ok(None) | Err(_) => sentence(error, by),
                }
            }
            (UseCaseError::ExtensionClosed(position), Some(request)) => {
                let Some(by) = by else {
                    return sentence(error, by);
                };
                match look::extension_answered(&self.core, request, *position, by).await {
                    Ok(Some((number, answered))) => {
                        answers::answered_before(number, &answered, "the extension")
                    }
                    Ok(None) | Err(_) => sentence(error, Some(by)),
                }
            }
            (
                UseCaseError::Extension(ExtensionRefusal::NotAllowed | ExtensionRefusal::NoneLeft { .. }),
                Some(request),
            ) => match self.core.store.request(request).await {
                Ok(Some(request)) => phrase!(
                    "{} `/apono again {}` asks for the same again.",
                    sentence(error, by),
                    request.number
                ),
                Ok(None) | Err(_) => sentence(error, by),
            },
            (UseCaseError::Refused(refusal), _) if asks_nobody(refusal) => {
                phrase!("{} {}", sentence(error, by), self.who_helps(by))
            }
            _ => sentence(error, by),
        }
    }

    /// `Ask Ada Lind (admin).`
    pub(super) fn who_helps(&self, reader: Option<&Person>) -> String {
        let policy = self.core.policy();
        if reader.is_some_and(|reader| policy.is_admin(reader)) {
            return wording::ADMIN_HELPS_ITSELF.to_owned();
        }
        wording::ask_admins(&self.directory.known.admins(&policy, NAMED))
    }
}

/// The rule alone.
pub(super) fn sentence(error: &HandlerError, by: Option<&Person>) -> Phrase {
    let said = match error {
        HandlerError::Refused(judged) => refusals::forbidden(&judged.why),
        HandlerError::UseCase(error) => match by.and_then(|by| Judged::of(error, by)) {
            Some(judged) => refusals::forbidden(&judged.why),
            None => answers::why_not(error),
        },
        HandlerError::Later(_) => answers::why_not(&UseCaseError::Refused(Refusal::StaleFacts)),
    };
    said.into()
}

/// Whether the sentence about it names nobody who could help.
const fn asks_nobody(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::NoFlow { nearest: None, .. } => true,
        Refusal::NoFlow {
            nearest: Some(nearest),
            ..
        } => nearest.contact.is_none(),
        Refusal::NobodyCanDecide { contact, .. } => contact.is_none(),
        Refusal::StaleFacts
        | Refusal::RequesterUnknown
        | Refusal::RequesterNotAllowed(_)
        | Refusal::Blocked
        | Refusal::Frozen { .. }
        | Refusal::RevokeOnly
        | Refusal::TooLong { .. }
        | Refusal::NoAccount { .. } => false,
    }
}
