//! The scenes, in the order of the page. A later scene finds what the earlier ones left.

mod access;
mod brakes;
mod certificate;
mod looking;
mod start;
mod write;

use super::stage::{Stage, Wanted};

pub(super) async fn play(stage: &mut Stage) {
    start::before_the_first_start(stage).await;
    start::the_first_start(stage).await;
    looking::help(stage).await;
    looking::who_am_i(stage).await;
    access::asked_and_approved(stage).await;
    access::used_and_extended(stage).await;
    access::over(stage).await;
    write::rejected(stage).await;
    write::asked_again_and_given_back(stage).await;
    certificate::shown(stage).await;
    brakes::frozen(stage).await;
    brakes::blocked(stage).await;
    looking::outsiders(stage).await;
    looking::auditor(stage).await;
    brakes::red_button(stage).await;
    start::another_config(stage).await;
    looking::trail(stage).await;
}

/// Read access to the database.
fn read_orders(duration: &'static str, justification: &'static str) -> Wanted<'static> {
    Wanted {
        integration: "orders-db",
        resource_type: "Database",
        resource: "orders",
        permission: "read",
        duration,
        justification,
    }
}

/// Write access to it.
fn write_orders(duration: &'static str, justification: &'static str) -> Wanted<'static> {
    Wanted {
        permission: "write",
        ..read_orders(duration, justification)
    }
}

/// A login on the bastion.
fn log_in(duration: &'static str, justification: &'static str) -> Wanted<'static> {
    Wanted {
        integration: "bastion-ssh",
        resource_type: "Host",
        resource: "bastion.example.com",
        permission: "login",
        duration,
        justification,
    }
}
