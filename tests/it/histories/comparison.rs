//! The model, the bot on SQLite and the bot on PostgreSQL: whether they agree.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::model::Model;
use super::people::Person;
use super::request::{Decision, Request, Status, Why};
use super::seen::Seen;
use super::settling::A_MOMENT;
use super::told::Told;
use super::world::World;

/// How long a bot may take to look as it should once it has come to rest: what it does a moment later it is given the time for.
const PATIENCE: Duration = Duration::from_secs(30);

/// What was compared of a request: status, decision, end, login, sessions, events, and who has which card.
const VALUES: usize = 7;

/// Compares a real bot with the model after a command, once it shows what it has to. Returns what was compared, and what does not
/// hang on the moment, for the other database to be compared with.
pub(super) async fn compare(world: &mut World, model: &Model, read: &[String]) -> (usize, Vec<Seen>) {
    // A window that shows what is there already says why in its first line.
    let first_lines = read.iter().filter_map(|text| text.lines().next());
    let mut told: Vec<Told> = first_lines.map(Told::read).collect();
    let mut expected = model.told.clone();
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected, "what they read: {read:?}");

    let began = Instant::now();
    let seen = loop {
        let seen = world.look().await;
        let Some(difference) = difference(world, model, &seen) else {
            break seen;
        };
        assert!(
            began.elapsed() < PATIENCE,
            "{difference}\n{seen:#?}\n{}",
            world.ctx.audit_channel()
        );
        world.ctx.clock.advance(A_MOMENT / 10);
        world.settle().await;
    };
    for (request, number) in model.requests.iter().zip(1..) {
        let is_open = request.login.is_some();
        let answered = world.answered_sessions(number).await;
        assert!(
            answered.iter().all(|is_answered| *is_answered == is_open),
            "sessions of AR-{number} are answered: {answered:?}, and its login is open: {is_open}"
        );
    }
    world.keep_cards(model.requests.len());
    let compared = VALUES * seen.len() + told.len();
    (compared, seen.into_iter().map(without_moments).collect())
}

/// The first thing in which they differ.
fn difference(world: &World, model: &Model, seen: &[Seen]) -> Option<String> {
    if seen.len() != model.requests.len() {
        return Some(format!(
            "{} requests, and {} are expected",
            seen.len(),
            model.requests.len()
        ));
    }
    let mut pairs = model.requests.iter().zip(seen).zip(1..);
    pairs.find_map(|((request, seen), number)| {
        let of_one = of_one_request(world, model, request, seen)?;
        Some(format!("AR-{number}: {of_one}; expected is {request:#?}"))
    })
}

fn of_one_request(world: &World, model: &Model, request: &Request, seen: &Seen) -> Option<String> {
    let status = status(request.status);
    if seen.status != status {
        return Some(format!("it is {:?} and not {status:?}", seen.status));
    }
    if !is_decided(request.decision.as_ref(), &seen.decisions) {
        return Some(format!("decisions that count: {:?}", seen.decisions));
    }
    if !request.until.is_none_or(|hour| is_at(world, hour, seen.until)) {
        return Some(format!("it ends {:?}", seen.until));
    }
    let login_is_right = match request.login {
        None => seen.login.is_none() && seen.sessions == 0,
        Some(hour) => is_at(world, hour, seen.login),
    };
    if !login_is_right {
        return Some(format!(
            "on the target: {:?}, {} sessions",
            seen.login, seen.sessions
        ));
    }
    let is_one_end = seen.login == seen.until;
    if request.until.is_some() && request.login == request.until && !is_one_end {
        return Some(format!(
            "{:?} on the target is {:?} in the database",
            seen.login, seen.until
        ));
    }
    // How long an end is overdue before the trail tells of it hangs on when somebody looks.
    let (overdue, events): (Vec<&str>, Vec<&str>) = seen.events.iter().partition(|name| **name == "overdue");
    if events != request.events || overdue.len() > 1 {
        return Some(format!("its events are {:?}", seen.events));
    }
    if model.slack_is_up && seen.cards != cards(request) {
        return Some(format!(
            "its cards are {:?} and not {:?}",
            seen.cards,
            cards(request)
        ));
    }
    None
}

/// The clock is ahead of the hours by what things took, and no more.
fn is_at(world: &World, hour: u32, end: Option<apono::access::time::Timestamp>) -> bool {
    let hour = world.at_hour(hour);
    end.is_some_and(|end| hour <= end && end <= hour.plus(world.ahead()))
}

fn is_decided(decision: Option<&Decision>, seen: &[(Person, bool)]) -> bool {
    match (decision, seen) {
        (None, []) => true,
        (Some(decision), [(by, approved)]) => decision.by.contains(by) && decision.approved == *approved,
        _ => false,
    }
}

fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Pending => ("Pending", ""),
        Status::Approved => ("Approved", ""),
        Status::Granted => ("Granted", ""),
        Status::Rejected => ("Rejected", "by_approver"),
        Status::Lapsed => ("Rejected", "lapsed"),
        Status::Cancelled => ("Cancelled", ""),
        Status::Revoking(Why::TimeOver) => ("Revoking", "time_over"),
        Status::Revoking(Why::GivenBack) => ("Revoking", "given_back"),
        Status::Revoking(Why::ByAdmin) => ("Revoking", "by_admin"),
        Status::Revoking(Why::NotGranted) => ("Revoking", "not granted"),
        Status::Ended(Why::TimeOver) => ("Expired", ""),
        Status::Ended(Why::GivenBack) => ("Revoked", "given_back"),
        Status::Ended(Why::ByAdmin) => ("Revoked", "by_admin"),
        Status::Ended(Why::NotGranted) => ("Failed", "not granted"),
    }
}

/// The requester has one, and so has everybody who may decide, who can do so there as long as there is something to decide.
fn cards(request: &Request) -> BTreeMap<Person, Vec<(String, bool)>> {
    let (word, _) = status(request.status);
    let is_open = request.status == Status::Pending;
    let of_approvers = request.approvers.iter().map(|who| (*who, is_open));
    let all = of_approvers.chain([(request.requester, false)]);
    all.map(|(who, can_decide)| (who, vec![(word.to_owned(), can_decide)]))
        .collect()
}

/// The two bots' clocks are their own.
fn without_moments(seen: Seen) -> Seen {
    Seen {
        until: None,
        login: None,
        decisions: seen
            .decisions
            .into_iter()
            .map(|(_, approved)| (Person::Omar, approved))
            .collect(),
        events: seen
            .events
            .into_iter()
            .filter(|name| *name != "overdue")
            .collect(),
        cards: BTreeMap::new(),
        ..seen
    }
}
