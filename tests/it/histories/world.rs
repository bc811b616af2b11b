//! One real bot with its own database, Slack and target, to which a history happens.

use std::collections::BTreeMap;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::time::Timestamp;
use apono::clock::Clock;
use apono::store::DatabaseTarget;
use secrecy::ExposeSecret;
use slack_simulator::{CallMishap, EnvelopeMishap, SeenMessage, Trouble, World as Slack};
use sqlx::{Connection, PgConnection};

use crate::support::bot::{Context, Setup};
use crate::support::door::Door;
use crate::support::face::Face;
use crate::support::postgres_server;

use super::acts::Bold;
use super::commands::{Command, Config, Failure};
use super::model::PENDING_FOR;
use super::people::Person;
use super::settling::A_MOMENT;

/// Whatever waits for a target or for Slack is tried again within this.
const RETRIED_WITHIN: Duration = Duration::from_secs(61);

/// What is in the config in addition to the usual. Sessions go to the server itself, not through the door that fails.
const FLOWS: &str = r#"
connect_host = "127.0.0.1"
connect_port = {port}

[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
permissions = ["read"]
max_duration = "8h"
extensions = { times = 2, each = "2h" }
approvers = ["group:sre"]

[[flows]]
name = "Eve writes"
requesters = ["U0EVE"]
integration = "orders-db"
permissions = ["write"]
max_duration = "7h"
approvers = ["priya@example.com"]

[[flows]]
name = "Write at once"
requesters = ["dana@example.com"]
integration = "orders-db"
permissions = ["write"]
approval = "automatic"
max_duration = "1h"
extensions = { times = 2, each = "2h" }
"#;

const USUAL: &str = "max_duration = \"8h\"";
const TIGHT: &str = "max_duration = \"2h\"";
const WRONG: &str = "max_duration = \"no time at all\"";

fn numbered(request: usize) -> RequestNumber {
    RequestNumber(i64::try_from(request).unwrap())
}

pub(super) struct World {
    pub(super) ctx: Context,
    door: Door,
    /// For looking at the target.
    pub(super) target: PgConnection,
    pub(super) slack_is_up: bool,
    /// When the history began.
    began: Timestamp,
    /// How long it has waited, in whole hours.
    waited: Duration,
    /// By how much the clock was ahead of that after the last wait.
    pub(super) ahead_before: Duration,
    /// The cards as they were when somebody could decide, by whose they are and the request.
    pub(super) cards: BTreeMap<(Person, usize), SeenMessage>,
    /// Sessions that people opened, by request.
    pub(super) sessions: Vec<(usize, PgConnection)>,
}

impl World {
    pub(super) async fn start(database: Option<DatabaseTarget>) -> Self {
        let port = postgres_server::shared().unwrap().port();
        let setup = Setup {
            world: Slack::example(),
            config: FLOWS.replace("{port}", &port.to_string()),
        };
        let mut ctx = Context::start(setup, database).await;
        ctx.edit_config(|text| {
            text.replace(
                "pending_for = \"22h\"",
                &format!("pending_for = \"{PENDING_FOR}h\""),
            )
        });
        let door = ctx.door_to_target().await;
        let target = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        let began = ctx.clock.now();
        Self {
            ctx,
            door,
            target,
            slack_is_up: true,
            began,
            waited: Duration::ZERO,
            ahead_before: Duration::ZERO,
            cards: BTreeMap::new(),
            sessions: Vec::new(),
        }
    }

    /// By how much the clock is ahead of the hours that were waited.
    pub(super) fn ahead(&self) -> Duration {
        self.ctx.clock.now().since(self.began.plus(self.waited))
    }

    /// So many hours after the beginning.
    pub(super) fn at_hour(&self, hours: u32) -> Timestamp {
        self.began.plus(Duration::from_hours(hours.into()))
    }

    /// Lets it happen, and returns what the people who did it read of it: `answers` of them are waited for.
    pub(super) async fn carry_out(
        &mut self,
        command: &Command,
        people: &[Person],
        answers: usize,
    ) -> Vec<String> {
        let read_before: Vec<usize> = people.iter().map(|who| self.read_by(*who).len()).collect();
        let mut in_forms = Vec::new();
        match command {
            Command::Ask {
                permission, hours, ..
            } => {
                let asked = self
                    .by(people[0])
                    .ask(permission.word(), &format!("{hours}h"))
                    .await;
                in_forms = asked.unwrap();
            }
            Command::Approve { request, .. } => {
                self.by(people[0]).approve(numbered(*request)).await.unwrap();
            }
            Command::ApproveTwice { request, .. } => self.approve_at_once([people[0]; 2], *request).await,
            Command::ApproveTogether { request } => {
                self.approve_at_once([people[0], people[1]], *request).await;
            }
            Command::Reject { request, .. } => {
                in_forms = self.by(people[0]).reject(numbered(*request)).await.unwrap();
            }
            Command::Cancel { request, .. } => {
                self.by(people[0]).cancel(numbered(*request)).await.unwrap();
            }
            Command::Revoke { request, .. } => {
                self.by(people[0]).give_back(numbered(*request)).await.unwrap();
            }
            Command::Extend { request, .. } => {
                let extended = self.by(people[0]).extend(numbered(*request), "2h").await;
                extended.unwrap();
            }
            Command::Connect { request } => self.connect(people[0], *request).await,
            Command::Wait { hours } => self.wait(*hours),
            Command::TargetFails => self.door.hang_up().await,
            Command::TargetIsBack => self.target_is_back().await,
            Command::SlackIsGone => self.slack_is_gone().await,
            Command::SlackIsBack => self.slack_is_back().await,
            Command::SlackFails(failure) => self.slack_fails(*failure),
            Command::EnvelopesTwice => {
                let twice = Trouble::everywhere(EnvelopeMishap::Twice);
                self.ctx.simulator.envelopes_meet(twice.times(4));
            }
            Command::Restart => self.restart().await,
            Command::Reload(config) => self.reload(*config).await,
        }
        let wanted = answers.saturating_sub(in_forms.len());
        self.ctx
            .until("they are answered", async || {
                self.read_since(people, &read_before).len() >= wanted
            })
            .await;
        self.settle().await;
        in_forms.extend(self.read_since(people, &read_before));
        in_forms
    }

    fn by(&self, who: Person) -> Bold<'_> {
        Bold { world: self, who }
    }

    async fn approve_at_once(&self, both: [Person; 2], request: usize) {
        let [one, other] = both.map(|who| self.by(who));
        let (one, other) = tokio::join!(one.approve(numbered(request)), other.approve(numbered(request)));
        one.unwrap();
        other.unwrap();
    }

    /// What these people alone have read since each had read so much.
    fn read_since(&self, people: &[Person], before: &[usize]) -> Vec<String> {
        let since = people
            .iter()
            .zip(before)
            .flat_map(|(who, before)| self.read_by(*who).split_off(*before));
        since.collect()
    }

    fn read_by(&self, who: Person) -> Vec<String> {
        let answers = self.ctx.person(who.handle()).ephemerals().into_iter();
        answers.map(|answer| answer.rendered).collect()
    }

    fn wait(&mut self, hours: u32) {
        let span = Duration::from_hours(hours.into());
        self.ctx.clock.advance(span);
        self.waited += span;
        self.ahead_before = self.ahead();
    }

    async fn target_is_back(&mut self) {
        self.door.shut().await;
        self.door.open();
        self.ctx.clock.advance(RETRIED_WITHIN);
    }

    async fn slack_is_gone(&mut self) {
        self.ctx.quiet().await;
        self.ctx.simulator.begin_outage();
        self.slack_is_up = false;
    }

    async fn slack_is_back(&mut self) {
        self.ctx.simulator.end_outage();
        self.slack_is_up = true;
        self.hear_slack().await;
        self.ctx.clock.advance(RETRIED_WITHIN);
    }

    async fn hear_slack(&self) {
        self.ctx
            .until("it hears Slack", async || {
                self.ctx.clock.advance(A_MOMENT);
                self.ctx.simulator.open_sockets() >= 2
            })
            .await;
    }

    fn slack_fails(&self, failure: Failure) {
        let mishap = match failure {
            Failure::RateLimited => CallMishap::RateLimited { retry_after: Some(1) },
            Failure::Unavailable => CallMishap::Status(503),
            Failure::LostRequest => CallMishap::LostRequest,
            Failure::LostResponse => CallMishap::LostResponse,
        };
        for method in ["chat.postMessage", "chat.update"] {
            self.ctx
                .simulator
                .calls_meet(Trouble::on(method, mishap.clone()).times(2));
        }
    }

    async fn restart(&mut self) {
        if self.slack_is_up {
            self.ctx.quiet().await;
        }
        self.ctx.stop().await;
        self.ctx.start_app().await;
        if self.slack_is_up {
            self.hear_slack().await;
        }
    }

    async fn reload(&mut self, config: Config) {
        let before = std::fs::read_to_string(self.ctx.config_path()).unwrap();
        let wanted = match config {
            Config::Usual => USUAL,
            Config::Tight => TIGHT,
            Config::Wrong => WRONG,
        };
        let after = before.replace(USUAL, wanted).replace(TIGHT, wanted);
        std::fs::write(self.ctx.config_path(), after).unwrap();
        let reloaded = self.ctx.app().reload().await;
        assert_eq!(reloaded.is_err(), config == Config::Wrong, "{reloaded:?}");
        if config == Config::Wrong {
            std::fs::write(self.ctx.config_path(), before).unwrap();
        }
        self.ctx.clock.advance(RETRIED_WITHIN);
    }

    /// What holds at the end of every test holds at the end of every history.
    pub(super) async fn finish(self) {
        drop(self.sessions);
        // What a trouble would have it do much later, it does now.
        self.ctx.simulator.end_troubles();
        self.ctx.finish().await;
    }
}
