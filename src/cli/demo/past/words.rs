//! What people write: why they ask, and why they say no.

use super::dice::Dice;

const TASKS: [&str; 24] = [
    "checkout returns 502 since the last deploy",
    "orders of yesterday evening are missing in the export",
    "a customer was charged twice, checking the payments",
    "slow query on the order history page",
    "numbers for the weekly report",
    "backfill of the shipping addresses",
    "reproducing a rounding error in the discounts",
    "the nightly job left a lock behind",
    "invoice totals do not match the ledger",
    "rotating the credentials of the mail relay",
    "comparing row counts before the migration",
    "the search index is stale, looking at the queue",
    "disk of the worker is almost full, cleaning up old dumps",
    "support asks for the history of one account",
    "verifying the fix of the double shipment",
    "planning the partitioning of the events table",
    "a refund is stuck in pending",
    "TLS certificate of the webhook endpoint expires soon",
    "load test of the new checkout",
    "duplicate customers after the import",
    "debugging the memory leak in the image service",
    "checking that the feature flag is off for everybody",
    "the tax rate of Norway is wrong on old orders",
    "deploying the hotfix by hand, the pipeline is down",
];

const NO: [&str; 5] = [
    "Please use the read replica for that",
    "This is on the dashboard already",
    "Ask for one hour, not for the whole day",
    "We froze changes until the release is out",
    "The support tool can do this without database access",
];

const ENDED_BY_OTHERS: [&str; 4] = [
    "The incident is over",
    "Still open although the ticket was closed",
    "Wrong environment, please ask for staging",
    "Maintenance of the database starts now",
];

const LONGER: [&str; 3] = [
    "the backfill is not through yet",
    "still looking for the cause",
    "waiting for the customer's answer",
];

/// Why somebody asks, with a ticket that can be searched for.
pub(super) fn justification(dice: &mut Dice) -> String {
    let task = *dice.pick(&TASKS);
    match dice.below(5) {
        0 => task.to_owned(),
        1 => format!("INC-{}: {task}", 300 + dice.below(90)),
        _ => format!("SHOP-{}: {task}", 4_100 + dice.below(700)),
    }
}

pub(super) fn no(dice: &mut Dice) -> String {
    (*dice.pick(&NO)).to_owned()
}

pub(super) fn ended(dice: &mut Dice) -> String {
    (*dice.pick(&ENDED_BY_OTHERS)).to_owned()
}

pub(super) fn longer(dice: &mut Dice) -> String {
    (*dice.pick(&LONGER)).to_owned()
}
