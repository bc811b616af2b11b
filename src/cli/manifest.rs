//! `apono manifest`: the Slack app the bot needs, and the link that creates it.
//!
//! Invariant: it prints the `manifest.yaml` of its own release, byte for byte.

use url::form_urlencoded;

/// Slack's page that creates an app; <https://docs.slack.dev/app-manifests/configuring-apps-with-app-manifests> describes its
/// arguments.
const NEW_APP: &str = "https://api.slack.com/apps";

/// The app manifest, as YAML with a comment next to each scope.
pub fn manifest_text() -> &'static str {
    include_str!("../../manifest.yaml")
}

/// A link that opens Slack's "create an app" page with the manifest filled in.
///
/// Comments are left out: a URL has less room than a file, and Slack does not keep them.
pub fn create_link() -> String {
    let settings: String = manifest_text()
        .lines()
        .filter(|line| !line.is_empty() && !line.trim_start().starts_with('#'))
        .flat_map(|line| [line, "\n"])
        .collect();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("new_app", "1")
        .append_pair("manifest_yaml", &settings)
        .finish();
    // Forms read both encodings of a space, everything else reads only this one; in YAML a space matters.
    format!("{NEW_APP}?{}", query.replace('+', "%20"))
}
