//! A browser without a screen: it follows redirects on its own site, keeps cookies, and sends forms as they stand on the page.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes, to_bytes};
use http::{HeaderMap, Method, Request, Uri, header, response};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// No page is longer, in bytes.
const MOST: usize = 1_000_000;

pub(crate) struct Browser {
    client: Client<HttpsConnector<HttpConnector>, Body>,
    origin: String,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(crate) headers: HeaderMap,
}

/// What the browser got.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Where it is from, after redirects.
    pub(crate) path: String,
    pub(crate) html: String,
    /// The same as it came.
    pub(crate) body: Bytes,
}

impl Browser {
    pub(crate) fn new(origin: &str) -> Self {
        Self::trusting(origin, "")
    }

    /// One that trusts these authorities, in PEM, and no others.
    pub(crate) fn trusting(origin: &str, authorities: &str) -> Self {
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(trust_in(authorities))
            .https_or_http()
            .enable_http1()
            .build();
        let mut headers = HeaderMap::new();
        headers.insert(
            header::USER_AGENT,
            "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
                .parse()
                .unwrap(),
        );
        Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            origin: origin.to_owned(),
            cookies: BTreeMap::new(),
            headers,
        }
    }

    /// Opens a page, and follows where it leads.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let first = self.ask(Method::GET, path, None).await;
        self.follow(first).await
    }

    /// Sends `fields` to `path` as a form of this site does, and follows where that leads.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let first = self.post(path, fields).await;
        self.follow(first).await
    }

    /// The same without following.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.ask(Method::POST, path, Some(body)).await
    }

    async fn follow(&mut self, mut page: Page) -> Page {
        for _ in 0..5 {
            let Some(next) = page.headers.get(header::LOCATION) else {
                return page;
            };
            let next = next.to_str().unwrap().to_owned();
            assert!(next.starts_with('/'), "{next} leads away");
            page = self.ask(Method::GET, &next, None).await;
        }
        panic!("{} leads nowhere", page.path);
    }

    /// One request and its answer.
    pub(crate) async fn ask(&mut self, method: Method, path: &str, form: Option<String>) -> Page {
        let (head, body) = self.begin(method, path, form).await;
        let body = to_bytes(body, MOST).await.unwrap();
        Page {
            status: head.status.as_u16(),
            headers: head.headers,
            path: path.to_owned(),
            html: String::from_utf8_lossy(&body).into_owned(),
            body,
        }
    }

    /// The same, with the answer still to be read.
    pub(crate) async fn begin(
        &mut self,
        method: Method,
        path: &str,
        form: Option<String>,
    ) -> (response::Parts, Body) {
        let mut request = Request::new(form.map_or_else(Body::empty, Body::from));
        *request.uri_mut() = format!("{}{path}", self.origin).parse::<Uri>().unwrap();
        if method == Method::POST {
            let headers = request.headers_mut();
            headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
            headers.insert(header::ORIGIN, "null".parse().unwrap());
            let form = "application/x-www-form-urlencoded".parse().unwrap();
            headers.insert(header::CONTENT_TYPE, form);
        }
        *request.method_mut() = method;
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        if !cookies.is_empty() {
            request
                .headers_mut()
                .insert(header::COOKIE, cookies.parse().unwrap());
        }
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        self.keep(&head.headers);
        (head, Body::new(body))
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Trust in these authorities, in PEM, and in no others.
pub(crate) fn trust_in(authorities: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_slice_iter(authorities.as_bytes()) {
        roots.add(authority.unwrap()).unwrap();
    }
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The token of the forms on this page.
    pub(crate) fn token(&self) -> String {
        let rest = self.html.split("name=\"form\" value=\"").nth(1);
        let rest = rest.unwrap_or_else(|| panic!("no form on {}:\n{}", self.path, self.text()));
        rest.split('"').next().unwrap().to_owned()
    }

    /// What somebody reads, a line for each block, without the frame.
    pub(crate) fn text(&self) -> String {
        let main = self.html.split("<main").nth(1).unwrap_or(&self.html);
        let main = main.split("</main>").next().unwrap();
        let mut lines = vec![String::new()];
        let mut rest = main.split_once('>').map_or("", |(_, rest)| rest);
        while let Some((before, after)) = rest.split_once('<') {
            lines.last_mut().unwrap().push_str(before);
            let (tag, after) = after.split_once('>').unwrap();
            let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap();
            let inside = [
                "a", "b", "strong", "em", "small", "span", "time", "code", "svg", "path", "circle", "button",
                "kbd", "label", "abbr",
            ];
            if !inside.contains(&name) {
                lines.push(String::new());
            }
            rest = after;
        }
        let lines = lines
            .iter()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        lines
            .join("\n")
            .replace("&#39;", "'")
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
            .replace("&#34;", "\"")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&")
    }
}
