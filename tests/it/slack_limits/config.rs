//! Generated configs, and what is shown of them before anybody asked for anything: the form, who somebody is, and why.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use apono::access::explain::standpoint;
use apono::access::ids::{PersonId, SubmissionId};
use apono::access::people::{Account, Allowance, Facts, Person, SlackAccount, Standing};
use apono::access::resource::Resource;
use apono::audit::event::PersonFacts;
use apono::clock::SystemClock;
use apono::config::Config;
use apono::integrations::Integration;
use apono::integrations::postgres::{AccountKind, Permission, Postgres, PostgresConfig, PostgresSettings};
use apono::integrations::registry::Registry;
use apono::slack::views::listing::{Listing, Reading};
use apono::slack::views::{answers, explained, form};
use apono::store::{DatabaseTarget, Store};
use apono::usecases::offer::{self, Chosen, MOST_LISTED};
use apono::usecases::why::{Answer, Question, why};
use apono::usecases::{Core, CoreParts, Rules, UseCaseError};
use serde_json::json;
use tempfile::TempDir;

use super::Shown;
use crate::support::databases::START;

/// How many there are of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) integrations: usize,
    /// Of the first integration; the others have one.
    pub(super) permissions: usize,
    /// On the first integration.
    pub(super) resources: usize,
    pub(super) groups: usize,
    pub(super) flows: usize,
    pub(super) people: usize,
}

impl Sizes {
    pub(super) fn all(size: usize) -> Self {
        Self {
            integrations: size,
            permissions: size,
            resources: size,
            groups: size,
            flows: size,
            people: size,
        }
    }
}

/// What free text is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    Plain,
    /// What Slack takes for links and mentions, five times as long once it is escaped.
    Markup,
    Emoji,
    RightToLeft,
    Combining,
    /// Nothing of it can be seen.
    Invisible,
}

impl Script {
    pub(super) const ALL: [Self; 6] = [
        Self::Plain,
        Self::Markup,
        Self::Emoji,
        Self::RightToLeft,
        Self::Combining,
        Self::Invisible,
    ];

    /// A text of `length` characters, or of nothing but what cannot be seen.
    pub(super) fn text(self, n: usize, length: usize) -> String {
        let letters = match self {
            Self::Plain => "ab cd",
            Self::Markup => "<&>`*",
            Self::Emoji => "🧪👩🏽‍💻",
            Self::RightToLeft => "ابجد\u{202e}",
            Self::Combining => "e\u{301}\u{323}o\u{308}",
            Self::Invisible => return "\u{200b}\u{2060}\u{3164}".chars().cycle().take(length).collect(),
        };
        let number = n.to_string();
        let rest = length.saturating_sub(number.len());
        number.chars().chain(letters.chars().cycle().take(rest)).collect()
    }

    /// The same as far as a config takes it: without what nobody sees.
    fn in_config(self, n: usize, length: usize) -> String {
        let script = if self == Self::Invisible {
            Self::Plain
        } else {
            self
        };
        let text: String = script
            .text(n, length)
            .chars()
            .filter(|c| !matches!(c, '\u{200d}' | '\u{202e}'))
            .collect();
        text.trim().replace('\\', "/").replace('"', "'")
    }
}

/// A bot's rules, as a config of these sizes makes them, and the people in it.
pub(super) struct House {
    pub(super) script: Script,
    pub(super) sizes: Sizes,
    pub(super) core: Core,
    pub(super) people: Vec<Person>,
    _folder: TempDir,
}

impl House {
    pub(super) async fn new(sizes: Sizes, script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = "postgres://apono:secret@db.example.com:5432/postgres?sslmode=verify-full";
        std::fs::write(folder.path().join("target_url"), url).unwrap();
        let config = Config::parse(&config_text(sizes, script), &folder.path().join("config.toml")).unwrap();
        let store = store(folder.path()).await;
        let core = Core::new(CoreParts {
            install: store.install().await.unwrap(),
            store,
            clock: Arc::new(SystemClock),
            rules: Rules {
                policy: Arc::new(config.policy.clone()),
                integrations: registry(&config),
                min_duration: Duration::from_secs(1),
                offered: Arc::new(config.offered()),
                link_hosts: config.requests.link_hosts.clone().into(),
                pending_for: Duration::from_hours(1),
                allowance: Allowance::default(),
                provision_for: Duration::from_hours(1),
                day_at: Duration::ZERO,
                audit_lag: Duration::from_hours(1),
                mention: Vec::new(),
                email_domains: Arc::default(),
                fonts: Arc::default(),
            },
        });
        for (name, integration) in core.integrations().iter() {
            let count = if name == integration_name(0) {
                sizes.resources
            } else {
                1
            };
            core.catalogue
                .replace(name, resources(script, count, &integration.permissions()));
        }
        Self {
            script,
            sizes,
            core,
            people: (0..sizes.people).map(|n| person(script, n)).collect(),
            _folder: folder,
        }
    }

    pub(super) async fn close(self) {
        self.core.store.close().await.unwrap();
    }

    pub(super) fn facts(&self, n: usize) -> PersonFacts {
        let person = &self.people[n % self.people.len()];
        PersonFacts {
            id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            account: Account::slack(&person.account.user),
        }
    }

    pub(super) fn show(&self, shown: &mut Shown) {
        self.show_form(shown);
        let policy = self.core.policy();
        let facts = Facts::new(self.people.clone());
        for person in [&self.people[0], &self.people[1]] {
            let whoami = explained::whoami(person, &standpoint(&policy, person), "Ask an apono admin.");
            for from in [0, 10, 20, 290] {
                let page = whoami.clone().from(from, 20, |from| Reading::Whoami { from });
                show_listing(shown, "whoami", &page);
            }
        }
        let permission = permission_name(0);
        for target in [
            format!("{}/{}", integration_name(0), self.script.text(0, 63)),
            self.script.text(0, 180),
        ] {
            let question = Question {
                permission: permission.clone(),
                target: target.clone(),
            };
            let asks = &self.people[0];
            let answer = why(&self.core, &policy, &facts, (asks, asks), &question);
            let (other, helps) = (&self.people[1].name, "Ask an apono admin.");
            let listing = explained::why(&question, Some(other), &facts, &answer, helps);
            let at = |from| Reading::Why {
                of: Some("W01234567890".to_owned()),
                permission: permission.clone(),
                target: target.clone(),
                from,
            };
            show_listing(shown, "why", &listing.from(0, 20, at));
            let Answer::Explained(explained) = &answer else {
                continue;
            };
            for explained in explained {
                if let Err(refusal) = &explained.outcome {
                    let sentence = answers::why_not(&UseCaseError::Refused(refusal.clone()));
                    shown.text("a refusal", &sentence);
                }
            }
        }
    }

    /// The form with nothing chosen, and with more chosen step by step, as much as can be.
    fn show_form(&self, shown: &mut Shown) {
        let asks = &self.people[0];
        let id = SubmissionId::new("f".repeat(32));
        let filled = form::Filled {
            duration: Some("366d".to_owned()),
            duration_block: "duration".to_owned(),
            note: Some(self.script.text(0, 500)),
            justification: Some(self.script.text(0, 2_000)),
        };
        let mut chosen = Chosen::default();
        for step in 0..5 {
            let (settled, offer) = offer::offer(&self.core, asks, &chosen);
            shown.view(
                &format!("the form at step {step}"),
                &form::form_modal(&id, &settled, &offer, &filled),
            );
            for names in [&offer.integrations, &offer.resource_types, &offer.permissions] {
                let found = offer::search_names(names, "");
                let options: Vec<_> = found.into_iter().map(form::named).collect();
                shown.options("names that were searched", &json!(options));
            }
            let found = offer::search(&self.core, asks, &settled, "");
            let options: Vec<_> = found.iter().map(form::option_of).collect();
            shown.options("resources that were searched", &json!(options));
            chosen = settled;
            match step {
                0 => chosen.integration = Some(integration_name(0)),
                1 => chosen.resource_type = offer.resource_types.first().cloned(),
                2 => {
                    let first = offer.resources.iter().take(MOST_LISTED);
                    chosen.resources = first.map(|entry| entry.value.clone()).collect();
                }
                _ => chosen.permissions = offer.permissions.iter().take(MOST_LISTED).cloned().collect(),
            }
        }
        assert!(!chosen.permissions.is_empty(), "the form was filled to its end");
        shown.view("no form", &form::nothing_modal(&self.script.text(1, 300)));
    }
}

pub(super) fn show_listing(shown: &mut Shown, what: &str, listing: &Listing) {
    shown.view(what, &listing.window());
    shown.post(what, &listing.answer(&Reading::Whoami { from: 0 }));
}

/// As long as the config takes it, and each different at its end alone.
pub(super) fn integration_name(n: usize) -> String {
    format!("{}{n:03}", "i".repeat(60))
}

pub(super) fn permission_name(n: usize) -> String {
    format!("{}{n:03}", "p".repeat(60))
}

pub(super) fn group_name(n: usize) -> String {
    format!("{}{n:03}", "g".repeat(60))
}

fn email(n: usize) -> String {
    format!("{}{n:03}@{}.example.com", "a".repeat(61), "d".repeat(63))
}

fn person(script: Script, n: usize) -> Person {
    Person {
        id: PersonId::new(format!("person{n:026}")),
        account: SlackAccount {
            enterprise: None,
            team: Some("T1".to_owned()),
            user: format!("U{n:010}"),
        },
        other_ids: vec![format!("W{n:010}")],
        name: script.text(n, 80),
        email: Some(email(n)),
        standing: Standing::Member,
        fetched_at: START,
    }
}

fn config_text(sizes: Sizes, script: Script) -> String {
    let list = |items: &mut dyn Iterator<Item = String>| {
        let quoted: Vec<String> = items.map(|item| format!("\"{item}\"")).collect();
        format!("[{}]", quoted.join(", "))
    };
    let everybody = list(&mut (0..sizes.people).map(email));
    let groups = list(&mut (0..sizes.groups).map(|n| format!("group:{}", group_name(n))));
    let mut text = format!(
        "version = 1\n[slack]\napp_token = {{ env = \"A\" }}\nbot_token = {{ env = \"B\" }}\naudit_channel = \"audit\"\n\
         [database]\nurl = \"sqlite://apono.db\"\n[roles]\nadmins = {everybody}\nauditors = {everybody}\n[groups]\n"
    );
    for n in 0..sizes.groups {
        let members = if n == 0 {
            everybody.clone()
        } else {
            format!("[\"{}\", \"{}\"]", email(0), email(1))
        };
        writeln!(text, "{} = {members}", group_name(n)).unwrap();
    }
    for n in 0..sizes.integrations {
        let permissions = if n == 0 { sizes.permissions } else { 1 };
        let permissions: Vec<String> = (0..permissions)
            .map(|n| format!("{} = \"{{resource}}_{n}\"", permission_name(n)))
            .collect();
        writeln!(
            text,
            "[[integrations]]\nname = \"{}\"\nkind = \"postgres\"\nurl = {{ file = \"target_url\" }}\npermissions = {{ {} }}",
            integration_name(n),
            permissions.join(", ")
        )
        .unwrap();
    }
    for n in 0..sizes.flows {
        let groups = if n == 0 {
            groups.clone()
        } else {
            format!("[\"group:{}\"]", group_name(0))
        };
        writeln!(
            text,
            "[[flows]]\nname = \"{}\"\nrequesters = {groups}\nintegration = \"{}\"\nmax_duration = \"366d\"\napprovers = {groups}\n\
             contact = \"{}\"\nextensions = {{ times = 100, each = \"366d\", ask_again = true }}",
            script.in_config(n, 95),
            integration_name(n % sizes.integrations),
            script.in_config(n, 300)
        )
        .unwrap();
    }
    text
}

fn registry(config: &Config) -> Registry {
    let made = config.integrations.iter().map(|integration| {
        let settings: &dyn Any = &*integration.settings;
        let PostgresConfig { target, .. } = settings
            .downcast_ref()
            .expect("the generated configs have no other kind");
        let permissions = target.permissions.iter();
        let settings = PostgresSettings {
            name: integration.name.clone(),
            url: target.url.clone(),
            permissions: permissions
                .map(|permission| Permission::of(&permission.name, "{resource}_x"))
                .collect(),
            resources: None,
            connect_host: None,
            connect_port: None,
            allow_roles: BTreeMap::new(),
            account: AccountKind::Ephemeral,
            replicas: Vec::new(),
            bounded: false,
            longest: None,
        };
        let made: Arc<dyn Integration> = Arc::new(Postgres::new(settings).unwrap());
        (integration.name.clone(), made)
    });
    Registry::new(made.collect())
}

fn resources(script: Script, count: usize, permissions: &[String]) -> Vec<Resource> {
    let resources = (0..count).map(|n| Resource {
        resource_type: "Database".to_owned(),
        id: format!("{n}"),
        name: script.text(n, 63),
        path: format!("db.example.com:5432/{n}"),
        tags: BTreeMap::new(),
        permissions: permissions.to_vec(),
        owner: None,
    });
    resources.collect()
}

async fn store(folder: &Path) -> Store {
    let store = Store::open(&DatabaseTarget::Sqlite(folder.join("apono.db")))
        .await
        .unwrap();
    store.migrate(START).await.unwrap();
    store
}
