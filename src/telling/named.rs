//! What apono says about names in a filter that match nothing, to those who may know that.

use crate::usecases::named::Named;

use super::wording::did_you_mean;

/// Nothing of this name is on offer, and nothing ever was requested.
pub fn nothing(named: Named, name: &str, close: Option<&str>) -> String {
    let said = match named {
        Named::Resource => format!("No resource called \"{name}\" is offered or was ever requested."),
        Named::Permission => format!("No permission called \"{name}\" is offered or was ever requested."),
        Named::Flow => {
            format!("No access flow is called \"{name}\", and nothing was ever requested under that name.")
        }
    };
    format!("{said}{}", did_you_mean(close))
}

/// The trail has no event of this name.
pub fn no_event(name: &str, close: Option<&str>) -> String {
    format!("There is no event \"{name}\".{}", did_you_mean(close))
}
