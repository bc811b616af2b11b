//! Whatever stands in the state of a form and in what it carried, the form is read or refused.
#![no_main]

use apono::slack::act::Act;
use apono::slack::actions;
use apono::slack::incoming;
use apono::slack::views::extension;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

fuzz_target!(|text: &str| {
    // The first line is what the form carried.
    let Some((carried, state)) = text.split_once('\n') else {
        return;
    };
    let Ok(state) = serde_json::from_str::<Value>(state) else {
        return;
    };
    let payload = json!({
        "type": "view_submission", "api_app_id": "A0APONO", "team": { "id": "T0TEAM" },
        "user": { "id": "U0DANA", "team_id": "T0TEAM" },
        "view": {
            "id": "V0VIEW", "hash": "1.a", "callback_id": actions::FormKind::Request.name(),
            "private_metadata": carried, "state": { "values": state },
        },
    });
    let Ok(read) = incoming::read("interactive", &payload) else {
        return;
    };
    let Act::Submit(form) = read.act else {
        panic!("a form is taken for something else");
    };
    assert_eq!(form.private_metadata, carried);
    let _ = extension::of_value(carried);
    let _ = form.first_block();
    for action in [actions::RESOURCES, actions::DURATION, actions::JUSTIFICATION] {
        let _ = (form.one(action), form.many(action), form.block_of(action));
    }
});
