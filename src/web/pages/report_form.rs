//! The form of a report: a new one, a copy, or one that is changed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;

use super::frame::REPORTS;
use super::report::Found;
use super::reports::path;
use super::{Frame, acts, page};
use crate::access::address;
use crate::audit::event::Via;
use crate::audit::exported::Format;
use crate::store::{ReadPeople, SavedReport};
use crate::usecases::export::Column;
use crate::usecases::portal::Secret;
use crate::usecases::reports::{self, DEFAULT_COLUMNS, Draft, Drafted, ReportError};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, Query, Sent};
use crate::web::sought;
use crate::web::who::{Doer, Who};

/// What the filter can say, with its label.
const FILTER: [(&str, &str); 16] = [
    ("status", "Status"),
    ("integration", "Integration"),
    ("resource", "Resource"),
    ("permission", "Permission"),
    ("flow", "Flow"),
    ("text", "Words or a name"),
    ("person", "By or for"),
    ("requester", "Requester"),
    ("grantee", "Grantee"),
    ("approver", "Decided by"),
    ("decided_by", "Decided how"),
    ("used", "Used"),
    ("created", "Created"),
    ("decided", "Decided"),
    ("granted", "Granted"),
    ("ended", "Ended"),
];

/// Access that was live at any moment of a time.
const LIVE: (&str, &str) = ("live", "Live at any moment of");

const ZONES: [&str; 6] = [
    "UTC",
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "Asia/Tokyo",
];

#[derive(Template)]
#[template(path = "report_form.html")]
struct Page<'a> {
    frame: Frame<'a>,
    token: &'a str,
    once: String,
    heading: &'static str,
    /// Where it is sent to.
    action: String,
    said: Option<String>,
    name: String,
    filter: Vec<(&'static str, &'static str, String)>,
    formats: Vec<(Format, bool)>,
    columns: Vec<(&'static str, bool)>,
    is_shared: bool,
    may_share: bool,
    /// Whether a report can go by e-mail.
    sends_mail: bool,
    cron: String,
    /// Some to choose from; any other can be typed.
    zones: [&'static str; 6],
    zone: String,
    recipient: String,
    version: i64,
}

/// What the form holds.
struct Held {
    draft: Draft,
    version: i64,
}

impl Held {
    /// As somebody sent it; the filter stays as they typed it.
    fn sent(fields: &Fields) -> Self {
        let filter = fields
            .pairs()
            .filter(|(key, value)| !value.is_empty() && address::has_key(key));
        let columns = fields.pairs().filter(|(key, _)| *key == "column");
        Self {
            draft: Draft {
                name: fields.one("name").to_owned(),
                is_shared: fields.one("shared") == "on",
                query: form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(filter)
                    .finish(),
                // Looked up before it is saved.
                meant: String::new(),
                format: fields.one("format").to_owned(),
                columns: columns.map(|(_, name)| name.to_owned()).collect(),
                cron: fields.one("cron").to_owned(),
                zone: fields.one("zone").to_owned(),
                recipient: fields.one("recipient").to_owned(),
            },
            version: fields.one("version").parse().unwrap_or(0),
        }
    }

    /// As it was saved by somebody who has this account in Slack.
    fn of(report: &SavedReport, owner: &str) -> Self {
        let schedule = report.schedule.clone();
        let (cron, zone, recipient) = schedule.map_or_else(Default::default, |schedule| {
            // It goes to its owner unless the form says otherwise.
            let recipient = Some(schedule.recipient).filter(|to| to != owner);
            (schedule.cron, schedule.zone, recipient.unwrap_or_default())
        });
        Self {
            draft: Draft {
                name: report.name.clone(),
                is_shared: report.is_shared,
                query: report.query.clone(),
                meant: report.meant.clone(),
                format: report.format.name().to_owned(),
                columns: report.columns.clone(),
                cron,
                zone,
                recipient,
            },
            version: report.version,
        }
    }
}

/// `GET /reports/new`: with the filter of the address, or as a copy of another report.
pub(in crate::web) async fn new(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let doer = who.doer()?;
    let mut held = match query.one("from") {
        "" => Held::sent(&query),
        id => {
            let found = Found::of(&portal, &who, id).await?;
            let runnable = found.runnable();
            let columns = runnable.columns.iter().map(|column| column.name().to_owned());
            let draft = Draft {
                name: format!("Copy of {}", runnable.name),
                format: found.format().name().to_owned(),
                columns: columns.collect(),
                query: runnable.query,
                ..Draft::default()
            };
            Held { draft, version: 0 }
        }
    };
    if held.draft.columns.is_empty() {
        held.draft.columns = DEFAULT_COLUMNS.map(|column| column.name().to_owned()).into();
    }
    form(&portal, doer, held, None, None)
}

/// `GET /reports/{id}/edit`.
pub(in crate::web) async fn edit(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    who: Who,
) -> Result<Response, Fault> {
    let doer = who.doer()?;
    let report = changeable(&portal, doer, &id).await?;
    let held = Held::of(&report, &owner_of(&portal, &report).await?);
    form(&portal, doer, held, Some(&id), None)
}

/// The account in Slack of whom it is.
async fn owner_of(portal: &Portal, report: &SavedReport) -> Result<String, Fault> {
    let known = portal
        .core
        .store
        .people_by_id(std::slice::from_ref(&report.owner))
        .await?;
    let owner = known.into_iter().next().ok_or(Fault::NotFound)?;
    Ok(owner.account.user)
}

/// The saved report, if this person may change it.
async fn changeable(portal: &Portal, doer: Doer<'_>, id: &str) -> Result<SavedReport, Fault> {
    match Found::of(portal, doer.who, id).await? {
        Found::Saved(report) if reports::may_change(&portal.core, doer.person, &report) => Ok(*report),
        Found::Saved(_) | Found::BuiltIn(_) => Err(Fault::NotFound),
    }
}

/// `POST /reports`.
pub(in crate::web) async fn save(State(portal): State<Arc<Portal>>, sent: Sent) -> Result<Response, Fault> {
    let doer = sent.who.doer()?;
    let held = Held::sent(&sent.fields);
    let drafted = match drafted(&portal, &sent, doer, &held, &doer.person.account.user).await? {
        Ok(drafted) => drafted,
        Err(why) => return form(&portal, doer, held, None, Some(why)),
    };
    let key = acts::once(&sent);
    let done = reports::save(
        &portal.core,
        doer.person,
        drafted,
        Receipt::now(Via::Portal, &key),
    )
    .await;
    match done {
        Ok(id) => Ok(Redirect::to(&path(&id)).into_response()),
        Err(ReportError::UseCase(UseCaseError::SeenBefore)) => Ok(Redirect::to(REPORTS).into_response()),
        Err(ReportError::UseCase(error)) => Err(error.into()),
        Err(why) => form(&portal, doer, held, None, Some(why.to_string())),
    }
}

/// `POST /reports/{id}`.
pub(in crate::web) async fn change(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let doer = sent.who.doer()?;
    let report = changeable(&portal, doer, &id).await?;
    let mut held = Held::sent(&sent.fields);
    let owner = owner_of(&portal, &report).await?;
    let drafted = match drafted(&portal, &sent, doer, &held, &owner).await? {
        Ok(drafted) => drafted,
        Err(why) => return form(&portal, doer, held, Some(&id), Some(why)),
    };
    let key = acts::once(&sent);
    let receipt = Receipt::now(Via::Portal, &key);
    let seen = SavedReport {
        version: held.version,
        ..report.clone()
    };
    let done = reports::change(&portal.core, doer.person, &seen, drafted, receipt).await;
    match done {
        Ok(()) | Err(ReportError::UseCase(UseCaseError::SeenBefore)) => {
            // Somebody else's that is no longer shared is not seen any more.
            let is_seen = held.draft.is_shared || report.owner == doer.person.id;
            let to = if is_seen { path(&id) } else { REPORTS.to_owned() };
            Ok(Redirect::to(&to).into_response())
        }
        Err(ReportError::UseCase(error)) => Err(error.into()),
        Err(why @ ReportError::Changed) => {
            held.version = report.version;
            form(&portal, doer, held, Some(&id), Some(why.to_string()))
        }
        Err(why) => form(&portal, doer, held, Some(&id), Some(why.to_string())),
    }
}

/// What can be saved, with names as the bot knows them; or what is wrong with it. `owner` is the account of whom the report is.
async fn drafted(
    portal: &Portal,
    sent: &Sent,
    doer: Doer<'_>,
    held: &Held,
    owner: &str,
) -> Result<Result<Drafted, String>, Fault> {
    let meant = match sought::to_keep(portal, &sent.who, &sent.fields).await? {
        Ok(meant) => meant,
        Err(why) => return Ok(Err(why)),
    };
    let draft = Draft {
        meant,
        ..held.draft.clone()
    };
    let core = &portal.core;
    match draft.checked(core, doer.person, owner, core.now()) {
        Ok(drafted) => Ok(Ok(drafted)),
        Err(ReportError::UseCase(error)) => Err(error.into()),
        Err(why) => Ok(Err(why.to_string())),
    }
}

fn form(
    portal: &Portal,
    doer: Doer<'_>,
    held: Held,
    id: Option<&str>,
    said: Option<String>,
) -> Result<Response, Fault> {
    let Held { draft, version } = held;
    let fields = Fields::read(draft.query.as_bytes());
    let filter = FILTER.into_iter().chain([LIVE]);
    let columns = columns_of(&draft);
    let own_zone = portal.directory.known().zone(&doer.person.account.user);
    let zone = Some(draft.zone).filter(|zone| !zone.is_empty()).or(own_zone);
    let zone = zone.unwrap_or_else(|| "UTC".to_owned());
    let usual = Format::named(&draft.format).unwrap_or(Format::Csv);
    page(&Page {
        frame: Frame::of(portal, doer.who, "Report", REPORTS),
        token: &doer.who.token,
        once: Secret::fresh()?.told().to_owned(),
        heading: if id.is_some() { "Edit report" } else { "New report" },
        action: id.map_or_else(|| REPORTS.to_owned(), path),
        said,
        name: draft.name,
        filter: filter
            .map(|(key, label)| (key, label, fields.one(key).to_owned()))
            .collect(),
        formats: Format::ALL.map(|format| (format, format == usual)).into(),
        columns,
        is_shared: draft.is_shared,
        may_share: doer.who.reads_all(),
        sends_mail: !portal.core.rules().email_domains.is_empty(),
        cron: draft.cron,
        zones: ZONES,
        zone,
        recipient: draft.recipient,
        version,
    })
}

/// The chosen columns in their order, then the others.
fn columns_of(draft: &Draft) -> Vec<(&'static str, bool)> {
    let chosen = draft.columns.iter().filter_map(|name| Column::named(name));
    let chosen: Vec<Column> = chosen.collect();
    let others = Column::ALL.into_iter().filter(|column| !chosen.contains(column));
    let chosen_ones = chosen.iter().map(|column| (column.name(), true));
    chosen_ones
        .chain(others.map(|column| (column.name(), false)))
        .collect()
}
