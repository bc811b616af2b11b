//! Who read what about others.

use crate::audit::day::{Day, ReaderOfDay};
use crate::audit::event::{Event, Via};
use crate::audit::read::{About, Page, Read};

use super::event::{Place, Told, who, who_in_full};
use super::phrase::{Phrase, phrase};

pub(super) fn told<'a>(event: &Event, read: &Read) -> Told<'a> {
    let face = match event.via {
        Via::Portal => " in the portal",
        Via::Slack => " in Slack",
        Via::Cli | Via::Worker | Via::Reconcile => "",
    };
    let headline = phrase!("{} read {}{}", who(&event.actor), what(read), face);
    Told::new("👁️", "READ", headline)
        .place(Place::Alone)
        .field("Reader", who_in_full(&event.actor))
        .field("In the hour from", read.hour)
}

/// What was read, for a sentence.
fn what(read: &Read) -> Phrase {
    let Some(about) = &read.about else {
        return unnamed(read.page).into();
    };
    match read.page {
        Page::Why => phrase!("why {} can or cannot request something", named(about)),
        Page::RevokeAll => phrase!("what the red button ends for {}", named(about)),
        Page::Request => named(about),
        Page::Activity
        | Page::Active
        | Page::Dashboard
        | Page::Log
        | Page::People
        | Page::Person
        | Page::Integration
        | Page::Resource
        | Page::Revoke
        | Page::Review => phrase!("the page of {}", named(about)),
    }
}

/// A list, or what came after the first few.
const fn unnamed(page: Page) -> &'static str {
    match page {
        Page::Activity => "everybody's requests",
        Page::Active => "everybody's access",
        Page::Dashboard => "the dashboard",
        Page::Log => "the audit log",
        Page::Request => "more requests",
        Page::People => "the list of people",
        Page::Person => "the pages of more people",
        Page::Integration => "the pages of more integrations",
        Page::Resource => "the pages of more resources",
        Page::Why => "why more people can or cannot request something",
        Page::Revoke => "requests that they selected to revoke",
        Page::RevokeAll => "what the red button ends for others",
        Page::Review => "access reviews",
    }
}

fn named(about: &About) -> Phrase {
    match about {
        About::Request(number) => (*number).into(),
        About::Person(person) => person.into(),
        About::Integration(name) => name.into(),
        About::Resource { integration, name } => phrase!("{} on {}", name, integration),
    }
}

/// `2 people; Sam Reyes (sam@example.com): activity x3, audit log; ...`. Nothing if nobody read.
pub(super) fn of_day(day: &Day) -> Option<Phrase> {
    let count = match day.readers.len() as u64 + day.more_readers {
        0 => return None,
        1 => "1 person".to_owned(),
        people => format!("{people} people"),
    };
    let more = (day.more_readers > 0).then(|| phrase!("{} more", day.more_readers));
    let all = std::iter::once(count.into())
        .chain(day.readers.iter().map(reader))
        .chain(more);
    Some(Phrase::joined(all, "; "))
}

fn reader(reader: &ReaderOfDay) -> Phrase {
    let pages = reader.pages.iter().map(|(page, times)| match times {
        1 => in_short(*page).to_owned(),
        times => format!("{} x{times}", in_short(*page)),
    });
    phrase!("{}: {}", &reader.person, pages.collect::<Vec<_>>().join(", "))
}

const fn in_short(page: Page) -> &'static str {
    match page {
        Page::Activity => "activity",
        Page::Active => "active",
        Page::Dashboard => "dashboard",
        Page::Log => "audit log",
        Page::Request => "request",
        Page::People => "people",
        Page::Person => "person",
        Page::Integration => "integration",
        Page::Resource => "resource",
        Page::Why => "why",
        Page::Revoke => "revoke",
        Page::RevokeAll => "red button",
        Page::Review => "review",
    }
}
