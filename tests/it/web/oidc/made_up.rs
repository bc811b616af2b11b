//! An issuer that is made up: it says what a test wants it to say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use parking_lot::Mutex;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What it signs tokens with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    /// Its own key.
    Right,
    /// A key of the same name that it does not publish.
    Another,
    /// `alg: none`, and nothing.
    Nothing,
    /// `alg: HS256`, with the public key as the secret.
    PublicKey,
}

/// What an address of it does instead of answering as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// It sends far too much.
    Huge,
    /// It sends nothing, and keeps the connection open.
    Silent,
    /// A page instead of JSON.
    Page,
    /// A redirect to somewhere else.
    Elsewhere,
}

#[derive(Default)]
struct Says {
    /// What the discovery document has besides or instead.
    document: BTreeMap<&'static str, Value>,
    claims: Value,
    odd: BTreeMap<&'static str, Odd>,
}

struct Inner {
    issuer: String,
    says: Mutex<Says>,
    signing: Mutex<Signing>,
    key: EcdsaKeyPair,
    other: EcdsaKeyPair,
}

/// It ends when this is dropped.
pub(crate) struct MadeUp {
    pub(crate) issuer: String,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

impl Drop for MadeUp {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MadeUp {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let inner = Arc::new(Inner {
            issuer: issuer.clone(),
            says: Mutex::default(),
            signing: Mutex::new(Signing::Right),
            key: key(),
            other: key(),
        });
        let app = Router::new().fallback(answer).with_state(Arc::clone(&inner));
        let task = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { issuer, inner, task }
    }

    /// The token that it hands out from now on says this.
    pub(crate) fn says(&self, claims: Value, signing: Signing) {
        self.inner.says.lock().claims = claims;
        *self.inner.signing.lock() = signing;
    }

    /// Its discovery document says this from now on.
    pub(crate) fn describes(&self, name: &'static str, value: Value) {
        self.inner.says.lock().document.insert(name, value);
    }

    /// The address at this path is odd from now on; `None` ends that.
    pub(crate) fn is_odd(&self, path: &'static str, odd: Option<Odd>) {
        let mut says = self.inner.says.lock();
        match odd {
            Some(odd) => says.odd.insert(path, odd),
            None => says.odd.remove(path),
        };
    }
}

fn key() -> EcdsaKeyPair {
    let random = SystemRandom::new();
    let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap()
}

async fn answer(State(inner): State<Arc<Inner>>, uri: Uri) -> Response {
    let odd = inner.says.lock().odd.get(uri.path()).copied();
    match odd {
        None => {}
        Some(Odd::Huge) => return vec![b' '; 4 << 20].into_response(),
        Some(Odd::Silent) => std::future::pending::<()>().await,
        Some(Odd::Page) => return "<html>Our proxy is being repaired</html>".into_response(),
        Some(Odd::Elsewhere) => {
            return axum::response::Redirect::temporary("http://127.0.0.1:9/").into_response();
        }
    }
    axum::Json(match uri.path() {
        "/.well-known/openid-configuration" => inner.document(),
        "/keys" => json!({"keys": [inner.published()]}),
        "/token" => json!({"access_token": "made-up", "token_type": "Bearer", "id_token": inner.token()}),
        _ => Value::Null,
    })
    .into_response()
}

impl Inner {
    fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        let mut document = json!({
            "issuer": self.issuer, "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
        });
        for (name, value) in &self.says.lock().document {
            document[name] = value.clone();
        }
        document
    }

    fn published(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-256", "kid": "one", "use": "sig",
            "x": BASE64URL_NOPAD.encode(&point[1..33]), "y": BASE64URL_NOPAD.encode(&point[33..]),
        })
    }

    fn token(&self) -> String {
        let signing = *self.signing.lock();
        let algorithm = match signing {
            Signing::Right | Signing::Another => "ES256",
            Signing::Nothing => "none",
            Signing::PublicKey => "HS256",
        };
        let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let header = json!({"alg": algorithm, "kid": "one"});
        let text = format!("{}.{}", part(&header), part(&self.says.lock().claims));
        let by = |key: &EcdsaKeyPair| {
            let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
            signature.as_ref().to_vec()
        };
        let signature = match signing {
            Signing::Right => by(&self.key),
            Signing::Another => by(&self.other),
            Signing::Nothing => Vec::new(),
            Signing::PublicKey => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, self.key.public_key().as_ref());
                hmac::sign(&secret, text.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

/// Longer than the bot waits for all answers of an issuer together.
pub(crate) const PATIENCE: Duration = Duration::from_secs(14);
