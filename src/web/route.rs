//! Every route, in one table. What each role sees of it is held to a golden file (`tests/it/web/rights.rs`).

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, get, post};

use super::pages::{
    active, activity, acts, ask, connect, dashboard, export, extend, flows, home, integration, integrations,
    issuer, log, people, person, red_button, report, report_form, reports, request, resource, review,
    review_file, review_form, reviews, revoke, sessions, sign_in, waiting, zone,
};
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
        Confirm = "POST /sign-in",
        Link = "GET /sign-in/{token}",
        EnterCode = "POST /sign-in/{token}",
        Issuer = "POST /sign-in/oidc",
        FromIssuer = "GET /sign-in/oidc/callback",
        SignOut = "POST /sign-out",
        Zone = "POST /zone",
        Sessions = "GET /sessions",
        EndAllSessions = "POST /sessions/end",
        EndSession = "POST /sessions/{id}/end",
        Ask = "GET /request",
        SendRequest = "POST /request",
        Request = "GET /requests/{number}",
        Connect = "POST /requests/{number}/connect",
        ExtendRequest = "POST /requests/{number}/extend",
        EndRequest = "POST /requests/{number}/end",
        Revoke = "GET /revoke",
        RevokeSelected = "POST /revoke",
        RedButton = "GET /revoke-all",
        PressRedButton = "POST /revoke-all",
        AnswerRequest = "POST /requests/{number}/answer",
        Waiting = "GET /waiting",
        Active = "GET /active",
        Activity = "GET /activity",
        Dashboard = "GET /dashboard",
        ExportActivity = "POST /activity/export",
        Reports = "GET /reports",
        NewReport = "GET /reports/new",
        SaveReport = "POST /reports",
        Report = "GET /reports/{id}",
        EditReport = "GET /reports/{id}/edit",
        ChangeReport = "POST /reports/{id}",
        ActOnReport = "POST /reports/{id}/act",
        RunReport = "POST /reports/{id}/run",
        Reviews = "GET /reviews",
        NewReview = "GET /reviews/new",
        StartReview = "POST /reviews",
        Review = "GET /reviews/{id}",
        DecideReview = "POST /reviews/{id}",
        ReviewFile = "POST /reviews/{id}/pdf",
        Log = "GET /log",
        Flows = "GET /flows",
        People = "GET /people",
        Person = "GET /people/{account}",
        Integrations = "GET /integrations",
        Integration = "GET /integrations/{name}",
        Resource = "GET /integrations/{name}/resources",
    }
}

impl Route {
    fn path(self) -> &'static str {
        self.name().split_once(' ').map_or("/", |(_, path)| path)
    }

    fn page(self) -> MethodRouter<Arc<Portal>> {
        match self {
            Self::Asset => get(assets::asset),
            Self::Home => get(home::home),
            Self::SignIn => get(sign_in::how),
            Self::Confirm => post(sign_in::confirm),
            Self::Link => get(sign_in::link),
            Self::EnterCode => post(sign_in::enter),
            Self::Issuer => post(issuer::ask),
            Self::FromIssuer => get(issuer::answer),
            Self::SignOut => post(sessions::sign_out),
            Self::Zone => post(zone::switch),
            Self::Sessions => get(sessions::list),
            Self::EndAllSessions => post(sessions::end_all),
            Self::EndSession => post(sessions::end),
            Self::Ask => get(ask::form),
            Self::SendRequest => post(ask::send),
            Self::Request => get(request::request),
            Self::Connect => post(connect::connect),
            Self::ExtendRequest => post(extend::extend),
            Self::EndRequest => post(acts::end),
            Self::Revoke => get(revoke::ask),
            Self::RevokeSelected => post(revoke::revoke),
            Self::RedButton => get(red_button::ask),
            Self::PressRedButton => post(red_button::press),
            Self::AnswerRequest => post(acts::answer),
            Self::Waiting => get(waiting::waiting),
            Self::Active => get(active::active),
            Self::Activity => get(activity::activity),
            Self::Dashboard => get(dashboard::dashboard),
            Self::ExportActivity => post(export::activity),
            Self::Reports => get(reports::reports),
            Self::NewReport => get(report_form::new),
            Self::SaveReport => post(report_form::save),
            Self::Report => get(report::report),
            Self::EditReport => get(report_form::edit),
            Self::ChangeReport => post(report_form::change),
            Self::ActOnReport => post(report::act),
            Self::RunReport => post(report::run),
            Self::Reviews => get(reviews::reviews),
            Self::NewReview => get(review_form::new),
            Self::StartReview => post(review_form::start),
            Self::Review => get(review::review),
            Self::DecideReview => post(review::decide),
            Self::ReviewFile => post(review_file::pdf),
            Self::Log => get(log::log),
            Self::Flows => get(flows::flows),
            Self::People => get(people::people),
            Self::Person => get(person::person),
            Self::Integrations => get(integrations::integrations),
            Self::Integration => get(integration::integration),
            Self::Resource => get(resource::resource),
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
