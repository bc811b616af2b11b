//! Requests with Amazon's signature, version 4.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use data_encoding::HEXLOWER;
use http::request::Builder;
use http::{Method, Request};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};
use url::Url;

use super::settings::Keys;
use crate::access::time::Timestamp;
use crate::secrets::SecretRef;
use crate::sinks::Fault;

/// What is signed, and with what.
pub(super) struct Signing<'a> {
    pub(super) method: Method,
    pub(super) url: &'a Url,
    pub(super) headers: &'a [(&'static str, String)],
    pub(super) body: &'a str,
    pub(super) keys: &'a Keys,
    pub(super) region: &'a str,
}

/// The request without its body. The keys are read each time, so new ones are used at once.
pub(super) fn signed(signing: Signing<'_>, now: Timestamp) -> Result<Builder, Fault> {
    let Signing {
        method,
        url,
        headers,
        body,
        keys,
        region,
    } = signing;
    let (id, secret) = (keys.id.read()?, keys.secret.read()?);
    let token = keys.session_token.as_ref().map(SecretRef::read).transpose()?;
    let token = token.map(|token| token.expose_secret().to_owned());
    let identity = Credentials::new(id.expose_secret(), secret.expose_secret(), token, None, "apono").into();
    let mut settings = SigningSettings::default();
    // S3 takes the path as it is sent, and wants the digest of the body in a header.
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let since_epoch = Duration::from_micros(u64::try_from(now.micros()).unwrap_or(0));
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("s3")
        .time(SystemTime::UNIX_EPOCH + since_epoch)
        .settings(settings)
        .build()
        .expect("all of them are set")
        .into();
    let digest = HEXLOWER.encode(&Sha256::digest(body.as_bytes()));
    let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
    // The cause of an error is not passed on: it may hold what was signed.
    let unsigned = || Fault::held("its keys make no valid request");
    let request = SignableRequest::new(
        method.as_str(),
        url.as_str(),
        named.clone(),
        SignableBody::Precomputed(digest),
    )
    .map_err(|_| unsigned())?;
    let (added, _) = sign(request, &params)
        .map_err(|_| unsigned())?
        .into_parts()
        .0
        .into_parts();
    let added = added.iter().map(|header| (header.name(), header.value()));
    let builder = Request::builder().method(method.clone()).uri(url.as_str());
    Ok(named
        .chain(added)
        .fold(builder, |builder, (name, value)| builder.header(name, value)))
}
