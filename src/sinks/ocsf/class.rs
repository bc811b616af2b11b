//! The classes of the schema that events are in, and the numbers they have there.

use serde_json::{Map, Value};

/// What an event is in the schema, besides what every event has.
pub(super) struct Mapped {
    pub(super) class: Class,
    pub(super) activity: Activity,
    pub(super) status: Status,
    /// The attributes of its class.
    pub(super) own: Map<String, Value>,
}

/// A class of events.
#[derive(Clone, Copy)]
pub(super) enum Class {
    UserAccess,
    Authentication,
    EntityManagement,
    WebResources,
    DetectionFinding,
    ApplicationLifecycle,
    ApplicationError,
}

impl Class {
    pub(super) const fn uid(self) -> u32 {
        match self {
            Self::DetectionFinding => 2004,
            Self::Authentication => 3002,
            Self::EntityManagement => 3004,
            Self::UserAccess => 3005,
            Self::WebResources => 6001,
            Self::ApplicationLifecycle => 6002,
            Self::ApplicationError => 6008,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::DetectionFinding => "Detection Finding",
            Self::Authentication => "Authentication",
            Self::EntityManagement => "Entity Management",
            Self::UserAccess => "User Access Management",
            Self::WebResources => "Web Resources Activity",
            Self::ApplicationLifecycle => "Application Lifecycle",
            Self::ApplicationError => "Application Error",
        }
    }

    pub(super) const fn category(self) -> u32 {
        self.uid() / 1_000
    }

    pub(super) const fn category_name(self) -> &'static str {
        match self {
            Self::DetectionFinding => "Findings",
            Self::Authentication | Self::EntityManagement | Self::UserAccess => {
                "Identity & Access Management"
            }
            Self::WebResources | Self::ApplicationLifecycle | Self::ApplicationError => {
                "Application Activity"
            }
        }
    }

    /// These have `actor` only with the profile of hosts.
    pub(super) const fn profiles(self) -> &'static [&'static str] {
        match self {
            Self::WebResources => &["host"],
            Self::DetectionFinding
            | Self::Authentication
            | Self::EntityManagement
            | Self::UserAccess
            | Self::ApplicationLifecycle
            | Self::ApplicationError => &[],
        }
    }
}

/// What was done, within a class.
#[derive(Clone, Copy)]
pub(super) enum Activity {
    Known(u32, &'static str),
    /// What the schema has no number for; it is called like the kind of event.
    Other,
}

impl Activity {
    pub(super) const fn id(self) -> u32 {
        match self {
            Self::Known(id, _) => id,
            Self::Other => 99,
        }
    }

    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Known(_, name) => Some(name),
            Self::Other => None,
        }
    }
}

/// What came of it.
#[derive(Clone, Copy)]
pub(super) enum Status {
    Success,
    Failure,
    /// Of a finding.
    New,
    Resolved,
}

impl Status {
    /// Number and name.
    pub(super) const fn in_schema(self) -> (u8, &'static str) {
        match self {
            Self::Success => (1, "Success"),
            Self::Failure => (2, "Failure"),
            Self::New => (1, "New"),
            Self::Resolved => (4, "Resolved"),
        }
    }
}

/// The members of an object.
pub(super) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
