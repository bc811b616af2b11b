//! The SSH scenes: a certificate that lives for seconds and is renewed, and an early revoke that waits for the last
//! certificate.

use std::time::Instant;

use secrecy::SecretString;
use slack_simulator::Submitted;

use super::super::acts::{Entered, Play};
use super::super::cast::{ADA, DANA, OMAR};
use super::super::error::DemoError;
use super::super::laptop::{Laptop, Shown};
use super::super::stage::BASTION;
use super::super::transcript::Transcript;
use crate::access::ids::RequestNumber;
use crate::access::time::Timestamp;
use crate::clock::{Clock, SystemClock};

impl Play<'_> {
    pub(in super::super) async fn a_login_by_certificate(
        &mut self,
        title: &str,
        scene: i64,
    ) -> Result<(), DemoError> {
        self.page.part(title)?;
        let request = self.number(scene);
        let laptop = Laptop::new()?;
        self.asks(&Entered {
            target: BASTION,
            permission: "login",
            duration: "14s",
            justification: "ticket 4713: the nightly job left a lock behind",
        })
        .await?;
        let card = format!("{request} · Pending");
        if self.stage.has_database() {
            self.reads_in_full(&OMAR, &card).await?;
        } else {
            self.reads(&OMAR, &card).await?;
        }
        self.approves(request).await?;
        let first = self.pastes_her_key(request, &laptop).await?;
        let (page, detail) = (self.page, self.page.detail());
        self.logs_in(page, &laptop, &first).await?;
        detail.tell(&format!(
            "In this demo a certificate is valid for 5 seconds; by default it is 5 minutes. This one expires at {}. Waiting for that.",
            first.until()
        ))?;
        page.story()
            .tell("Here a certificate is valid for 5 seconds (by default 5 minutes). Waiting for its end.")?;
        self.is_refused(page, &laptop, &first).await?;
        let second = self.gets_another(request).await?;
        self.logs_in(&detail, &laptop, &second).await?;

        let until = self.end_of(request).await?;
        detail.tell(&format!("Dana's access expires at {until}. Waiting for that."))?;
        self.reads(&DANA, &format!("Ended {request}")).await?;
        self.is_refused(&detail, &laptop, &second).await?;
        self.audit
            .follow(&self.page.detail(), &format!("EXPIRED {request}"))
            .await?;
        self.page.detail().took(
            self.lateness(request).await?,
            "from the expiry until the bot said so",
        )?;
        Ok(())
    }

    pub(in super::super) async fn certificates_that_an_admin_ends_early(&mut self) -> Result<(), DemoError> {
        self.page.part("3. Access that an admin ends early")?;
        let request = self.number(3);
        let laptop = Laptop::new()?;
        self.asks(&Entered {
            target: BASTION,
            permission: "login",
            duration: "30m",
            justification: "ticket 4714: logs for the weekly report",
        })
        .await?;
        self.approves(request).await?;
        let shown = self.pastes_her_key(request, &laptop).await?;
        self.logs_in(self.page, &laptop, &shown).await?;
        self.audit
            .follow(self.page, &format!("CREDENTIALS SHOWN {request}"))
            .await?;

        let ada = self.stage.person(&ADA);
        ada.click(&format!("GRANTED {request}"), "Open").await?;
        ada.modal().await?;
        let clicked = Instant::now();
        self.revokes().await?;
        self.page
            .at("Ada, in #permissions-audit, clicks Open, and in the window Revoke")?;
        self.page.tell(
            "A host accepts a certificate without asking anyone, so a certificate cannot be taken back. Dana gets no new one, and the bot reports the access as revoked once her last one has expired.",
        )?;
        self.glances(&DANA, &format!("{request} · Revok")).await?;
        self.reads(&DANA, &format!("Ended {request}")).await?;
        self.page
            .took(clicked.elapsed(), "from Ada's click until Dana sees it")?;
        self.is_refused(self.page, &laptop, &shown).await?;
        self.audit
            .follow(self.page, &format!("REVOKED {request}"))
            .await?;
        ada.close_modal().await?;
        Ok(())
    }

    async fn pastes_her_key(&mut self, request: RequestNumber, laptop: &Laptop) -> Result<Shown, DemoError> {
        let dana = self.stage.person(&DANA);
        self.opens_question(request).await?;
        let line = laptop.public_key()?;
        let offered = dana
            .top_modal()
            .is_some_and(|modal| modal.labels.contains(&"Key".to_owned()));
        let label = if offered {
            "Another public key"
        } else {
            "Public key"
        };
        dana.fill(label, &line).await?;
        self.page
            .at("Dana clicks Connect, and a window asks for her key")?;
        self.page
            .story()
            .at("The window now shows a certificate for that key, and the line for ssh")?;
        self.page.detail().shows(&format!("{label}: {line}"))?;
        self.sends_key().await
    }

    /// The key was remembered and is already selected.
    async fn gets_another(&mut self, request: RequestNumber) -> Result<Shown, DemoError> {
        self.opens_question(request).await?;
        self.page
            .detail()
            .at("Dana clicks Connect again; the bot remembers her key, and it is already selected")?;
        self.sends_key().await
    }

    async fn opens_question(&self, request: RequestNumber) -> Result<(), DemoError> {
        let dana = self.stage.person(&DANA);
        self.stage.delivered().await?;
        dana.click(&format!("{request} · Granted"), "Connect").await?;
        self.stage
            .until("the window that asks for a public key", async || {
                Ok(dana
                    .top_modal()
                    .filter(|modal| modal.submit.is_some())
                    .map(|_| ()))
            })
            .await
    }

    async fn sends_key(&mut self) -> Result<Shown, DemoError> {
        let dana = self.stage.person(&DANA);
        let sent = Instant::now();
        let answer = dana.submit().await?;
        let took = sent.elapsed();
        let window = dana.modal().await?.rendered;
        let shown = Shown::read(&window).filter(|_| answer == Submitted::Updated);
        let shown = shown.ok_or_else(|| DemoError::NotAsPromised(format!("no certificate: {answer:?}")))?;
        self.certificates.push(SecretString::from(shown.line.as_str()));
        let detail = self.page.detail();
        detail.shows(&shown.window)?;
        detail.took(took, "from submitting the key to the certificate")?;
        dana.close_modal().await?;
        Ok(shown)
    }

    async fn logs_in(&self, page: &Transcript, laptop: &Laptop, shown: &Shown) -> Result<(), DemoError> {
        if !self.stage.has_host() {
            return Ok(page.shows(&format!(
                "a host would accept it for login as {} until {}",
                shown.principals(),
                shown.until()
            ))?);
        }
        let began = Instant::now();
        match laptop.logs_in(shown).await? {
            None => {
                let done = format!("logged in as {}", shown.principals());
                page.says("Dana, at her shell, with that line", &done)?;
                Ok(page.detail().took(began.elapsed(), "for the login")?)
            }
            Some(refusal) => Err(DemoError::NotAsPromised(format!(
                "the certificate is valid, but the host said: {refusal}"
            ))),
        }
    }

    /// Waits until the certificate has expired, and then checks that no host accepts it.
    async fn is_refused(&self, page: &Transcript, laptop: &Laptop, shown: &Shown) -> Result<(), DemoError> {
        let left = shown.until().since(SystemClock.now());
        tokio::time::sleep(left).await;
        if !self.stage.has_host() {
            return Ok(page.shows(&format!(
                "a host would refuse it: it expired at {}",
                shown.until()
            ))?);
        }
        match laptop.logs_in(shown).await? {
            Some(refusal) => Ok(page.says(
                "Dana, at her shell, with the same line",
                &format!("refused: {refusal}"),
            )?),
            None => Err(DemoError::NotAsPromised(
                "the certificate has expired, but the host let her in".to_owned(),
            )),
        }
    }

    async fn end_of(&self, request: RequestNumber) -> Result<Timestamp, DemoError> {
        let (_, grant) = self.stored(request).await?;
        let grant = grant.ok_or_else(|| DemoError::NotAsPromised("there is no grant".to_owned()))?;
        Ok(grant.until)
    }
}
