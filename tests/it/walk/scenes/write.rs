//! Write access: rejected with a reason, asked for again, approved, given back.

use super::write_orders;
use crate::walk::stage::Stage;

pub(super) async fn rejected(stage: &mut Stage) {
    stage.scene(
        "Dana asks for write access, Omar rejects it",
        "Omar has to give a reason, and Dana reads it.",
    );
    stage.asks("dana", &write_orders("1h", "fix it by hand")).await;
    stage.clicks_for_window("omar", "AR-2", "Reject", "Reason").await;
    stage
        .fills("omar", "Reason", "say which rows, and why by hand")
        .await;
    stage.sends("omar").await;
}

pub(super) async fn asked_again_and_given_back(stage: &mut Stage) {
    stage.scene(
        "Dana asks again, and gives it back early",
        "The window is filled in already. Priya approves, and Dana gives the access back as soon as she is done.",
    );
    stage.opens("dana", "again AR-2", "Justification").await;
    stage.fills("dana", "Duration", "20m").await;
    stage
        .fills(
            "dana",
            "Justification",
            "ticket 4712: set orders 2 and 3 to paid, the import skipped them",
        )
        .await;
    stage.sends("dana").await;
    stage.clicks("priya", "AR-3", "Approve").await;
    stage.types("dana", "revoke AR-3").await;
}
