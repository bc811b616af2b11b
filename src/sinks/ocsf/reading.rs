//! Web Resources Activity: who read what about others, and what left as a file.

use serde_json::{Map, Value, json};

use super::class::{Activity, Class, Mapped, Status};
use super::objects;
use crate::audit::event::Event;
use crate::audit::exported::Exported;
use crate::audit::read::Read;

const READ: Activity = Activity::Known(2, "Read");
const EXPORT: Activity = Activity::Known(7, "Export");

pub(super) fn read(event: &Event, read: &Read) -> Mapped {
    let mut page = json!({ "name": read.page.name(), "type": "page" });
    if let Some(about) = &read.about {
        page["uid"] = about.key().into();
    }
    mapped(event, READ, page)
}

pub(super) fn exported(event: &Event, exported: &Exported) -> Mapped {
    let file = json!({
        "desc": exported.filter,
        "name": exported.rows.name(),
        "type": exported.format.name(),
    });
    left(event, file)
}

/// A file left.
pub(super) fn left(event: &Event, file: Value) -> Mapped {
    mapped(event, EXPORT, file)
}

fn mapped(event: &Event, activity: Activity, resource: Value) -> Mapped {
    let mut own = Map::new();
    own.insert("actor".to_owned(), objects::actor(&event.actor));
    own.insert("web_resources".to_owned(), vec![resource].into());
    Mapped {
        class: Class::WebResources,
        activity,
        status: Status::Success,
        own,
    }
}
