//! A stand-in for Amazon S3 that checks signatures and rights and keeps locks: `PyPI`'s moto.

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::programs;

const LOCK: &[u8] = include_bytes!("../../../moto/requirements.txt");
const SCRIPT: &str = "tests/moto/server.py";

/// Its bucket with object lock.
pub(super) const BUCKET: &str = "trail";
/// Its bucket without.
pub(super) const UNLOCKED: &str = "no-lock";

/// It ends when this is dropped.
pub(super) struct Moto {
    pub(super) here: Here,
    program: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// Where it is, and the keys that may add objects.
#[derive(Deserialize)]
pub(super) struct Here {
    pub(super) endpoint: String,
    pub(super) id: String,
    pub(super) secret: String,
    /// Others, with the token without which they are worth nothing.
    pub(super) for_a_while: [String; 3],
}

/// A version of an object.
#[derive(Debug, Deserialize)]
pub(super) struct Object {
    pub(super) key: String,
    version: String,
    pub(super) body: String,
    pub(super) lock: Option<String>,
    pub(super) until: Option<String>,
}

impl Moto {
    /// `None` only where it is not installed, and then the test says that it left itself out; with `APONO_REQUIRE_S3=1` the test
    /// fails.
    pub(super) fn start() -> Option<Self> {
        let folder = folder();
        if !folder.join("moto/__init__.py").exists() {
            programs::left_out("moto", "scripts/test --prepare", "APONO_REQUIRE_S3");
            return None;
        }
        let mut program = Command::new("python3")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(SCRIPT))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(program.stdout.take().unwrap()).lines();
        let here = serde_json::from_str(&said.next().unwrap().unwrap()).unwrap();
        Some(Self { here, program, said })
    }

    fn ask(&mut self, question: &Value) -> String {
        writeln!(self.program.stdin.as_ref().unwrap(), "{question}").unwrap();
        self.said.next().unwrap().unwrap()
    }

    /// All versions, in the order of their keys.
    pub(super) fn objects(&mut self, bucket: &str) -> Vec<Object> {
        let mut objects: Vec<Object> =
            serde_json::from_str(&self.ask(&json!({ "objects": bucket }))).unwrap();
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        objects
    }

    /// What the owner of the bucket is told who deletes the object.
    pub(super) fn delete(&mut self, object: &Object) -> String {
        let Object { key, version, .. } = object;
        let answer = self.ask(&json!({ "delete": { "Bucket": BUCKET, "Key": key, "VersionId": version } }));
        serde_json::from_str(&answer).unwrap()
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        // It ends when its input does.
        drop(self.program.stdin.take());
        self.program.wait().unwrap();
    }
}

/// Where `scripts/test` puts the versions of the lock file.
fn folder() -> PathBuf {
    let user = std::fs::metadata("/proc/self").unwrap().uid();
    let digest = HEXLOWER.encode(&Sha256::digest(LOCK));
    format!("/var/tmp/apono-moto-{user}/{}", &digest[..12]).into()
}
