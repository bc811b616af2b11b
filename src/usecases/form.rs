//! A request form as somebody filled it in, whatever the face: read as a whole, with everything that is wrong with it.

use crate::access::duration::{self, DurationError};
use crate::access::ids::SubmissionId;
use crate::access::matching::first_match;
use crate::access::named::named;
use crate::access::people::Person;
use crate::access::policy::{Refusal, no_flow};

use super::ask::Form;
use super::offer::{self, Chosen};
use super::{Core, UseCaseError};

/// Longest justification that is kept, in characters.
pub const MAX_JUSTIFICATION: usize = 2_000;

named! {
    /// A field of the form.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Field {
        Integration = "integration",
        ResourceType = "type",
        Resources = "resource",
        Permissions = "permission",
        Duration = "duration",
        Justification = "justification",
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    NoIntegration,
    NoResourceType,
    NoResources,
    NoPermissions,
    /// The person cannot request it: there is no such thing, or no flow gives it to them. Which of the two is not said.
    NotOffered,
    Duration(DurationError),
    NoJustification,
    JustificationTooLong,
}

/// The form as it was sent.
#[derive(Clone, Debug)]
pub struct Filled<'a> {
    /// Created when the form was opened.
    pub id: SubmissionId,
    pub chosen: Chosen,
    pub duration: &'a str,
    /// Without what nobody sees.
    pub justification: String,
}

impl Wrong {
    pub const fn field(&self) -> Field {
        match self {
            Self::NoIntegration => Field::Integration,
            Self::NoResourceType => Field::ResourceType,
            Self::NoResources | Self::NotOffered => Field::Resources,
            Self::NoPermissions => Field::Permissions,
            Self::Duration(_) => Field::Duration,
            Self::NoJustification | Self::JustificationTooLong => Field::Justification,
        }
    }
}

/// Why a form makes no request.
#[derive(Clone, Debug)]
pub struct Misfilled {
    /// Everything that is wrong, in the order of the fields.
    pub wrong: Vec<Wrong>,
    /// For the trail: what the person tried to request that exists and that no flow gives them.
    pub refusal: Option<Refusal>,
}

/// The form that `person` filled in, if it is complete and asks for what they are offered.
pub fn read(core: &Core, person: &Person, filled: Filled<'_>) -> Result<Form, Misfilled> {
    let Filled {
        id,
        chosen,
        duration,
        justification,
    } = filled;
    let integration = chosen.integration.clone().unwrap_or_default();
    let kind = core
        .integrations()
        .get(&integration)
        .map(|integration| integration.kind());
    let units = offer::units(core, &integration, &chosen);
    let policy = core.policy();
    let refused = units.iter().flatten();
    let refusal = refused
        .filter(|unit| first_match(&policy, person, &integration, unit).is_none())
        .map(|unit| no_flow(&policy, person, &integration, unit))
        .next();
    let is_open = offer::is_offered(core, person, &integration);
    let lasts = duration::parse(duration);
    let is_wrong = [
        (Wrong::NoIntegration, chosen.integration.is_none()),
        (Wrong::NoResourceType, chosen.resource_type.is_none()),
        (Wrong::NoResources, chosen.resources.is_empty()),
        (Wrong::NoPermissions, chosen.permissions.is_empty()),
        (
            Wrong::NotOffered,
            chosen.integration.is_some() && (!is_open || units.is_none() || refusal.is_some()),
        ),
    ];
    let mut wrong: Vec<Wrong> = is_wrong
        .into_iter()
        .filter_map(|(wrong, is_so)| is_so.then_some(wrong))
        .collect();
    wrong.extend(lasts.as_ref().err().copied().map(Wrong::Duration));
    if justification.is_empty() {
        wrong.push(Wrong::NoJustification);
    } else if justification.chars().count() > MAX_JUSTIFICATION {
        wrong.push(Wrong::JustificationTooLong);
    }
    match (wrong.is_empty(), kind, units, lasts) {
        (true, Some(kind), Some(units), Ok(duration)) => Ok(Form {
            id,
            integration,
            kind: kind.to_owned(),
            resource_type: chosen.resource_type.unwrap_or_default(),
            units,
            duration,
            justification,
        }),
        _ => Err(Misfilled { wrong, refusal }),
    }
}

/// The field that an error is about.
pub const fn field_of(error: &UseCaseError) -> Field {
    match error {
        UseCaseError::TooShort(_) | UseCaseError::Refused(Refusal::TooLong { .. }) => Field::Duration,
        UseCaseError::Refused(Refusal::NoFlow { .. }) => Field::Permissions,
        UseCaseError::Refused(_)
        | UseCaseError::Forbidden(_)
        | UseCaseError::NoSuchRequest
        | UseCaseError::NotNow(_)
        | UseCaseError::Closed(_)
        | UseCaseError::ExtensionClosed(_)
        | UseCaseError::NoReason(_)
        | UseCaseError::Granted(_)
        | UseCaseError::Changed(_)
        | UseCaseError::Extension(_)
        | UseCaseError::NoSuchPerson
        | UseCaseError::HasAlready(_)
        | UseCaseError::AskedAlready(_)
        | UseCaseError::TooManyUnits
        | UseCaseError::NotCompared
        | UseCaseError::SeenBefore
        | UseCaseError::Store(_) => Field::Resources,
    }
}
