//! What pages load: the stylesheet, the font and the icon, inside the binary. A name holds the digest of its content, so a
//! browser may keep it forever.

use std::sync::LazyLock;

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::response::Response;
use data_encoding::HEXLOWER;
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};

use super::fault::Fault;

/// How much of the digest a name holds, in characters.
const DIGEST: usize = 16;

const FOREVER: &str = "public, max-age=31536000, immutable";

static LATIN: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("inter-latin", "woff2", include_bytes!("assets/inter-latin.woff2")));

static LATIN_EXT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "inter-latin-ext",
        "woff2",
        include_bytes!("assets/inter-latin-ext.woff2"),
    )
});

static LICENCE: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("inter-OFL", "txt", include_bytes!("assets/inter-OFL.txt")));

static ICON: LazyLock<Asset> = LazyLock::new(|| Asset::new("icon", "svg", include_bytes!("assets/icon.svg")));

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let named = [
        ("inter-latin.woff2", &LATIN),
        ("inter-latin-ext.woff2", &LATIN_EXT),
        ("inter-OFL.txt", &LICENCE),
    ];
    let mut text = include_str!("assets/style.css").to_owned();
    for (name, asset) in named {
        text = text.replace(name, &asset.name);
    }
    Asset::new("style", "css", text.as_bytes())
});

struct Asset {
    name: String,
    content_type: &'static str,
    content: Bytes,
}

impl Asset {
    fn new(stem: &str, ending: &str, content: &[u8]) -> Self {
        let digest = HEXLOWER.encode(&Sha256::digest(content));
        Self {
            name: format!("{stem}-{}.{ending}", &digest[..DIGEST]),
            content_type: match ending {
                "css" => "text/css; charset=utf-8",
                "svg" => "image/svg+xml",
                "woff2" => "font/woff2",
                _ => "text/plain; charset=utf-8",
            },
            content: Bytes::copy_from_slice(content),
        }
    }
}

/// Where the stylesheet is.
pub(super) fn style() -> String {
    format!("/assets/{}", STYLE.name)
}

/// Where the icon is.
pub(super) fn icon() -> String {
    format!("/assets/{}", ICON.name)
}

/// Where the font that every page needs is; it is fetched together with the stylesheet.
pub(super) fn font() -> String {
    format!("/assets/{}", LATIN.name)
}

/// `GET /assets/{name}`.
pub(super) async fn asset(Path(name): Path<String>) -> Result<Response, Fault> {
    let all = [&STYLE, &LATIN, &LATIN_EXT, &LICENCE, &ICON];
    let found = all.into_iter().find(|asset| asset.name == name);
    let asset = found.ok_or(Fault::NotFound)?;
    let mut response = Response::new(Body::from(asset.content.clone()));
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    Ok(response)
}
