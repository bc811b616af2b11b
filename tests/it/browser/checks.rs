//! What has to be true of every page, however wide it is and whichever colours it has.

use fantoccini::key::Key;
use serde_json::json;

use super::window::{Look, Window};

/// Desk, tablet and phone, in light and dark. 320 is also a desk at 400 %.
pub(super) const EVERY_LOOK: [(u32, Look); 7] = [
    (1280, Look::Light),
    (720, Look::Light),
    (320, Look::Light),
    (320, Look::Dark),
    (720, Look::Dark),
    (1280, Look::Dark),
    (1280, Look::Forced),
];

/// The two that differ most.
pub(super) const FEW_LOOKS: [(u32, Look); 2] = [(320, Look::Light), (1280, Look::Dark)];

/// What WCAG 2.2 asks for at A and AA, as far as a program can tell. Targets of 24 pixels are not among axe's defaults.
const BARRIERS: &str = r"
const done = arguments[arguments.length - 1];
const options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  rules: { 'target-size': { enabled: true } },
  resultTypes: ['violations'],
  preload: false,
};
axe.run(document, options).then(
  found => done([found.passes.length, found.violations.map(one =>
    `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.html + ' ' + node.failureSummary).join(' | ')}`)]),
  error => done([0, [String(error)]]));
";

/// What makes the page wider than the window, if it is.
const SIDEWAYS: &str = r"
const page = document.documentElement;
if (page.scrollWidth <= page.clientWidth) return [];
const wide = [...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right > page.clientWidth + 0.5);
return [`${page.scrollWidth} in ${page.clientWidth}`, ...wide.slice(0, 5).map(one => one.outerHTML.slice(0, 160))];
";

/// Controls on which the focus would not be seen. The key before was Tab, so that a browser shows it.
const UNSEEN_FOCUS: &str = r"
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
const shown = all.filter(one => one.checkVisibility());
return shown.filter(one => {
  one.focus();
  const style = getComputedStyle(one);
  return document.activeElement !== one || style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2;
}).map(one => one.outerHTML.slice(0, 160));
";

/// What would still move for somebody who asked for less of that.
const MOVING: &str = r"
return [...document.querySelectorAll('*')].filter(one => {
  const style = getComputedStyle(one);
  return style.animationName !== 'none' || style.transitionDuration.split(',').some(span => parseFloat(span) > 0);
}).map(one => one.outerHTML.slice(0, 160));
";

/// What can be used on the page, in words.
const CONTROLS: &str = r"
const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')];
return all.filter(one => one.checkVisibility()).map(one => (one.labels?.[0]?.innerText ?? one.innerText).trim() || one.outerHTML);
";

/// Everything that is wrong with the page that is open, each with the look in which it is.
pub(super) async fn faults(window: &Window, looks: &[(u32, Look)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (width, look) in looks {
        window.look(*width, *look).await;
        let found = barriers(window).await.into_iter().chain(sideways(window).await);
        faults.extend(found.map(|fault| format!("{width} {look:?}: {fault}")));
    }
    window.look(1280, Look::Light).await;
    let moving: Vec<String> = window.script(MOVING, Vec::new()).await;
    faults.extend(moving.into_iter().map(|what| format!("it moves: {what}")));
    faults.extend(unseen_focus(window).await);
    faults
}

pub(super) async fn barriers(window: &Window) -> Vec<String> {
    window.give_axe().await;
    let (passed, found): (usize, Vec<String>) = window.slow_script(BARRIERS, Vec::new()).await;
    assert!(passed > 0 || !found.is_empty(), "axe looked at nothing");
    found
}

pub(super) async fn sideways(window: &Window) -> Vec<String> {
    window.script(SIDEWAYS, Vec::new()).await
}

pub(super) async fn unseen_focus(window: &Window) -> Vec<String> {
    window.key(Key::Tab).await;
    let found: Vec<String> = window.script(UNSEEN_FOCUS, Vec::new()).await;
    found
        .into_iter()
        .map(|what| format!("the focus is not seen: {what}"))
        .collect()
}

pub(super) async fn controls(window: &Window) -> Vec<String> {
    window.script(CONTROLS, Vec::new()).await
}

/// Puts something on the page, as a mistake would.
pub(super) async fn spoil(window: &Window, with: &str) {
    let script = "document.querySelector('main').insertAdjacentHTML('beforeend', arguments[0])";
    let _: Option<bool> = window.script(script, vec![json!(with)]).await;
}
