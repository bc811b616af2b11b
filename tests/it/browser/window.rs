//! One person's browser: what they open, press, type and read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use http::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;
use url::{ParseError, Url};

use super::chromium::Chromium;
use crate::support::bot::Context;
use crate::support::canary::Secret;
use crate::web::signing_in::handed;

/// How long a page may take until it shows what is looked for.
const PATIENCE: Duration = Duration::from_secs(30);

/// How somebody likes to see pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Light,
    Dark,
    /// The system chooses the colours, for people who see little.
    Forced,
}

pub(super) struct Window {
    driver: Client,
    origin: String,
    downloads: PathBuf,
    axe: String,
    clicks: AtomicU32,
}

impl Window {
    /// A browser that was never here. `name` is of nobody else's in this test.
    pub(super) async fn open_for(ctx: &Context, chromium: &Chromium, name: &str) -> Self {
        let downloads = chromium.folder(&format!("{name}-downloads"));
        let profile = format!("--user-data-dir={}", chromium.folder(name).display());
        let wanted = json!({
            "browserName": "chrome",
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": {
                // Chromium refuses its sandbox to root.
                "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en", profile],
                "prefs": { "download.default_directory": downloads },
            },
        });
        let driver = ClientBuilder::new(HttpConnector::new())
            .capabilities(serde_json::from_value(wanted).unwrap())
            .connect(&chromium.url)
            .await
            .unwrap();
        let window = Self {
            driver,
            origin: ctx.app().portal().unwrap().origin().to_owned(),
            downloads,
            axe: chromium.axe.clone(),
            clicks: AtomicU32::default(),
        };
        window.look(1280, Look::Light).await;
        window
    }

    /// The same with somebody signed in, as people do: with the link and the code that the bot told them.
    pub(super) async fn signed_in(ctx: &mut Context, chromium: &Chromium, who: &str) -> Self {
        Self::open_for(ctx, chromium, who).await.sign_in(ctx, who).await
    }

    /// The same in another browser of theirs.
    pub(super) async fn signed_in_again(ctx: &mut Context, chromium: &Chromium, who: &str) -> Self {
        let other = format!("{who}-again");
        Self::open_for(ctx, chromium, &other)
            .await
            .sign_in(ctx, who)
            .await
    }

    async fn sign_in(self, ctx: &mut Context, who: &str) -> Self {
        let handed = handed(ctx, who).await;
        self.open(&handed.path).await;
        self.write("Code", &handed.code).await;
        self.press("Continue").await;
        self.until_heading(ctx, "Sign in as ").await;
        self.press("Sign in").await;
        self.until_heading(ctx, "My access").await;
        self.keep_secret(ctx).await;
        self.clicks.store(0, Ordering::Relaxed);
        self
    }

    /// What opens the session must not be found anywhere later.
    pub(super) async fn keep_secret(&self, ctx: &mut Context) {
        let session = self.driver.get_named_cookie("apono-session").await.unwrap();
        ctx.secrets
            .push(Secret::new("what opens a session", session.value()));
    }

    pub(super) async fn close(self) {
        self.driver.close().await.unwrap();
    }

    /// Types an address: of the portal, unless it says another.
    pub(super) async fn open(&self, path: &str) {
        let of_portal = path.strip_prefix('/');
        let address = of_portal.map(|path| format!("{}/{path}", self.origin));
        self.driver
            .goto(address.as_deref().unwrap_or(path))
            .await
            .unwrap();
    }

    /// The path and the query of the address.
    pub(super) async fn address(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.as_str().trim_start_matches(&self.origin).to_owned()
    }

    /// The heading of the page, once it is there: on a busy machine, what was opened may still be on its way.
    pub(super) async fn heading(&self) -> String {
        let shown = async {
            loop {
                let found: String = self
                    .script("return document.querySelector('h1')?.innerText ?? ''", Vec::new())
                    .await;
                if !found.is_empty() {
                    return found;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, shown).await.unwrap_or_default()
    }

    /// Waits until a page is open whose heading begins with this.
    pub(super) async fn until_heading(&self, ctx: &Context, heading: &str) {
        ctx.until(heading, async || self.heading().await.starts_with(heading))
            .await;
    }

    /// Everything that is shown, without the frame.
    pub(super) async fn text(&self) -> String {
        self.script("return document.querySelector('main').innerText", Vec::new())
            .await
    }

    /// Sets the width in CSS pixels and the colours.
    pub(super) async fn look(&self, width: u32, look: Look) {
        let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
        self.tell("Emulation.setDeviceMetricsOverride", metrics).await;
        let scheme = if look == Look::Dark { "dark" } else { "light" };
        let forced = if look == Look::Forced { "active" } else { "none" };
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "forced-colors", "value": forced },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.tell("Emulation.setEmulatedMedia", features).await;
    }

    /// Whether scripts of pages run, from the next page on. What the tests themselves look at is not touched by it.
    pub(super) async fn scripts(&self, run: bool) {
        self.tell("Emulation.setScriptExecutionDisabled", json!({ "value": !run }))
            .await;
    }

    async fn tell(&self, command: &str, with: Value) {
        let body = json!({ "cmd": command, "params": with });
        let path = "goog/cdp/execute";
        self.driver.issue_cmd(Chromiums { path, body }).await.unwrap();
    }

    /// What the browser complained about since it was asked last.
    pub(super) async fn console(&self) -> Vec<String> {
        let body = json!({ "type": "browser" });
        let log = self
            .driver
            .issue_cmd(Chromiums { path: "se/log", body })
            .await
            .unwrap();
        let lines = log.as_array().unwrap().iter();
        lines
            .map(|line| line["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What a script of ours finds on the page.
    pub(super) async fn script<T: DeserializeOwned>(&self, script: &str, with: Vec<Value>) -> T {
        let found = self.driver.execute(script, with).await.unwrap();
        serde_json::from_value(found).unwrap()
    }

    /// The same for one that takes its time, and then calls its last argument.
    pub(super) async fn slow_script<T: DeserializeOwned>(&self, script: &str, with: Vec<Value>) -> T {
        let found = self.driver.execute_async(script, with).await.unwrap();
        serde_json::from_value(found).unwrap()
    }

    /// Gives the page axe, once.
    pub(super) async fn give_axe(&self) {
        let is_there: bool = self.script("return 'axe' in window", Vec::new()).await;
        if !is_there {
            self.driver.execute(&self.axe, Vec::new()).await.unwrap();
        }
    }

    /// Clicks a link or a button by the words on it: the first of them that is shown.
    pub(super) async fn press(&self, words: &str) {
        self.click(&self.control(words).await).await;
    }

    /// The same for a button that sends a form, until the page that answers is there: it can look like the one before.
    pub(super) async fn send(&self, words: &str) {
        self.driver
            .execute("window.isBefore = true", Vec::new())
            .await
            .unwrap();
        self.press(words).await;
        let answered = async {
            // An error: the page changes just now.
            while !self
                .driver
                .execute(
                    "return window.isBefore === true || document.readyState !== 'complete'",
                    Vec::new(),
                )
                .await
                .is_ok_and(|is_before| is_before == Value::Bool(false))
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(PATIENCE, answered).await.unwrap();
    }

    /// Clicks what is found by this `XPath`.
    pub(super) async fn press_at(&self, path: &str) {
        self.click(&self.found(path, path).await).await;
    }

    /// Clicks a field by its label, empties it, and types.
    pub(super) async fn write(&self, label: &str, text: &str) {
        let field = self.field(label).await;
        self.click(&field).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Chooses in a list by its label.
    pub(super) async fn choose(&self, label: &str, option: &str) {
        let list = self.field(label).await;
        self.clicks.fetch_add(1, Ordering::Relaxed);
        list.send_keys(option).await.unwrap();
    }

    async fn click(&self, element: &Element) {
        self.clicks.fetch_add(1, Ordering::Relaxed);
        element.click().await.unwrap();
    }

    async fn control(&self, words: &str) -> Element {
        let path = ["a", "button", "summary"].map(|tag| format!("//{tag}[normalize-space()=\"{words}\"]"));
        self.found(words, &path.join("|")).await
    }

    async fn field(&self, label: &str) -> Element {
        let path = format!("//*[@id=//label[normalize-space(text()[1])=\"{label}\"]/@for]");
        self.found(label, &path).await
    }

    /// The first that is shown of what is at this `XPath`. The page that a click led to may still be on its way, and what is of the
    /// page before is not shown any more.
    async fn found(&self, what: &str, path: &str) -> Element {
        let shown = async {
            loop {
                // An error: the page changes meanwhile.
                for found in self
                    .driver
                    .find_all(Locator::XPath(path))
                    .await
                    .unwrap_or_default()
                {
                    if found.is_displayed().await.unwrap_or(false) {
                        return found;
                    }
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let Ok(found) = timeout(PATIENCE, shown).await else {
            panic!("no {what} on {}:\n{}", self.address().await, self.text().await)
        };
        found
    }

    /// How often the mouse was used since somebody signed in.
    pub(super) fn clicks(&self) -> u32 {
        self.clicks.load(Ordering::Relaxed)
    }

    /// Types, whatever has the focus.
    pub(super) async fn types(&self, text: &str) {
        let keys = text
            .chars()
            .fold(KeyActions::new("keyboard".to_owned()), |keys, value| {
                keys.then(KeyAction::Down { value }).then(KeyAction::Up { value })
            });
        self.driver.perform_actions(keys).await.unwrap();
    }

    /// Presses a key, whatever has the focus.
    pub(super) async fn key(&self, key: Key) {
        self.types(&key.to_string()).await;
    }

    /// Goes on with Tab until the control with these words, or the field with this label, has the focus, which can be seen.
    pub(super) async fn tab_to(&self, name: &str) {
        for _ in 0..60 {
            self.key(Key::Tab).await;
            let (found, seen): (String, bool) = self.script(FOCUSED, Vec::new()).await;
            assert!(seen, "the focus on {found:?} cannot be seen");
            if found == name {
                return;
            }
        }
        panic!("Tab never comes to {name} on {}", self.address().await);
    }

    /// The tables that arrived, once they are whole: until then they have another name.
    pub(super) fn downloaded(&self) -> Vec<PathBuf> {
        let Ok(files) = std::fs::read_dir(&self.downloads) else {
            return Vec::new();
        };
        let files = files.map(|file| file.unwrap().path());
        files
            .filter(|path| path.extension().is_some_and(|end| end == "csv"))
            .collect()
    }
}

/// The words on what has the focus, or its label, and whether an outline shows that.
const FOCUSED: &str = r"
const at = document.activeElement;
const label = at.labels?.[0]?.firstChild.textContent;
const style = getComputedStyle(at);
return [(label ?? at.innerText ?? '').trim(), at === document.body || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2)];
";

/// What chromedriver can do beyond `WebDriver`.
#[derive(Debug)]
struct Chromiums {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Chromiums {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
