//! Who people are and what becomes of them: several accounts, leavers, blocks and freezes, floods and doubles.

mod accounts;
mod brakes;
mod floods;
mod grid;
mod leavers;
mod uncounted;

use apono::access::ids::RequestNumber;

use crate::support::bot::Context;

/// The word for where a request stands.
async fn state(ctx: &Context, number: i64) -> String {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(RequestNumber(number)).await.unwrap();
    request.unwrap().state.word().to_owned()
}

async fn until_state(ctx: &Context, number: i64, wanted: &str) {
    ctx.until(wanted, async || state(ctx, number).await == wanted)
        .await;
}

/// The audit channel's headlines from the first with this word on.
fn since(ctx: &Context, word: &str) -> String {
    let all = ctx.audit_channel();
    let from = all.lines().position(|line| line.contains(&format!("*{word}*")));
    all.lines().skip(from.unwrap()).collect::<Vec<_>>().join("\n")
}
