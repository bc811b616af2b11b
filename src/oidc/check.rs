//! What `apono check --online` says about the issuer. It only reads what the issuer tells everybody.

use super::Settings;
use super::error::{OidcError, Trouble};
use super::provider::Provider;
use crate::access::time::Timestamp;
use crate::findings::Finding;
use crate::network::Network;

/// Everything about the issuer that can be checked without signing in.
pub async fn check(settings: Settings, network: &Network, now: Timestamp) -> Vec<Finding> {
    let provider = match Provider::new(settings, network) {
        Ok(provider) => provider,
        Err(error) => {
            return vec![Finding::problem(
                format!("not checked: {error}"),
                "correct `ca_file` in `[slack]`",
            )];
        }
    };
    let Settings {
        issuer,
        client_secret,
        redirect_uri,
        ..
    } = provider.settings();
    let mut findings = match offered(&provider, now).await {
        Ok(keys) => vec![Finding::ok(format!(
            "{issuer} describes itself, and publishes {keys}"
        ))],
        Err(error) => vec![failed(&error)],
    };
    if client_secret.is_none() {
        findings.push(Finding::warning(
            "there is no client_secret, so the issuer has to know the bot as a public client",
            "register a confidential (web) client, and write its secret as `client_secret`",
        ));
    }
    // The issuer tells nobody what is registered there.
    findings.push(Finding::unseen(
        format!("whether the redirect address {redirect_uri} is registered there"),
        "compare it with the client's settings at the issuer",
    ));
    findings
}

async fn offered(provider: &Provider, now: Timestamp) -> Result<String, OidcError> {
    let discovered = provider.discovered(now).await?;
    Ok(match provider.keys(&discovered).await?.len() {
        1 => "1 key".to_owned(),
        count => format!("{count} keys"),
    })
}

fn failed(error: &OidcError) -> Finding {
    let fix = match error.trouble() {
        Trouble::Unreachable => {
            "let this machine reach the issuer, through HTTPS_PROXY if there is a proxy, and check `issuer` in `[web.oidc]`"
        }
        Trouble::Refused | Trouble::Answer | Trouble::Setup => {
            "write `issuer` exactly as the document spells it; the issuer has to offer the authorization code flow, PKCE with S256, and RS256 or ES256"
        }
    };
    Finding::problem(error.to_string(), fix)
}
