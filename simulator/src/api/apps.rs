//! apps.connections.open.

use serde_json::json;

use super::{Answer, Call};

#[expect(
    clippy::unnecessary_wraps,
    reason = "all methods have the signature that their table wants"
)]
pub(super) fn connections_open(call: &mut Call<'_>) -> Answer {
    let ticket = call.shared.hub.issue_ticket();
    let address = call.shared.base().replacen("http", "ws", 1);
    Ok(json!({"url": format!("{address}/link/?ticket={ticket}&app_id={}", call.world.app.id)}))
}
