//! The calls to one bucket.

use data_encoding::BASE64;
use http::Method;
use sha2::{Digest, Sha256};
use url::Url;

use super::meaning::{code, judged};
use super::settings::S3Settings;
use super::signed::{Signing, signed};
use crate::access::time::Timestamp;
use crate::network::Network;
use crate::sinks::Fault;
use crate::sinks::http::Http;

pub(super) struct Bucket {
    http: Http,
    settings: S3Settings,
}

impl Bucket {
    pub(super) fn new(settings: S3Settings, network: &Network) -> Result<Self, Fault> {
        let http = Http::new(network, &address(&settings)?)?;
        Ok(Self { http, settings })
    }

    /// Some servers ignore a lock that they do not have, so a bucket that does not say that it locks gets nothing.
    pub(super) async fn check_that_it_locks(&self, now: Timestamp) -> Result<(), Fault> {
        let mut url = address(&self.settings)?;
        url.set_query(Some("object-lock"));
        let request = signed(self.signing(Method::GET, &url, &[], ""), now)?;
        let answer = self.http.send(request, String::new()).await?;
        let missing = "the bucket has no object lock; make one that has, or write lock = \"off\"";
        if code(&answer.body) == Some("ObjectLockConfigurationNotFoundError") {
            return Err(Fault::held(missing));
        }
        let answer = judged(answer)?;
        let is_on = String::from_utf8_lossy(&answer.body).contains("<ObjectLockEnabled>Enabled<");
        is_on.then_some(()).ok_or_else(|| Fault::held(missing))
    }

    /// Another object of that name is kept as an older version, if the bucket locks.
    pub(super) async fn put(&self, name: &str, body: String, now: Timestamp) -> Result<(), Fault> {
        let mut url = address(&self.settings)?;
        url.path_segments_mut()
            .map_err(|()| Fault::held("its endpoint is no address of a server"))?
            .extend(name.split('/'));
        let mut headers = vec![
            ("content-type", "application/x-ndjson".to_owned()),
            ("x-amz-sdk-checksum-algorithm", "SHA256".to_owned()),
            (
                "x-amz-checksum-sha256",
                BASE64.encode(&Sha256::digest(body.as_bytes())),
            ),
        ];
        if let Some(lock) = &self.settings.lock {
            headers.push(("x-amz-object-lock-mode", lock.mode.to_owned()));
            headers.push(("x-amz-object-lock-retain-until-date", lock.until(now)));
        }
        let request = signed(self.signing(Method::PUT, &url, &headers, &body), now)?;
        judged(self.http.send(request, body).await?)?;
        Ok(())
    }

    fn signing<'a>(
        &'a self,
        method: Method,
        url: &'a Url,
        headers: &'a [(&'static str, String)],
        body: &'a str,
    ) -> Signing<'a> {
        Signing {
            method,
            url,
            headers,
            body,
            keys: &self.settings.keys,
            region: &self.settings.region,
        }
    }
}

/// Amazon's buckets are hosts of their own; elsewhere that would need a certificate for each.
fn address(settings: &S3Settings) -> Result<Url, Fault> {
    let S3Settings { bucket, region, .. } = settings;
    if let Some(endpoint) = &settings.endpoint {
        let mut url = endpoint.read()?;
        url.path_segments_mut()
            .map_err(|()| Fault::held("its endpoint is no address of a server"))?
            .pop_if_empty()
            .push(bucket);
        return Ok(url);
    }
    let domain = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    Url::parse(&format!("https://{bucket}.s3.{region}.{domain}"))
        .map_err(|_| Fault::held("bucket and region make no address"))
}
