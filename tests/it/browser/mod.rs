//! The portal in a real browser: every page as everybody sees it, and what people do there by the mouse and by the keyboard alone.
//!
//! Pages are looked at with axe, in light and dark, at the widths of a desk, a tablet and a phone, and with scripts switched off.

mod answers;
mod checks;
mod chromium;
mod keyboard;
mod mouse;
mod pages;
mod tasks;
mod window;
mod world;

use sea_orm::DbBackend;
use tokio::sync::Semaphore;

use self::chromium::Chromium;
use crate::support::bot::{Context, Setup, run_test_on};

/// How many tests may have a browser at once: one takes most of a processor.
static SEATS: Semaphore = Semaphore::const_new(2);

/// Runs a test with a browser, if there is one.
async fn run(setup: impl Fn() -> Setup, test: impl AsyncFn(&mut Context, &Chromium)) {
    let _seat = SEATS.acquire().await.unwrap();
    let Some(chromium) = Chromium::start() else {
        return;
    };
    run_test_on(&[DbBackend::Sqlite], setup, async |ctx| {
        test(ctx, &chromium).await;
    })
    .await;
}
