//! Application Lifecycle and Application Error: apono itself.

use serde_json::{Map, json};

use super::class::{Activity, Class, Mapped, Status, members};

pub(super) const INSTALL: Activity = Activity::Known(1, "Install");
pub(super) const START: Activity = Activity::Known(3, "Start");
pub(super) const STOP: Activity = Activity::Known(4, "Stop");
const GENERAL_ERROR: Activity = Activity::Known(1, "General Error");

pub(super) fn about(activity: Activity) -> Mapped {
    let app =
        json!({ "app": { "name": "apono", "vendor_name": "apono", "version": env!("CARGO_PKG_VERSION") } });
    Mapped {
        class: Class::ApplicationLifecycle,
        activity,
        status: Status::Success,
        own: members(app),
    }
}

/// Something that apono could not do.
pub(super) fn error() -> Mapped {
    Mapped {
        class: Class::ApplicationError,
        activity: GENERAL_ERROR,
        status: Status::Failure,
        own: Map::new(),
    }
}
