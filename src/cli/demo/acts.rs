//! What the people do and read, shared by several scenes.

use std::time::Instant;

use secrecy::SecretString;
use slack_simulator::{SeenMessage, Submitted};

use crate::access::grant::Grant;
use crate::access::ids::RequestNumber;
use crate::access::request::Request;
use crate::store::ReadGrants;

use super::audit_channel::{AuditChannel, CHANNEL};
use super::cast::{ADA, DANA, OMAR, Player, SAM};
use super::database_client::Login;
use super::error::DemoError;
use super::stage::{Stage, Target};
use super::transcript::Transcript;

/// What all scenes share.
pub(super) struct Play<'a> {
    pub(super) stage: &'a Stage,
    pub(super) page: &'a Transcript,
    pub(super) audit: AuditChannel,
    /// Every password that Connect has shown so far.
    pub(super) passwords: Vec<SecretString>,
    /// And every certificate.
    pub(super) certificates: Vec<SecretString>,
}

/// What Dana enters into the form.
pub(super) struct Entered<'a> {
    pub(super) target: Target,
    pub(super) permission: &'a str,
    pub(super) duration: &'a str,
    pub(super) justification: &'a str,
}

impl<'a> Play<'a> {
    pub(super) fn new(stage: &'a Stage, page: &'a Transcript) -> Result<Self, DemoError> {
        let sam = stage.person(&SAM);
        let posted = match stage.made() {
            Some(_) => sam.read_channel(CHANNEL)?.len(),
            None => 0,
        };
        Ok(Self {
            stage,
            page,
            audit: AuditChannel::after(sam, posted),
            passwords: Vec::new(),
            certificates: Vec::new(),
        })
    }

    /// The number of the request of a scene, which follow those of the history.
    pub(super) fn number(&self, scene: i64) -> RequestNumber {
        RequestNumber(self.stage.made().map_or(0, |made| made.last.0) + scene)
    }

    /// Dana opens the form with the slash command, fills it in from top to bottom, and sends it.
    pub(super) async fn asks(&self, entered: &Entered<'_>) -> Result<(), DemoError> {
        self.page.story().at(&format!(
            "Dana types /apono request, and asks for {} on {} for {}",
            entered.permission, entered.target.resource, entered.duration
        ))?;
        let (dana, page) = (self.stage.person(&DANA), self.page.detail());
        page.at("Dana, in #general")?;
        page.shows("/apono request")?;
        let began = Instant::now();
        dana.command("/apono", "request").await?;
        let window = dana.modal().await?;
        page.took(began.elapsed(), "from the command to the open window")?;

        page.at(&format!("Dana, in the window \"{}\"", window.title))?;
        for (label, choice) in [
            ("Integration", entered.target.integration),
            ("Resource type", entered.target.resource_type),
            ("Resources", entered.target.resource),
            ("Permissions", entered.permission),
        ] {
            dana.choose(label, &[choice]).await?;
            let offered = dana.options(label).await?.join(", ");
            page.shows(&format!("{label}: {choice}   (offered: {offered})"))?;
        }
        for (label, text) in [
            ("Duration", entered.duration),
            ("Justification", entered.justification),
        ] {
            dana.fill(label, text).await?;
            page.shows(&format!("{label}: {text}"))?;
        }
        let sent = Instant::now();
        taken(&dana.submit().await?)?;
        page.took(sent.elapsed(), "from submitting the form until the bot has it")?;
        Ok(())
    }

    /// Waits for the newest message with these words in the person's direct message with the bot, and prints it.
    pub(super) async fn reads(&self, player: &Player, words: &str) -> Result<SeenMessage, DemoError> {
        self.reads_on(self.page, player, words).await
    }

    async fn reads_on(
        &self,
        page: &Transcript,
        player: &Player,
        words: &str,
    ) -> Result<SeenMessage, DemoError> {
        let message = self.stage.person(player).wait_for("@bot", words).await?;
        page.direct(player.name, &message.rendered)?;
        Ok(message)
    }

    /// The same, but prints only the headline, the buttons, and the last line, which has the status; the story has none of it.
    pub(super) async fn glances(&self, player: &Player, words: &str) -> Result<SeenMessage, DemoError> {
        let message = self.stage.person(player).wait_for("@bot", words).await?;
        self.glances_at(player, &message)?;
        Ok(message)
    }

    pub(super) fn glances_at(&self, player: &Player, message: &SeenMessage) -> Result<(), DemoError> {
        let last = message.rendered.lines().count().saturating_sub(1);
        let mut seen = Vec::new();
        for (at, line) in message.rendered.lines().enumerate() {
            if at == 0 || at == last || line.starts_with('[') {
                seen.push(line);
            } else if seen.len() == 1 {
                seen.push("...");
            }
        }
        self.page.detail().direct(player.name, &seen.join("\n"))?;
        Ok(())
    }

    /// The same, but the story has none of it.
    pub(super) async fn reads_in_full(&self, player: &Player, words: &str) -> Result<SeenMessage, DemoError> {
        self.reads_on(&self.page.detail(), player, words).await
    }

    /// Omar approves; Dana's access is granted.
    pub(super) async fn approves(&self, request: RequestNumber) -> Result<(), DemoError> {
        self.stage.delivered().await?;
        let clicked = Instant::now();
        self.stage
            .person(&OMAR)
            .click(&request.to_string(), "Approve")
            .await?;
        self.page.at("Omar clicks Approve")?;
        self.page
            .detail()
            .took(clicked.elapsed(), "from the click until the bot has it")?;
        self.reads(&DANA, &format!("Granted {request}")).await?;
        self.page
            .detail()
            .took(clicked.elapsed(), "from the click until Dana sees it")?;
        self.glances(&DANA, &format!("{request} · Granted")).await?;
        Ok(())
    }

    /// In the window that shows a request, Ada clicks Revoke, and sends the window that asks why.
    pub(super) async fn revokes(&self) -> Result<(), DemoError> {
        let ada = self.stage.person(&ADA);
        ada.click_in_modal("Revoke").await?;
        self.stage
            .until("the window that asks why", async || {
                let window = ada.top_modal().map(|modal| modal.rendered);
                Ok(window.filter(|text| text.contains("Reason")))
            })
            .await?;
        ada.submit().await?;
        Ok(())
    }

    /// Dana clicks Connect: the window's lines as she reads them, and the login in them.
    pub(super) async fn opens_connect(
        &mut self,
        request: RequestNumber,
    ) -> Result<(String, Login), DemoError> {
        let dana = self.stage.person(&DANA);
        dana.click(&format!("{request} · Granted"), "Connect").await?;
        let window = self
            .stage
            .until("the window with the password", async || {
                let window = dana.top_modal().map(|modal| modal.rendered);
                Ok(window.filter(|text| text.contains("Password: ")))
            })
            .await?;
        let login = Login::read(&window).ok_or_else(|| {
            DemoError::NotAsPromised("the window does not show everything a login needs".to_owned())
        })?;
        self.passwords.push(login.password.clone());
        dana.close_modal().await?;
        let lines = window.lines().filter(|line| *line != "```");
        Ok((lines.collect::<Vec<_>>().join("\n"), login))
    }

    /// What the bot has committed about a request and its grant on the database.
    pub(super) async fn stored(&self, number: RequestNumber) -> Result<(Request, Option<Grant>), DemoError> {
        let store = &self.stage.app.core().store;
        let request = store.request_by_number(number).await?;
        let request =
            request.ok_or_else(|| DemoError::NotAsPromised(format!("the bot has no request {number}")))?;
        let grant = store.grant(&request.id).await?;
        Ok((request, grant))
    }
}

/// A form was submitted, and the bot accepted it.
pub(super) fn taken(answer: &Submitted) -> Result<(), DemoError> {
    match answer {
        Submitted::Closed => Ok(()),
        Submitted::Errors(_) | Submitted::Updated | Submitted::Pushed => Err(DemoError::NotAsPromised(
            format!("the form was not accepted: {answer:?}"),
        )),
    }
}
