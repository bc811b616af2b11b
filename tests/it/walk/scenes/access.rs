//! The main job: asked for, approved, used, extended, over.

use std::time::Duration;

use super::read_orders;
use crate::walk::stage::Stage;

pub(super) async fn asked_and_approved(stage: &mut Stage) {
    stage.scene(
        "Dana asks for read access, Omar approves",
        "Dana fills in the form. Omar and Priya get the request, and Omar approves it.",
    );
    let too_long = read_orders("9h", "ticket 4711: an order of Hanako's is missing");
    stage.fills_in_a_request("dana", &too_long).await;
    stage.sends("dana").await;
    stage.fills("dana", "Duration", "30m").await;
    stage.sends("dana").await;
    stage.clicks("omar", "AR-1", "Approve").await;
}

pub(super) async fn used_and_extended(stage: &mut Stage) {
    stage.scene(
        "Dana connects, and needs more time",
        "Connect makes a password and shows it once. The access flow allows an extension without another approval.",
    );
    stage
        .clicks_for_window("dana", "AR-1 · Granted", "Connect", "Password")
        .await;
    stage.closes("dana").await;
    stage.types("dana", "list").await;
    stage.types("dana", "extend AR-1 30m still looking").await;
}

pub(super) async fn over(stage: &mut Stage) {
    stage.scene(
        "The access ends on time",
        "The bot reminds Dana, and then takes the access away whether anybody is there or not.",
    );
    stage.time_passes_until(Duration::from_mins(5), 1).await;
    stage.time_passes_until(Duration::ZERO, 1).await;
}
