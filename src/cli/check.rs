//! `apono check`: everything that is wrong with a config file, all at once, and what is probably a mistake; with `--online`
//! also everything the config refers to, and what people can ask for.
//!
//! Invariant: nothing is changed anywhere, and one problem never hides another.

use std::path::Path;
use std::process::ExitCode;

use crate::access::flows::PersonRef;
use crate::access::target::Trouble;
use crate::app::reach::network;
use crate::app::{self, issuer};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Modes};
use crate::document::{Place, Problem};
use crate::findings::{Finding, Grade};
use crate::integrations::kind::Around;
use crate::integrations::{IntegrationConfig, IntegrationError};
use crate::network::{Proxy, install_crypto_provider};
use crate::oidc;
use crate::slack::channel::Purpose;
use crate::slack::check::{self as slack, Subject, WantedChannel};
use crate::slack::web::Pacing;
use crate::store::{Store, StoreError};
use crate::web::{CALLBACK, check as portal};

use super::{no_config, on_offer};

/// What `apono check` looks at without asking anybody.
#[derive(Clone, Copy)]
pub(super) enum Scope {
    /// The file, the secrets and files that it refers to, and who else can read or write them.
    All,
    /// Only the file: for a machine without the secrets.
    FileAlone,
}

/// With `strict`, a warning makes it fail too.
pub(super) fn check(path: &Path, scope: Scope, strict: bool) -> ExitCode {
    let config = match scope {
        Scope::All => Config::check(path),
        Scope::FileAlone => Config::load(path),
    };
    let config = match config {
        Ok(config) => config,
        Err(error) => return no_config(&error),
    };
    let modes = match scope {
        Scope::All => config.look_at_modes(),
        Scope::FileAlone => Modes::default(),
    };
    let doubts: Vec<&Problem> = config.doubts.iter().chain(&modes.doubts).collect();
    for doubt in &doubts {
        eprintln!("warning: {}", doubt.shown_in(path));
    }
    for problem in &modes.problems {
        eprintln!("{}", problem.shown_in(path));
    }
    let found = match scope {
        Scope::All => of_the_certificate(&config),
        Scope::FileAlone => Vec::new(),
    };
    for finding in &found {
        eprintln!("{}: [web]: {finding}", path.display());
    }
    if !(modes.problems.is_empty() && found.is_empty()) {
        return ExitCode::FAILURE;
    }
    if let Scope::FileAlone = scope {
        say!("not checked: {}", config.beyond_the_file());
    }
    let warnings = match doubts.len() {
        1 => "1 warning".to_owned(),
        number => format!("{number} warnings"),
    };
    if strict && !doubts.is_empty() {
        eprintln!("{}: {warnings}, {}.", path.display(), strictly(doubts.len()));
        return ExitCode::FAILURE;
    }
    let verdict = if doubts.is_empty() {
        "no problems".to_owned()
    } else {
        format!("no problems, {warnings}")
    };
    say!("{}: {verdict}. {}", path.display(), config.summary());
    ExitCode::SUCCESS
}

/// Why a check with so many warnings fails.
const fn strictly(warnings: usize) -> &'static str {
    match warnings {
        1 => "and --strict makes it fail",
        _ => "and --strict makes them fail",
    }
}

/// Prints one line for each finding. It fails if one of them is a problem, and with `strict` also on a warning.
pub(super) async fn check_online(path: &Path, strict: bool) -> ExitCode {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => return no_config(&error),
    };
    let mut findings = of_the_file(&config, path);
    findings.extend(about("database", of_the_database(&config).await));
    findings.extend(about("slack", of_slack(&config, path).await));
    findings.extend(about("oidc", of_the_issuer(&config).await));
    findings.extend(of_listeners(&config).await);
    for integration in &config.integrations {
        findings.extend(about(&integration.name, of_a_target(&config, integration).await));
    }
    for finding in &findings {
        say!("{finding}");
    }
    let count = |grade| findings.iter().filter(|finding| finding.grade == grade).count();
    let (problems, warnings) = (count(Grade::Problem), count(Grade::Warning));
    let fails_by_warnings = strict && warnings > 0;
    let why = if fails_by_warnings {
        format!(", {}", strictly(warnings))
    } else {
        String::new()
    };
    say!("problems: {problems}, warnings: {warnings}{why}");
    if problems == 0 && !fails_by_warnings {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What is wrong with the portal's certificate.
fn of_the_certificate(config: &Config) -> Vec<Finding> {
    let web = config.web.as_ref();
    web.map_or_else(Vec::new, |web| portal::certificate(web, SystemClock.now()))
}

/// The portal and the metrics, if they are on: the certificate, and whether they could listen.
async fn of_listeners(config: &Config) -> Vec<Finding> {
    let mut findings: Vec<Finding> = about("web", of_the_certificate(config)).collect();
    let listens = [
        ("web", config.web.as_ref().map(|web| web.listen)),
        ("metrics", config.metrics.as_ref().map(|metrics| metrics.listen)),
    ];
    for (what, at) in listens {
        if let Some(at) = at {
            findings.push(portal::listening(at).await.about(what));
        }
    }
    findings
}

fn about(what: &str, findings: Vec<Finding>) -> impl Iterator<Item = Finding> {
    findings.into_iter().map(move |finding| finding.about(what))
}

fn of_the_file(config: &Config, path: &Path) -> Vec<Finding> {
    let modes = config.look_at_modes();
    let doubts = config.doubts.iter().chain(&modes.doubts);
    let doubts = doubts.map(|doubt| Finding::warning(doubt.shown_in(path), ""));
    let mut problems = config.check_secrets();
    problems.extend(modes.problems);
    if problems.is_empty() {
        let sound = Finding::ok(format!("{}: {}", path.display(), config.summary()));
        return std::iter::once(sound).chain(doubts).collect();
    }
    problems
        .iter()
        .map(|problem| Finding::problem(problem.shown_in(path), ""))
        .chain(doubts)
        .collect()
}

async fn of_the_database(config: &Config) -> Vec<Finding> {
    // The findings about the file name the secret.
    let Ok(target) = app::database(config) else {
        return Vec::new();
    };
    let mut findings = Store::check(&target).await;
    let live = from_the_database(config, async |store| store.live_integrations().await.map(Some)).await;
    let live = live.unwrap_or_default();
    let lost = app::lost_from(config, &live);
    findings.extend(lost.into_iter().map(|sentence| Finding::warning(sentence, "")));
    let unknown = app::integrations::of_unknown_kinds(&live);
    findings.extend(unknown.into_iter().map(|sentence| Finding::problem(sentence, "")));
    findings
}

async fn of_slack(config: &Config, path: &Path) -> Vec<Finding> {
    let proxy = match Proxy::from_env() {
        Ok(proxy) => proxy,
        Err(error) => {
            let text = format!("not checked: {error}");
            return vec![Finding::problem(text, "correct or unset that variable")];
        }
    };
    let through = proxy
        .as_ref()
        .and_then(|proxy| proxy.before(&config.slack.api_url));
    let web = match app::web_api(config, Pacing::Slack, proxy) {
        Ok(web) => web,
        Err(error) => {
            let text = format!("not checked: {error}");
            return vec![Finding::problem(text, "correct `[slack]`")];
        }
    };
    let people = placed(config, path, config.policy.named_people());
    let outside_auditors = placed(config, path, &config.policy.outside_auditors);
    let channels = wanted_channels(config).await;
    let through = through.map(|proxy| Finding::ok(format!("using the proxy {proxy}")));
    let findings = slack::check(&Subject {
        web: &web,
        channels: &channels,
        people: &people,
        outside_auditors: &outside_auditors,
    })
    .await;
    through.into_iter().chain(findings).collect()
}

/// People of the config with the places that name them, in file order.
fn placed<'a>(
    config: &Config,
    path: &Path,
    people: impl IntoIterator<Item = &'a PersonRef>,
) -> Vec<(PersonRef, String)> {
    let people = people.into_iter();
    let mut people: Vec<_> = people
        .filter_map(|person| Some((config.place_of(person)?, person)))
        .collect();
    people.sort_by_key(|(place, _)| (place.line, place.column));
    let placed = people.into_iter().map(|(Place { line, column }, person)| {
        (person.clone(), format!("{}:{line}:{column}", path.display()))
    });
    placed.collect()
}

/// Nothing if the config has none. What keeps the proxy from being used is said about Slack.
async fn of_the_issuer(config: &Config) -> Vec<Finding> {
    let web = config.web.as_ref();
    let (Some(web), Ok(proxy)) = (web, Proxy::from_env()) else {
        return Vec::new();
    };
    let Some(oidc) = &web.oidc else {
        return Vec::new();
    };
    install_crypto_provider();
    let origin = web.origin(web.listen).origin().ascii_serialization();
    let settings = issuer::settings(config, oidc, &format!("{origin}{CALLBACK}"));
    oidc::check(settings, &network(config, proxy), SystemClock.now()).await
}

async fn of_a_target(config: &Config, integration: &IntegrationConfig) -> Vec<Finding> {
    let records = from_the_database(config, async |store| {
        let found = app::integrations::records_of(integration, &store).await;
        found.map(Some)
    })
    .await;
    let around = Around {
        records: records.unwrap_or_default(),
        longest: Some(config.longest_access(&integration.name)),
    };
    let target = match integration.settings.make(&around) {
        Ok(target) => target,
        Err(error) => return vec![failed(&error)],
    };
    let mut findings = match target.check(SystemClock.now()).await {
        Ok(findings) => findings,
        Err(error) => return vec![failed(&error)],
    };
    match on_offer::of_a_target(config, integration, &*target).await {
        Ok(offer) => findings.extend(offer),
        // What keeps the check from looking has been found already.
        Err(_) if findings.iter().any(|finding| finding.grade == Grade::Problem) => {}
        Err(error) => findings.push(failed(&error)),
    }
    findings
}

/// A target that could not be checked.
fn failed(error: &IntegrationError) -> Finding {
    let mend = match error.trouble() {
        Trouble::Unreachable | Trouble::Slow | Trouble::Busy => {
            "check that the target is running, and that its `url` is right and reachable from this machine"
        }
        Trouble::Unfinished
        | Trouble::Secret
        | Trouble::Odd
        | Trouble::Setup
        | Trouble::Rights
        | Trouble::Missing
        | Trouble::NotOurs
        | Trouble::Over
        | Trouble::TooMuch
        | Trouble::Unsupported => "",
    };
    Finding::problem(error.to_string(), mend)
}

/// The channels that the bot writes to.
async fn wanted_channels(config: &Config) -> Vec<WantedChannel<'_>> {
    let (audit, alerts) = (config.slack.audit_channel.as_str(), config.alerts_channel());
    let mut channels = Vec::new();
    for (purpose, wanted) in [(Purpose::Audit, audit), (Purpose::Alerts, alerts)] {
        if purpose == Purpose::Audit || wanted != audit {
            channels.push(WantedChannel {
                purpose,
                wanted,
                pinned: pinned_channel(config, purpose, wanted).await,
            });
        }
    }
    channels
}

/// The channel that the bot found under this name; none if the bot never ran.
async fn pinned_channel(config: &Config, purpose: Purpose, wanted: &str) -> Option<String> {
    from_the_database(config, async |store| {
        store.pinned_channel(purpose.stored(), wanted).await
    })
    .await
}

/// Something from the bot's database; none if the database cannot be read, which its own findings report.
async fn from_the_database<T>(
    config: &Config,
    read: impl AsyncFnOnce(Store) -> Result<Option<T>, StoreError>,
) -> Option<T> {
    let store = Store::open_for_reading(&app::database(config).ok()?).await.ok()?;
    let found = read(store.clone()).await.ok()?;
    store.close().await.ok()?;
    found
}
