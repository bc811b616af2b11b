//! What people read about the portal: how to sign in, and that they did.

use crate::store::PortalSession;
use crate::telling::phrase::phrase;
use crate::usecases::portal::{Handed, LINK_LASTS};

use super::super::actions::Button;
use super::kit::{Look, Post, PostBuilder, button};
use crate::access::duration::spoken;

/// There is no portal.
pub const OFF: &str = "There is no portal here. An admin can turn it on with `[web] listen` in my config.";

/// The link and the code, for the one person who asked. Both are made of letters and digits.
pub fn link(origin: &str, handed: &Handed) -> String {
    format!(
        "Open this link and enter the code *`{}`* there: <{origin}/sign-in/{}|sign in to the portal>\n\
         Both work once, within {}. Do not pass them on: whoever has both can sign in as you.",
        handed.code.told(),
        handed.token.told(),
        spoken(LINK_LASTS)
    )
}

/// To somebody who signed in.
pub fn signed_in(session: &PortalSession) -> Post {
    PostBuilder::default()
        .line(phrase!(
            "🔑 You signed in to the portal at {} with {} from {}. If that was not you, press End and tell an admin.",
            session.began_at,
            session.browser.as_str(),
            session.address.as_str()
        ))
        .buttons(vec![button(
            Button::EndSession,
            "End",
            &session.id,
            Look::Danger,
        )])
        .build()
}

/// To somebody who pressed End.
pub const fn ended(was_open: bool) -> &'static str {
    if was_open {
        "That session of the portal is ended."
    } else {
        "That session of the portal had already ended."
    }
}
