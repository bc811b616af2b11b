//! The pages that answer a form: no address opens them, and they have to be as right as those that one opens.

use std::fmt::Write;

use super::checks::{FEW_LOOKS, faults};
use super::run;
use super::window::Window;
use super::world::{self, LIVE};
use crate::support::bot::Context;
use crate::web::signing_in::handed;

/// A key that nobody has.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUDyQ6jRPJhwVpGi7FfBNMHzVwT8/9lJAKdFtHSB7Qe";

/// What is wrong with the page that answers, once it is there and says this.
async fn looked_at(ctx: &Context, window: &Window, says: &str) -> String {
    ctx.until(says, async || window.text().await.contains(says)).await;
    let mut found = faults(window, &FEW_LOOKS).await;
    found.extend(window.console().await);
    // That is what the browser itself says of a form that was refused.
    found.retain(|line| !line.contains("the server responded with a status of 4"));
    found.iter().fold(String::new(), |mut all, fault| {
        writeln!(all, "{says:?}: {fault}").unwrap();
        all
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_to_every_form_is_right_too() {
    run(world::busy, async |ctx, chromium| {
        let target = world::requests_in_every_state(ctx).await;
        let mut wrong = String::new();

        let eve = Window::open_for(ctx, chromium, "eve").await;
        let link = handed(ctx, "eve").await;
        eve.open(&link.path).await;
        eve.write("Code", "not it").await;
        eve.send("Continue").await;
        wrong += &looked_at(ctx, &eve, "That is not the code.").await;
        eve.write("Code", &link.code).await;
        eve.press("Continue").await;
        wrong += &looked_at(ctx, &eve, "If this is not you").await;
        let link = handed(ctx, "eve").await;
        eve.open(&link.path).await;
        for _ in 0..5 {
            eve.write("Code", "not it").await;
            eve.send("Continue").await;
        }
        wrong += &looked_at(ctx, &eve, "This link no longer works").await;

        let dana = Window::signed_in(ctx, chromium, "dana").await;
        dana.open("/request").await;
        dana.choose("Integration", "fleet").await;
        dana.press("Continue").await;
        wrong += &looked_at(ctx, &dana, "Request access").await;
        dana.open(&format!("/requests/{LIVE}")).await;
        dana.write("Public key", "nonsense").await;
        dana.send("Get certificate").await;
        wrong += &looked_at(ctx, &dana, "This is not a public key.").await;
        dana.write("Public key", KEY).await;
        dana.press("Get certificate").await;
        wrong += &looked_at(ctx, &dana, "Connect · ").await;

        let ada = Window::signed_in(ctx, chromium, "ada").await;
        ada.open(&format!("/revoke?request={LIVE}")).await;
        ada.press("Revoke 1").await;
        wrong += &looked_at(ctx, &ada, "1 request ends").await;
        ada.open(&format!("/revoke?request={LIVE}&request=AR-1")).await;
        wrong += &looked_at(ctx, &ada, "There is nothing else to end here.").await;
        ada.open("/revoke-all?person=U0DANA").await;
        wrong += &looked_at(ctx, &ada, "there is nothing to revoke").await;

        for window in [eve, dana, ada] {
            window.close().await;
        }
        world::ends(ctx, target).await;
        assert!(wrong.is_empty(), "{wrong}");
    })
    .await;
}
