//! SSH: a certificate for the requester's own key.

use super::log_in;
use crate::walk::stage::Stage;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINjWB7l/0NDaa/wrYAnZP05ReTMaRdF4N8+r0TTwZeyt dana@laptop";

pub(super) async fn shown(stage: &mut Stage) {
    stage.scene(
        "Dana logs in to the bastion with SSH",
        "Connect asks for Dana's public key and shows a certificate that opens new logins for a minute.",
    );
    stage
        .asks("dana", &log_in("15m", "ticket 4713: /var is full"))
        .await;
    stage.clicks("omar", "AR-4", "Approve").await;
    stage
        .clicks_for_window("dana", "AR-4 · Granted", "Connect", "Public key")
        .await;
    stage.fills("dana", "Public key", "hello").await;
    stage.sends("dana").await;
    stage.fills("dana", "Public key", KEY).await;
    stage.sends("dana").await;
    stage.types("dana", "revoke AR-4").await;
}
