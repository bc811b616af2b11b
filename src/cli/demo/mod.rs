//! `apono demo`: simulated people use the real code, in less than a minute.
//!
//! Invariant: it prints only what it has observed, and however it ends, it leaves nothing behind.

mod acts;
mod audit_channel;
mod cast;
mod closing;
mod configured;
mod database_client;
mod error;
mod laptop;
mod past;
mod scenes;
mod stage;
mod transcript;

use std::process::ExitCode;
use std::time::Instant;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::logging;
use acts::Play;
use error::DemoError;
use stage::Stage;
use transcript::{Transcript, spoken};

pub(super) use past::Extent;

/// What a shell reports for a program that was ended with Ctrl-C.
const INTERRUPTED: u8 = 130;

/// How to play the demo.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// Keep running afterwards, until Ctrl-C or SIGTERM, with so much history before it.
    pub(super) keep: Option<Extent>,
    /// Play as on a machine without PostgreSQL.
    pub(super) ssh_only: bool,
    /// Print everything that everybody does and reads.
    pub(super) full: bool,
}

/// Plays the demo.
pub(super) async fn demo(wanted: Wanted) -> ExitCode {
    if std::env::var_os("RUST_LOG").is_some() {
        logging::start(logging::Format::Text);
    }
    let ended = async {
        let told = told_to_stop()?;
        Box::pin(run(wanted, &told, &Transcript::new(wanted.full))).await
    };
    match ended.await {
        Ok(code) => code,
        Err(error) => complain(&error),
    }
}

fn complain(error: &DemoError) -> ExitCode {
    eprintln!("apono demo: {error}.");
    ExitCode::FAILURE
}

/// Cancelled as soon as Ctrl-C or SIGTERM arrives.
fn told_to_stop() -> Result<CancellationToken, DemoError> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let told = CancellationToken::new();
    let teller = told.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        teller.cancel();
    });
    Ok(told)
}

async fn run(wanted: Wanted, told: &CancellationToken, page: &Transcript) -> Result<ExitCode, DemoError> {
    let keep = wanted.keep.is_some();
    let began = Instant::now();
    introduce(page)?;
    // A signal does not interrupt this: a server that is only half started could not be stopped.
    let stage = match Box::pin(Stage::set(page, wanted)).await {
        Err(_) if told.is_cancelled() => return Ok(ExitCode::from(INTERRUPTED)),
        stage => stage?,
    };
    let played = told.run_until_cancelled(play(&stage, keep, page)).await;
    if keep && matches!(played, Some(Ok(()))) {
        told.cancelled().await;
    }
    let struck = stage.strike().await;
    let code = match played {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => complain(&error),
        None => ExitCode::from(INTERRUPTED),
    };
    struck?;
    page.tell(&format!(
        "Everything is stopped and removed. It took {} in total.",
        spoken(began.elapsed())
    ))?;
    if code == ExitCode::SUCCESS && !keep {
        point_onwards(page)?;
    }
    Ok(code)
}

fn introduce(page: &Transcript) -> Result<(), DemoError> {
    page.tell(
        "apono gives people access for a limited time, after somebody has approved it, and then takes it away again. In this demo the bot, its audit trail and the servers are real. Slack and the people are simulated on this machine. It needs no token and no network, and takes about half a minute.",
    )?;
    page.story().tell(
        "Dana is a developer. Omar and Priya approve. Ada is an admin, and Sam reads #permissions-audit.",
    )?;
    let page = page.detail();
    page.at("The people")?;
    for player in cast::ALL {
        page.shows(&format!("{:<6} {}", player.name, player.role))?;
    }
    Ok(())
}

async fn play(stage: &Stage, keep: bool, page: &Transcript) -> Result<(), DemoError> {
    let mut play = Play::new(stage, page)?;
    if stage.has_database() {
        play.access_that_ends_by_itself().await?;
        play.a_request_that_is_rejected().await?;
        play.access_that_an_admin_ends_early().await?;
        play.a_login_by_certificate("4. Login with an SSH certificate", 4)
            .await?;
    } else {
        play.a_login_by_certificate("1. Login with an SSH certificate that expires automatically", 1)
            .await?;
        play.a_request_that_is_rejected().await?;
        play.certificates_that_an_admin_ends_early().await?;
    }
    play.verify().await?;
    if keep { invite(stage, page).await } else { Ok(()) }
}

fn point_onwards(page: &Transcript) -> Result<(), DemoError> {
    page.part("What next")?;
    page.shows(if page.is_full() {
        "docs/walk.md         shows what each person sees, for everything that apono does"
    } else {
        "apono demo --full    prints every message, window and post of these scenes"
    })?;
    page.shows("apono demo --keep    keeps running, with a portal and a month of history to look at")?;
    page.shows("README.md            shows in five steps how to run apono in your own Slack workspace")?;
    Ok(())
}

/// Tells the person watching how to continue by hand.
async fn invite(stage: &Stage, page: &Transcript) -> Result<(), DemoError> {
    // Once anything is printed, a stop is a proper end.
    let told = stage.portal_link(&cast::ADA).await?;
    let control = stage.simulator.control_url();
    let bare = control.trim_start_matches("http://");
    page.at("Your turn")?;
    page.tell(&format!(
        "Everything keeps running. You can act as the people, and read what they read, through the Slack simulator's control API at {control}, which lists what it can do:"
    ))?;
    page.shows(&format!("curl {bare}"))?;
    page.shows(&format!(
        r#"curl --json '{{"command":"/apono","text":"help"}}' {bare}/people/dana/command"#
    ))?;
    page.shows(&format!("curl '{bare}/messages?channel=permissions-audit'"))?;
    if let Some(told) = told {
        page.tell(
            "The portal shows the same in your browser. As Ada, who is an admin, sign in within 5 minutes:",
        )?;
        for line in told.lines() {
            page.shows(line)?;
        }
        page.tell("Later, or as somebody else, ask for another link and read the answer:")?;
        page.shows(&format!(
            r#"curl --json '{{"command":"/apono","text":"portal"}}' {bare}/people/dana/command"#
        ))?;
        page.shows(&format!("curl {bare}/people/dana/ephemerals"))?;
    }
    page.tell(&format!(
        "The bot's config is {}.",
        stage.folder().join("config.toml").display()
    ))?;
    page.tell("Ctrl-C stops and removes everything.")?;
    Ok(())
}
