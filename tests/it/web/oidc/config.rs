//! What `apono check --online` says about an issuer.

use insta::assert_snapshot;
use serde_json::json;

use super::attacks::run;
use super::made_up::Odd;
use crate::support::bot::Context;

/// The lines about the issuer.
async fn says(ctx: &Context) -> String {
    let (_, said) = ctx.check_online().await;
    let lines = said.lines().filter(|line| line.contains(" oidc: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_says_what_is_wrong_with_an_issuer() {
    run(async |ctx, issuer| {
        assert_snapshot!(says(ctx).await, @"
        ok       oidc: http://127.0.0.1:[port] describes itself, and publishes 1 key
        warning  oidc: there is no client_secret, so the issuer has to know the bot as a public client; fix: register a confidential (web) client, and write its secret as `client_secret`
        unseen   oidc: whether the redirect address http://127.0.0.1:0/sign-in/oidc/callback is registered there; fix: compare it with the client's settings at the issuer
        ");
        let mut all = String::new();
        issuer.is_odd("/keys", Some(Odd::Elsewhere));
        all.push_str(says(ctx).await.lines().next().unwrap());
        for (name, value) in [
            ("token_endpoint", json!("http://idp.example/token")),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("issuer", json!("https://id.example.com")),
        ] {
            issuer.describes(name, value);
            all.push('\n');
            all.push_str(says(ctx).await.lines().next().unwrap());
        }
        issuer.is_odd("/.well-known/openid-configuration", Some(Odd::Page));
        all.push('\n');
        all.push_str(says(ctx).await.lines().next().unwrap());
        assert_snapshot!(all, @r#"
        problem  oidc: the issuer's keys (jwks_uri) cannot be fetched: HTTP 307; fix: let this machine reach the issuer, through HTTPS_PROXY if there is a proxy, and check `issuer` in `[web.oidc]`
        problem  oidc: the issuer's discovery document (/.well-known/openid-configuration) has a token_endpoint that is not an https:// address; fix: write `issuer` exactly as the document spells it; the issuer has to offer the authorization code flow, PKCE with S256, and RS256 or ES256
        problem  oidc: the issuer's discovery document (/.well-known/openid-configuration) does not offer PKCE with S256; fix: write `issuer` exactly as the document spells it; the issuer has to offer the authorization code flow, PKCE with S256, and RS256 or ES256
        problem  oidc: the issuer's discovery document (/.well-known/openid-configuration) is about another issuer, "https://id.example.com"; fix: write `issuer` exactly as the document spells it; the issuer has to offer the authorization code flow, PKCE with S256, and RS256 or ES256
        problem  oidc: the issuer's discovery document (/.well-known/openid-configuration) is not a JSON object; fix: write `issuer` exactly as the document spells it; the issuer has to offer the authorization code flow, PKCE with S256, and RS256 or ES256
        "#);
    })
    .await;
}
