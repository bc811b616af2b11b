//! No view and no message passes a limit of Slack's, whatever the config names and however long its names are: everything is
//! rendered from generated configs, requests and events, and held against what Slack refuses.

mod config;
mod requests;
mod reviews;
mod trail;
mod whats;

use proptest::prelude::*;
use serde_json::{Value, json};
use slack_simulator::blockkit::{Problem, check_message, check_options, check_view};

use apono::slack::views::kit::Post;
use apono::store::StoredEvent;

use config::{House, Script, Sizes};

/// The largest config that is tried has so many integrations, permissions of one of them, resources there, groups, flows and
/// people, each with the longest name that it may have.
const MOST: usize = 300;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn no_view_passes_a_limit_of_slacks_with_up_to_300_of_everything(sizes in sizes(), script in script()) {
        refused_nowhere(sizes, script);
    }
}

/// What is the hardest to show, at the size that is.
#[test]
fn no_view_passes_a_limit_of_slacks_with_300_of_everything_in_markup_emoji_or_nothing_that_shows() {
    for script in [Script::Markup, Script::Emoji, Script::Invisible] {
        refused_nowhere(Sizes::all(MOST), script);
    }
}

/// One event of each kind, about a request and about none, with a little of everything.
pub(crate) async fn one_of_each() -> Vec<StoredEvent> {
    let house = House::new(Sizes::all(2), Script::Markup).await;
    let events = trail::events(&house);
    house.close().await;
    events
}

fn sizes() -> impl Strategy<Value = Sizes> {
    // What Slack lists at most, and its neighbours.
    let size = || prop_oneof![Just(1), Just(2), 99..=102_usize, 1..=MOST];
    (size(), size(), size(), size(), size(), size()).prop_map(
        |(integrations, permissions, resources, groups, flows, people)| Sizes {
            integrations,
            permissions,
            resources,
            groups,
            flows: flows.max(integrations),
            people: people.max(2),
        },
    )
}

fn script() -> impl Strategy<Value = Script> {
    prop::sample::select(Script::ALL.to_vec())
}

fn refused_nowhere(sizes: Sizes, script: Script) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let house = House::new(sizes, script).await;
        let mut shown = Shown::default();
        house.show(&mut shown);
        let events = trail::events(&house);
        requests::show(&house, &events, &mut shown);
        reviews::show(&house, &mut shown);
        trail::show(&house, &events, &mut shown);
        house.close().await;
        assert!(shown.count > 300, "only {} were looked at", shown.count);
        assert!(
            shown.refused.is_empty(),
            "{sizes:?} {script:?}: {:#?}",
            shown.refused
        );
    });
}

/// Everything that was rendered, and what Slack would have refused of it.
#[derive(Default)]
struct Shown {
    count: usize,
    refused: Vec<(String, Vec<Problem>)>,
}

impl Shown {
    fn view(&mut self, what: &str, view: &impl serde::Serialize) {
        self.look(what, check_view(&json!(view)));
    }

    /// As an update, which takes the least.
    fn post(&mut self, what: &str, post: &Post) {
        let body = json!({ "channel": "D1", "ts": "1.1", "text": post.text, "blocks": post.blocks });
        self.look(what, check_message(&body));
    }

    fn text(&mut self, what: &str, text: &str) {
        self.look(what, check_message(&json!({ "text": text })));
    }

    fn options(&mut self, what: &str, options: &Value) {
        self.look(what, check_options(&json!({ "options": options })));
    }

    fn look(&mut self, what: &str, problems: Vec<Problem>) {
        self.count += 1;
        if !problems.is_empty() {
            self.refused.push((what.to_owned(), problems));
        }
    }
}
