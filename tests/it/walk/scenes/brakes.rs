//! What admins can stop: an integration, a person, and everything at once.

use super::{log_in, read_orders};
use crate::walk::stage::Stage;

pub(super) async fn frozen(stage: &mut Stage) {
    stage.scene(
        "An integration is frozen",
        "Ada freezes orders-db while Eve waits for an answer. Omar can still approve, but nothing is granted until Ada thaws it.",
    );
    stage
        .asks("eve", &read_orders("2h", "ticket 4714: count the orders"))
        .await;
    stage
        .types("ada", "freeze orders-db disk is being replaced")
        .await;
    stage.clicks("omar", "AR-5", "Approve").await;
    stage.types("ada", "thaw orders-db").await;
}

pub(super) async fn blocked(stage: &mut Stage) {
    stage.scene(
        "A person is blocked",
        "Only an admin can block. Ada blocks Omar, who can approve nothing until she unblocks him.",
    );
    stage
        .asks("dana", &read_orders("2h", "ticket 4715: a refund is missing"))
        .await;
    stage.types("omar", "block @dana").await;
    stage.types("ada", "block @omar account looks taken over").await;
    stage.clicks_for_answer("omar", "AR-6", "Approve").await;
    stage.types("omar", "list").await;
    stage.types("ada", "unblock @omar").await;
}

pub(super) async fn red_button(stage: &mut Stage) {
    stage.scene(
        "The red button",
        "Dana's laptop is stolen while she has access and waits for more. Ada ends everything that Dana has, and blocks her in the \
         same step.",
    );
    stage.clicks("priya", "AR-6", "Approve").await;
    stage.asks("dana", &log_in("1h", "ticket 4716: disk check")).await;
    stage
        .opens("ada", "revoke all @dana laptop was stolen", "Reason")
        .await;
    stage.ticks_the_last("ada").await;
    stage.sends("ada").await;
    stage.types("dana", "list").await;
    stage.types("eve", "active").await;
}
