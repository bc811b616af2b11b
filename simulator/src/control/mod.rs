//! The same acting and reading over HTTP, for people with curl and for scripts in any language.

use axum::Router;

use crate::simulator::Simulator;

pub(crate) fn router(simulator: Simulator) -> Router {
    Router::new().with_state(simulator)
}
