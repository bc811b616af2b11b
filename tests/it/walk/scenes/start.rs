//! What an operator does on the machine: check, start, reload.

use crate::walk::stage::Stage;

pub(super) async fn before_the_first_start(stage: &mut Stage) {
    stage.scene(
        "Before the first start",
        "The operator checks the config, and then everything that the config names. Neither check changes anything.",
    );
    stage.on_the_machine("check").await;
    stage.on_the_machine("check --online").await;
}

pub(super) async fn the_first_start(stage: &mut Stage) {
    stage.scene(
        "The first start",
        "The bot makes its database and the key of its certificate authority, and posts both facts.",
    );
    stage.the_bot_starts().await;
}

pub(super) async fn another_config(stage: &mut Stage) {
    stage.scene(
        "A reload",
        "The operator changes the config while the bot runs. A wrong config changes nothing; a right one is posted line by line.",
    );
    stage
        .reloads("max_duration = \"8h\"", "max_duration = \"eight hours\"")
        .await;
    stage
        .reloads("max_duration = \"eight hours\"", "max_duration = \"4h\"")
        .await;
}
