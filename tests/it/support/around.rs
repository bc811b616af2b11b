//! What happens around the bot: its config is edited, its servers fail, it dies half-way, its database is looked into.

use std::sync::Arc;
use std::time::Duration;

use apono::access::ids::{RequestNumber, SubmissionId};
use apono::access::people::{Allowance, Facts, Person, SlackAccount, Standing};
use apono::app::database;
use apono::audit::event::Via;
use apono::config::Config;
use apono::integrations::registry::Registry;
use apono::network::install_crypto_provider;
use apono::store::{DatabaseTarget, DecisionVerdict, Sighting, Store};
use apono::usecases::decide::{Answer, answer};
use apono::usecases::extend::{More, extend};
use apono::usecases::red_button::{self, Press, Scope};
use apono::usecases::revoke::revoke;
use apono::usecases::{Core, CoreParts, Receipt, Rules};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use secrecy::ExposeSecret;
use slack_simulator::{SeenMessage, Submitted};
use sqlx::{Connection, PgConnection};
use url::Url;

use super::bot::Context;
use super::door::Door;

impl Context {
    /// Changes the config file; it counts from the next start.
    pub(crate) fn edit_config(&self, edit: impl FnOnce(String) -> String) {
        let path = self.config_path();
        let text = std::fs::read_to_string(&path).unwrap();
        let edited = edit(text.clone());
        assert_ne!(edited, text, "the edit changes nothing");
        std::fs::write(path, edited).unwrap();
    }

    /// Stops the bot once all is worked off.
    pub(crate) async fn stop_when_quiet(&mut self) {
        self.quiet().await;
        self.stop().await;
    }

    /// Restarts the bot with another config.
    pub(crate) async fn restart_with(&mut self, edit: impl FnOnce(String) -> String) {
        self.stop_when_quiet().await;
        self.edit_config(edit);
        self.run().await;
    }

    /// A session on the target as the bot's own role.
    pub(crate) async fn target_session(&self) -> PgConnection {
        PgConnection::connect(self.target.admin_url.expose_secret())
            .await
            .unwrap()
    }

    /// Restarts the bot with a door between it and the target.
    pub(crate) async fn door_to_target(&mut self) -> Door {
        self.stop().await;
        let door = self.door_before_target();
        self.run().await;
        door
    }

    /// A door that the bot's next start finds between it and the target.
    pub(crate) fn door_before_target(&self) -> Door {
        let mut url: Url = self.target.admin_url.expose_secret().parse().unwrap();
        let door = Door::to(url.port().unwrap());
        url.set_port(Some(door.port())).unwrap();
        std::fs::write(self.folder.path().join("target_url"), url.as_str()).unwrap();
        door
    }

    /// Restarts the bot with a door between it and Slack's Web API, without which it opens no new socket either.
    pub(crate) async fn door_to_slack(&mut self) -> Door {
        self.stop().await;
        let url: Url = self.simulator.api_url().parse().unwrap();
        let port = url.port().unwrap();
        let door = Door::to(port);
        self.edit_config(|text| text.replace(&format!(":{port}/api"), &format!(":{}/api", door.port())));
        self.run().await;
        door
    }

    /// A way past the store, for what the store never does.
    pub(crate) async fn raw_database(&self) -> DatabaseConnection {
        install_crypto_provider();
        let config = Config::load(&self.config_path()).unwrap();
        let url = match database(&config).unwrap() {
            DatabaseTarget::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseTarget::Postgres(url) => url.expose_secret().to_owned(),
        };
        Database::connect(url).await.unwrap()
    }

    /// Runs a statement past the store.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let raw = self.raw_database().await;
        let done = raw.execute_unprepared(sql).await.unwrap();
        raw.close().await.unwrap();
        done.rows_affected()
    }

    /// The stopped bot's store, for writing.
    pub(crate) async fn stopped_store(&self) -> Store {
        let config = Config::load(&self.config_path()).unwrap();
        Store::open(&database(&config).unwrap()).await.unwrap()
    }

    /// What a process leaves that dies between an approval and the work that follows from it.
    pub(crate) async fn approve_while_stopped(&self, approver: &str, number: RequestNumber) {
        let core = self.stopped_core().await;
        let request = core.store.request_by_number(number).await.unwrap().unwrap();
        let by = self.known(&core, approver).await;
        let facts = Facts::new(vec![self.known(&core, "dana").await, by.clone()]);
        let approval = Answer {
            verdict: DecisionVerdict::Approve,
            reason: None,
        };
        let receipt = Receipt::now(Via::Slack, "the last click");
        answer(&core, &facts, &by, &request.id, &approval, receipt)
            .await
            .unwrap();
        core.store.close().await.unwrap();
    }

    /// What a process leaves that dies between an extension and telling the target of it.
    pub(crate) async fn extend_while_stopped(&self, who: &str, number: RequestNumber, added: Duration) {
        let core = self.stopped_core().await;
        let request = core.store.request_by_number(number).await.unwrap().unwrap();
        let by = self.known(&core, who).await;
        let facts = Facts::new(vec![by.clone()]);
        let more = More { added, words: None };
        let receipt = Receipt::now(Via::Slack, "the last form");
        extend(&core, &facts, &by, &request.id, &more, receipt)
            .await
            .unwrap();
        core.store.close().await.unwrap();
    }

    /// What a process leaves that dies right after somebody's revoke was taken.
    pub(crate) async fn revoke_while_stopped(&self, who: &str, number: RequestNumber) {
        let core = self.stopped_core().await;
        let by = self.known(&core, who).await;
        let receipt = Receipt::now(Via::Slack, "the last command");
        revoke(&core, &by, number, None, receipt).await.unwrap();
        core.store.close().await.unwrap();
    }

    /// What a process leaves that dies right after an admin's red button was taken. Returns how many requests it is to end.
    pub(crate) async fn press_while_stopped(&self, admin: &str, integration: &str) -> u64 {
        let core = self.stopped_core().await;
        let by = self.known(&core, admin).await;
        let press = Press {
            form: &SubmissionId::new("the last form"),
            scope: &Scope::On(integration.to_owned()),
            brake: false,
            reason: None,
        };
        let receipt = Receipt::now(Via::Slack, "the last form");
        let ending = red_button::press(&core, &by, press, receipt).await.unwrap();
        core.store.close().await.unwrap();
        ending.requests
    }

    /// The part of a bot that decides, with nothing that acts.
    pub(crate) async fn stopped_core(&self) -> Core {
        let config = Config::load(&self.config_path()).unwrap();
        let store = self.stopped_store().await;
        Core::new(CoreParts {
            install: store.install().await.unwrap(),
            store,
            clock: self.clock.clone(),
            rules: Rules {
                policy: Arc::new(config.policy.clone()),
                integrations: Registry::default(),
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
        })
    }

    /// A member as Slack would describe them now.
    async fn known(&self, core: &Core, who: &str) -> Person {
        let person = self.person(who);
        let account = SlackAccount {
            enterprise: None,
            team: Some(self.simulator.team_id()),
            user: person.id(),
        };
        let email = person.email();
        let name = self
            .simulator
            .change_world(|world| world.person(who).unwrap().name.clone());
        let now = core.now();
        let seen = Sighting {
            home: None,
            account,
            organisations: None,
            name: &name,
            email: Some(&email),
            shown: Some(&email),
            is_pinned: false,
        };
        let kept = core.store.keep_account(&seen, now).await.unwrap();
        Person {
            id: kept.id,
            account: kept.account,
            other_ids: Vec::new(),
            name,
            email: Some(email),
            standing: Standing::Member,
            fetched_at: now,
        }
    }

    /// Sends the request form, which is taken.
    pub(crate) async fn asks(&self, who: &str, permission: &str, duration: &str, why: &str) {
        let sent = self.ask(who, permission, duration, why).await;
        assert_eq!(sent, Submitted::Closed);
    }

    /// Messages in somebody's conversation with the bot that contain the words.
    pub(crate) fn messages_to(&self, who: &str, containing: &str) -> Vec<SeenMessage> {
        let mut messages = self.person(who).reads("@bot");
        messages.retain(|message| message.contains(containing));
        messages
    }
}
