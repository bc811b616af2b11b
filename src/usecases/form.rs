//! A request form as somebody filled it in, whatever the face: read as a whole, with everything that is wrong with it.

use crate::access::duration::{self, DurationError};
use crate::access::ids::SubmissionId;
use crate::access::named::named;
use crate::access::policy::Refusal;

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
    /// A resource or permission that the integration does not have.
    NoSuchUnit,
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
            Self::NoResources | Self::NoSuchUnit => Field::Resources,
            Self::NoPermissions => Field::Permissions,
            Self::Duration(_) => Field::Duration,
            Self::NoJustification | Self::JustificationTooLong => Field::Justification,
        }
    }
}

/// The form, if it is complete; otherwise everything that is wrong, in the order of the fields.
pub fn read(core: &Core, filled: Filled<'_>) -> Result<Form, Vec<Wrong>> {
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
    let lasts = duration::parse(duration);
    let is_wrong = [
        (Wrong::NoIntegration, kind.is_none()),
        (Wrong::NoResourceType, chosen.resource_type.is_none()),
        (Wrong::NoResources, chosen.resources.is_empty()),
        (Wrong::NoPermissions, chosen.permissions.is_empty()),
        (Wrong::NoSuchUnit, units.is_none()),
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
        _ => Err(wrong),
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
        | UseCaseError::NoSuchUnit
        | UseCaseError::TooManyUnits
        | UseCaseError::NotCompared
        | UseCaseError::SeenBefore
        | UseCaseError::Store(_) => Field::Resources,
    }
}
