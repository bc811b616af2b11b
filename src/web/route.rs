//! Every route, in one table. What each role sees of it is held to a golden file (`tests/it/web/rights.rs`).

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get};

use super::pages::sign_in;
use super::{Portal, assets, fault, guard};
use crate::access::named::named;

/// How much a browser may send, in bytes: a form with a long reason.
const MOST: usize = 32 * 1024;

named! {
    /// A method and a path.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Route {
        Asset = "GET /assets/{name}",
        Home = "GET /",
        SignIn = "GET /sign-in",
    }
}

impl Route {
    fn path(self) -> &'static str {
        self.name().split_once(' ').map_or("/", |(_, path)| path)
    }

    fn page(self) -> MethodRouter<Arc<Portal>> {
        match self {
            Self::Asset => get(assets::asset),
            Self::Home => get(sign_in::first),
            Self::SignIn => get(sign_in::how),
        }
    }
}

pub(super) fn router(portal: Arc<Portal>) -> Router {
    let routes = Route::ALL.into_iter().fold(Router::new(), |router, route| {
        router.route(route.path(), route.page())
    });
    routes
        .fallback(fault::not_found)
        .method_not_allowed_fallback(fault::not_allowed)
        .layer(DefaultBodyLimit::max(MOST))
        .layer(from_fn_with_state(Arc::clone(&portal), guard::guard))
        .with_state(portal)
}
