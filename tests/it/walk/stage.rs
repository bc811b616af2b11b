//! Where the scenes play: the bot and everything around it, and what people do there. Each act is written down with what
//! everybody read of it.
//!
//! Invariant: time stands still while anybody acts or the bot works, and moves on by [`STEP`] after each act.

use std::sync::Arc;
use std::time::Duration;

use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::store::ReadGrants;
use apono::throwaway_postgres::ThrowawayPostgres;
use slack_simulator::{SeenMessage, SeenModal, Submitted};
use ssh_key::{HashAlg, PrivateKey};

use super::page::Page;
use super::screens::{Screens, name};
use super::stand_ins::StandIns;
use super::{CONFIG, preface};
use crate::postgres_target::check::AS_ROOT;
use crate::support::bot::{Context, Setup};
use crate::support::clock::TestClock;
use crate::support::process::apono;
use crate::support::steps::forged_approval;

/// 2030-01-07 10:00:00 UTC, a Monday.
const BEGINNING: Timestamp = Timestamp::from_seconds(1_894_010_400);

/// How much time passes with each act.
const STEP: Duration = Duration::from_secs(30);

/// How long people wait for what they need; a busy machine takes its time.
const PATIENCE: Duration = Duration::from_secs(45);

pub(super) struct Stage {
    pub(super) ctx: Context,
    page: Page,
    screens: Screens,
    stand_ins: StandIns,
    /// Posts are shown whole, as they are in the first scenes.
    whole_posts: bool,
}

/// What somebody enters in the request form.
pub(super) struct Wanted<'a> {
    pub(super) integration: &'a str,
    pub(super) resource_type: &'a str,
    pub(super) resource: &'a str,
    pub(super) permission: &'a str,
    pub(super) duration: &'a str,
    pub(super) justification: &'a str,
}

impl Stage {
    /// Everything is there, and the bot does not run yet.
    pub(super) async fn set(server: &ThrowawayPostgres) -> Self {
        let mut ctx = Context::prepare(Setup::default(), None, server, "orders").await;
        ctx.clock = Arc::new(TestClock::stopped(BEGINNING));
        ctx.simulator.set_patience(PATIENCE);
        // Slack's clock goes on by itself; it begins at the same time.
        ctx.advance_slack(BEGINNING.since(SystemClock.now()));
        for scope in ["usergroups:read", "im:read", "app_mentions:read"] {
            ctx.simulator.change_world(|world| world.remove_scope(scope));
        }
        let config = CONFIG.replace("{api_url}", &ctx.simulator.api_url());
        std::fs::write(ctx.config_path(), config).unwrap();
        let mut page = Page::default();
        preface::write(&mut page, CONFIG);
        Self {
            stand_ins: StandIns::of_target(server.port(), ctx.folder.path()),
            ctx,
            page,
            screens: Screens::default(),
            whole_posts: true,
        }
    }

    /// Ends the play as every test ends, and returns the page.
    pub(super) async fn finish(self) -> String {
        self.ctx.finish().await;
        self.page.into_text()
    }

    pub(super) fn scene(&mut self, title: &str, what: &str) {
        self.page.scene(title, what);
    }

    /// `apono run`.
    pub(super) async fn the_bot_starts(&mut self) {
        self.page.line("On the machine: `apono run`");
        self.ctx.run().await;
        self.ctx.everybody_is_known().await;
        self.ctx
            .until("the hosts are known", async || {
                let catalogue = &self.ctx.app().core().catalogue;
                catalogue.of("bastion-ssh").all().next().is_some()
            })
            .await;
        let install = self.ctx.app().core().store.install().await.unwrap();
        self.stand_ins.knows_install(&install.to_string());
        let key = std::fs::read_to_string(self.ctx.folder.path().join("bastion_ca")).unwrap();
        let key = PrivateKey::from_openssh(&key).unwrap();
        self.stand_ins
            .knows_ca(&key.public_key().fingerprint(HashAlg::Sha256).to_string());
        self.time_goes_on().await;
        self.whole_posts = false;
    }

    /// A command line beside the config.
    pub(super) async fn on_the_machine(&mut self, arguments: &str) {
        let words: Vec<&str> = arguments.split(' ').collect();
        let mut command = apono(&words);
        command.current_dir(self.ctx.folder.path());
        let output = tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        // Before PostgreSQL 16 there is one warning more.
        let is_shown = |line: &&str| !line.contains(AS_ROOT) && !line.starts_with("problems: ");
        let lines: Vec<&str> = said.lines().filter(is_shown).collect();
        let text = self.stand_ins.put_into(&lines.join("\n"));
        let ended = match output.status.code() {
            Some(0) => String::new(),
            code => format!(" ends with exit code {}", code.unwrap()),
        };
        self.page
            .block(&format!("On the machine: `apono {arguments}`{ended}"), &text);
    }

    /// The config is edited, and the running bot reads it again.
    pub(super) async fn reloads(&mut self, from: &str, to: &str) {
        self.ctx.edit_config(|text| text.replacen(from, to, 1));
        self.page.line(&format!(
            "In config.toml, `{from}` becomes `{to}`. On the machine: `systemctl reload apono`"
        ));
        // What is wrong is told in Slack, as the page shows.
        let _ = self.ctx.app().reload().await;
        self.time_goes_on().await;
    }

    /// A command that is answered with a text.
    pub(super) async fn types(&mut self, who: &str, words: &str) {
        self.types_in("#general", who, words).await;
    }

    /// The same in another channel.
    pub(super) async fn types_in(&mut self, channel: &str, who: &str, words: &str) {
        let place = if channel == "#general" {
            String::new()
        } else {
            format!(" in {channel}")
        };
        self.did(who, &format!("types `{}`{place}.", as_typed(words)));
        let person = self.ctx.person(who);
        let before = person.ephemerals().len();
        person
            .command_in(channel, "/apono", &self.as_sent(words))
            .await
            .unwrap();
        self.answered(who, before).await;
        self.time_goes_on().await;
    }

    /// A command that opens a window.
    pub(super) async fn opens(&mut self, who: &str, words: &str, label: &str) {
        self.did(who, &format!("types `{}`.", as_typed(words)));
        let person = self.ctx.person(who);
        person.command("/apono", &self.as_sent(words)).await.unwrap();
        self.sees_window(who, label).await;
    }

    /// A button on the newest message about this request.
    pub(super) async fn clicks(&mut self, who: &str, request: &str, button: &str) {
        self.did(who, &format!("clicks *{button}* on {}.", number_in(request)));
        self.ctx.clicks(who, request, button).await;
        self.time_goes_on().await;
    }

    /// The same, where it opens a window.
    pub(super) async fn clicks_for_window(&mut self, who: &str, request: &str, button: &str, label: &str) {
        self.did(who, &format!("clicks *{button}* on {}.", number_in(request)));
        self.ctx.clicks(who, request, button).await;
        self.sees_window(who, label).await;
    }

    /// The same, where it is answered with a text.
    pub(super) async fn clicks_for_answer(&mut self, who: &str, request: &str, button: &str) {
        self.did(who, &format!("clicks *{button}* on {}.", number_in(request)));
        let before = self.ctx.person(who).ephemerals().len();
        self.ctx.clicks(who, request, button).await;
        self.answered(who, before).await;
        self.time_goes_on().await;
    }

    /// A click on *Approve* of somebody else's card, made by hand as no client of Slack would.
    pub(super) async fn forges_approval(&mut self, who: &str, card: &SeenMessage) {
        self.did(who, "clicks *Approve* there.");
        let person = self.ctx.person(who);
        let before = person.ephemerals().len();
        person.raw_interaction(forged_approval(card)).await.unwrap();
        self.answered(who, before).await;
        self.time_goes_on().await;
    }

    /// Enters a text into the window that is open.
    pub(super) async fn fills(&mut self, who: &str, label: &str, value: &str) {
        self.did(who, &format!("writes into *{label}*: `{value}`"));
        self.ctx.person(who).fill(label, value).await.unwrap();
    }

    /// Ticks the last box of the window that is open.
    pub(super) async fn ticks_the_last(&mut self, who: &str) {
        let person = self.ctx.person(who);
        let label = person.modal().await.unwrap().labels.pop().unwrap();
        let option = person.options(&label).await.unwrap().remove(0);
        self.did(who, &format!("ticks *{option}*."));
        person.choose(&label, &[&option]).await.unwrap();
    }

    /// Sends the window that is open, and reads what becomes of it.
    pub(super) async fn sends(&mut self, who: &str) {
        let person = self.ctx.person(who);
        let button = person.modal().await.unwrap().submit.unwrap();
        self.did(who, &format!("clicks *{button}*."));
        match person.submit().await.unwrap() {
            Submitted::Closed => {}
            Submitted::Errors(errors) => {
                let lines: Vec<String> = errors
                    .iter()
                    .map(|(label, text)| format!("{label}: {text}"))
                    .collect();
                self.page
                    .block("The window stays open and says:", &lines.join("\n"));
                return;
            }
            Submitted::Updated | Submitted::Pushed => {
                let window = person.modal().await.unwrap();
                self.shows_window(who, &window);
                person.close_modal().await.unwrap();
            }
        }
        self.time_goes_on().await;
    }

    /// Closes the window that is open.
    pub(super) async fn closes(&mut self, who: &str) {
        self.ctx.person(who).close_modal().await.unwrap();
        self.time_goes_on().await;
    }

    /// Opens the request form, fills it in, and looks at it.
    pub(super) async fn fills_in_a_request(&mut self, who: &str, wanted: &Wanted<'_>) {
        self.did(who, "types `/apono request` and fills in the window.");
        self.enters(who, wanted).await;
        let window = self.ctx.person(who).modal().await.unwrap();
        self.shows_window(who, &window);
    }

    async fn enters(&self, who: &str, wanted: &Wanted<'_>) {
        let person = self.ctx.person(who);
        person.command("/apono", "request").await.unwrap();
        for (label, choice) in [
            ("Integration", wanted.integration),
            ("Resource type", wanted.resource_type),
            ("Resources", wanted.resource),
            ("Permissions", wanted.permission),
        ] {
            person.choose(label, &[choice]).await.unwrap();
        }
        person.fill("Duration", wanted.duration).await.unwrap();
        person.fill("Justification", wanted.justification).await.unwrap();
    }

    /// Asks with the form, which is not shown.
    pub(super) async fn asks(&mut self, who: &str, wanted: &Wanted<'_>) {
        let Wanted {
            permission,
            resource,
            duration,
            justification,
            ..
        } = wanted;
        self.did(
            who,
            &format!("types `/apono request` and asks for {permission} on {resource} for {duration}: \"{justification}\""),
        );
        self.enters(who, wanted).await;
        let sent = self.ctx.person(who).submit().await.unwrap();
        assert_eq!(sent, Submitted::Closed);
        self.time_goes_on().await;
    }

    /// Time passes until this long before the access ends.
    pub(super) async fn time_passes_until(&mut self, before: Duration, request: i64) {
        let id = self.ctx.request(request).await.id;
        let grant = self.ctx.app().core().store.grant(&id).await.unwrap().unwrap();
        let wanted = grant.until.minus(before);
        self.ctx.clock.advance(wanted.since(self.ctx.clock.now()));
        self.page.line(&format!("It is {wanted}."));
        self.time_goes_on().await;
    }

    /// Waits until the bot has done all it has to do now, lets time go on, waits again, and writes down what is new.
    async fn time_goes_on(&mut self) {
        self.ctx.quiet().await;
        self.ctx.clock.advance(STEP);
        self.ctx.quiet().await;
        self.screens
            .write_news(&self.ctx, &self.stand_ins, self.whole_posts, &mut self.page);
    }

    async fn answered(&self, who: &str, before: usize) {
        let person = self.ctx.person(who);
        self.ctx
            .until("the answer", async || person.ephemerals().len() > before)
            .await;
    }

    async fn sees_window(&mut self, who: &str, label: &str) {
        let person = self.ctx.person(who);
        let window = self
            .ctx
            .eventually("the window", async || {
                person
                    .top_modal()
                    .filter(|window| window.rendered.contains(label))
            })
            .await;
        self.shows_window(who, &window);
    }

    fn shows_window(&mut self, who: &str, window: &SeenModal) {
        let close = window.view["close"]["text"].as_str().unwrap_or("Close");
        let submit = window.submit.iter().map(|text| format!(" [{text}]"));
        let buttons = format!("[{close}]{}", submit.collect::<String>());
        let text = self
            .stand_ins
            .put_into(&format!("{}\n{buttons}", window.rendered));
        let whose = format!("Window of **{}**, *{}*:", name(who), window.title);
        self.page.block(&whose, &text);
    }

    fn did(&mut self, who: &str, what: &str) {
        self.page.line(&format!("**{}** {what}", name(who)));
    }

    /// What Slack makes of a mention.
    fn as_sent(&self, words: &str) -> String {
        let sent = words.split(' ').map(|word| match word.strip_prefix('@') {
            Some(handle) => format!("<@{}|{handle}>", self.ctx.person(handle).id()),
            None => word.to_owned(),
        });
        sent.collect::<Vec<_>>().join(" ")
    }
}

/// `AR-1` of the words that say which message is meant.
fn number_in(words: &str) -> &str {
    words.split(' ').next().unwrap_or(words)
}

fn as_typed(words: &str) -> String {
    format!("/apono {words}").trim_end().to_owned()
}
