//! What people set out to do: who asks for what and when, and what becomes of it.

use std::time::Duration;

use crate::access::time::Timestamp;

use super::crowd::{Part, Someone};
use super::dice::Dice;
use super::words;

const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Nobody asks for anything in the last hours, so all access of the past is over before the bot starts.
const QUIET: Duration = Duration::from_hours(3);

/// So much of the access that is asked for last is granted by the bot itself when it starts, for real.
const LIVE: usize = 6;

/// And so many requests still wait for an answer then.
const PENDING: usize = 3;

/// Something that people ask for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) part: Part,
    pub(super) integration: &'static str,
    pub(super) kind: &'static str,
    pub(super) resource_type: &'static str,
    pub(super) resources: &'static [&'static str],
    pub(super) permission: &'static str,
    /// In minutes.
    pub(super) durations: &'static [u64],
    /// How often it is asked for, compared with the others.
    weight: u64,
    /// Whether a flow gives it.
    is_given: bool,
}

const fn database(part: Part, name: &'static [&'static str], integration: &'static str) -> Wish {
    Wish {
        part,
        integration,
        kind: "postgres",
        resource_type: "Database",
        resources: name,
        permission: "read",
        durations: &[60, 120, 240, 480],
        weight: 6,
        is_given: true,
    }
}

const fn host(part: Part, names: &'static [&'static str], integration: &'static str) -> Wish {
    Wish {
        kind: "ssh",
        resource_type: "Host",
        ..database(part, names, integration)
    }
}

const FLEET: &[&str] = &["web-1", "web-2", "worker-1", "search-1"];

const WISHES: [Wish; 10] = [
    database(Part::Developer, &["shop"], "shop-db"),
    Wish {
        permission: "write",
        durations: &[30, 60],
        weight: 2,
        ..database(Part::Developer, &["shop"], "shop-db")
    },
    Wish {
        weight: 4,
        ..database(Part::Developer, &["billing"], "billing-db")
    },
    Wish {
        permission: "login",
        durations: &[60, 240, 480],
        weight: 3,
        ..host(Part::Developer, &["bastion"], "bastion-ssh")
    },
    Wish {
        permission: "deploy",
        durations: &[30, 60, 240],
        weight: 5,
        ..host(Part::Developer, FLEET, "fleet-ssh")
    },
    Wish {
        permission: "root",
        durations: &[60],
        weight: 1,
        is_given: false,
        ..host(Part::Developer, FLEET, "fleet-ssh")
    },
    Wish {
        durations: &[60, 240],
        weight: 4,
        ..database(Part::OnCall, &["shop"], "shop-db")
    },
    Wish {
        permission: "write",
        durations: &[30, 60, 120],
        weight: 3,
        ..database(Part::OnCall, &["shop"], "shop-db")
    },
    Wish {
        permission: "write",
        durations: &[60, 120, 240],
        weight: 2,
        ..database(Part::OnCall, &["billing"], "billing-db")
    },
    Wish {
        permission: "root",
        durations: &[30, 60],
        weight: 3,
        ..host(Part::OnCall, FLEET, "fleet-ssh")
    },
];

/// Somebody's request and what they do with it.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub(super) at: Timestamp,
    /// Their place in the crowd.
    pub(super) by: usize,
    pub(super) wish: &'static Wish,
    pub(super) resource: &'static str,
    pub(super) duration: Duration,
    pub(super) words: String,
    pub(super) fate: Fate,
}

/// What becomes of a request, as far as people decide it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Lapses,
    Withdrawn,
    Rejected,
    /// Approved, but the target refuses.
    Fails,
    Approved(Use),
    /// Approved shortly before the bot starts, which grants it.
    Last,
}

/// What somebody does with their access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) connects: bool,
    pub(super) ends: Ends,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Expires,
    /// The same, but not before it was extended, if its flow allows that.
    Extended,
    /// After this share of its time, in percent.
    GivenBack(u32),
    ByAdmin(u32),
    ByApprover(u32),
}

/// Everything that is asked for in the `days` before `until`, on the integrations that `has` knows; the oldest first.
pub(super) fn errands(
    dice: &mut Dice,
    crowd: &[Someone],
    (days, until): (u16, Timestamp),
    has: impl Fn(&str) -> bool,
) -> Vec<Errand> {
    let on_offer = |part: Part| -> Vec<&'static Wish> {
        let theirs = WISHES
            .iter()
            .filter(|wish| wish.part == part && has(wish.integration));
        theirs
            .flat_map(|wish| (0..wish.weight).map(move |_| wish))
            .collect()
    };
    let (developers, on_call) = (on_offer(Part::Developer), on_offer(Part::OnCall));
    let wishes = |part: Part| match part {
        Part::Developer => developers.as_slice(),
        Part::OnCall => on_call.as_slice(),
        Part::Admin | Part::Auditor => &[],
    };
    let mut errands = Vec::new();
    for day in 0..u32::from(days) {
        let midnight = midnight(until.minus(DAY * (u32::from(days) - 1 - day)));
        for (by, someone) in crowd.iter().enumerate() {
            let wishes = wishes(someone.part);
            if wishes.is_empty() {
                continue;
            }
            for _ in 0..times(dice, midnight, someone.part) {
                let at = midnight.plus(time_of_day(dice, someone.part));
                let fate = fate(dice);
                errands.push(errand(dice, at, by, wishes, fate));
            }
        }
    }
    errands.retain(|errand| errand.at < until.minus(QUIET));
    errands.extend(last(dice, crowd, until, wishes));
    errands.sort_by_key(|errand| errand.at);
    errands
}

/// What is asked for in the last minutes. Dana is left out: her own scenes follow.
fn last<'w>(
    dice: &mut Dice,
    crowd: &[Someone],
    until: Timestamp,
    wishes: impl Fn(Part) -> &'w [&'static Wish],
) -> Vec<Errand> {
    let askers: Vec<usize> = (0..crowd.len())
        .filter(|by| !wishes(crowd[*by].part).is_empty() && crowd[*by].handle != "dana")
        .collect();
    let mut last = Vec::new();
    for (index, by) in askers.into_iter().rev().take(LIVE + PENDING).enumerate() {
        let fate = if index < LIVE { Fate::Last } else { Fate::Lapses };
        // What was approved long ago would fail if the bot cannot grant it at once.
        let at = until.minus(dice.between(MINUTE * 4, MINUTE * 10));
        let given = wishes(crowd[by].part).iter().filter(|wish| wish.is_given);
        last.push(errand(dice, at, by, &given.copied().collect::<Vec<_>>(), fate));
    }
    last
}

fn errand(dice: &mut Dice, at: Timestamp, by: usize, wishes: &[&'static Wish], fate: Fate) -> Errand {
    let wish = *dice.pick(wishes);
    Errand {
        at,
        by,
        wish,
        resource: dice.pick::<&'static str>(wish.resources),
        duration: MINUTE * u32::try_from(*dice.pick(wish.durations)).unwrap_or(60),
        words: words::justification(dice),
        fate,
    }
}

fn midnight(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.seconds().div_euclid(86_400) * 86_400)
}

fn is_weekend(midnight: Timestamp) -> bool {
    // The first day of the epoch was a Thursday.
    (midnight.seconds().div_euclid(86_400) + 3).rem_euclid(7) >= 5
}

/// How often somebody asks on that day.
fn times(dice: &mut Dice, midnight: Timestamp, part: Part) -> usize {
    let often = match (is_weekend(midnight), part) {
        (true, Part::OnCall) => 15,
        (true, _) => 4,
        (false, _) => 55,
    };
    usize::from(dice.percent(often)) + usize::from(dice.percent(often))
}

/// From 07:00 to 19:00, mostly around noon. People on call may be woken.
fn time_of_day(dice: &mut Dice, part: Part) -> Duration {
    if part == Part::OnCall && dice.percent(12) {
        return dice.between(Duration::ZERO, HOUR * 7);
    }
    HOUR * 7 + (HOUR * 12).mul_f64(dice.bell())
}

fn fate(dice: &mut Dice) -> Fate {
    match dice.below(100) {
        0..5 => Fate::Lapses,
        5..9 => Fate::Withdrawn,
        9..18 => Fate::Rejected,
        18..20 => Fate::Fails,
        _ => Fate::Approved(Use {
            connects: dice.percent(92),
            ends: ends(dice),
        }),
    }
}

fn ends(dice: &mut Dice) -> Ends {
    // Most people need far less time than they ask for.
    let share = 4 + u32::try_from(dice.below(30)).unwrap_or(0);
    match dice.below(100) {
        0..18 => Ends::Expires,
        18..28 => Ends::Extended,
        28..32 => Ends::ByAdmin(share),
        32..36 => Ends::ByApprover(share),
        _ => Ends::GivenBack(share),
    }
}
