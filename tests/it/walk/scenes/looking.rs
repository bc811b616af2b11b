//! Looking changes nothing: the help, who somebody is, who may see what, and the trail.

use crate::walk::stage::Stage;

pub(super) async fn help(stage: &mut Stage) {
    stage.scene("Help", "A newcomer finds out what the bot can do.");
    stage.types("dana", "help").await;
    stage.types("dana", "requst").await;
}

pub(super) async fn who_am_i(stage: &mut Stage) {
    stage.scene(
        "Who am I, and why",
        "Everybody can ask who the bot thinks they are, and which access flow decides about a request.",
    );
    stage.types("dana", "whoami").await;
    stage.types("dana", "why read on orders").await;
    stage.types("omar", "whoami").await;
    stage.types("ada", "whoami").await;
    stage.types("nils", "whoami").await;
    stage.types("nils", "why read on orders").await;
}

pub(super) async fn outsiders(stage: &mut Stage) {
    stage.scene(
        "People who have no business here",
        "Omar forwards the card of AR-6 to a guest and to somebody from another company, who both click *Approve*. A colleague looks at it.",
    );
    let card = stage.ctx.messages_to("omar", "AR-6").pop().unwrap();
    stage.forges_approval("gus", &card).await;
    stage.forges_approval("wanda", &card).await;
    stage.types("nils", "show AR-6").await;
    stage.types_in("#shared", "wanda", "whoami").await;
}

pub(super) async fn auditor(stage: &mut Stage) {
    stage.scene(
        "What the auditor sees",
        "Sam sees everybody's live access and every request with its history, and changes nothing.",
    );
    stage.types("sam", "active").await;
    stage.types("sam", "show AR-1").await;
    stage.types("sam", "revoke AR-6").await;
}

pub(super) async fn trail(stage: &mut Stage) {
    stage.scene(
        "The trail",
        "The operator checks the audit trail from its first event to its last.",
    );
    stage.on_the_machine("audit verify").await;
}
