//! A certificate authority of its own for each test, trusted by the shared server.

use std::time::{Duration, Instant};

use apono::access::grant::Granted;
use apono::access::ids::{InstallId, RequestNumber};
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::ssh::{AuthorityKey, Ssh, SshResource, SshSettings, fingerprint};
use apono::integrations::{CertifiesKeys, Certify, GrantOrder, Integration, IntegrationError, OrderUnit};
use apono::throwaway_sshd::ThrowawaySshd;
use tempfile::TempDir;

use crate::support::ssh_server::{self, Laptop, certificate_in, logins_in};

const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Context {
    pub(super) server: &'static ThrowawaySshd,
    pub(super) settings: SshSettings,
    pub(super) folder: TempDir,
}

/// A certificate and the line that it is used with.
pub(super) struct Shown {
    pub(super) certificate: String,
    pub(super) line: String,
    pub(super) until: Timestamp,
}

/// Runs a test with a new authority, or says that it is left out.
pub(super) async fn run_test(test: impl AsyncFnOnce(&mut Context)) {
    let Some(server) = ssh_server::shared() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let authority = AuthorityKey::made(folder.path().join("ca"));
    authority.make().unwrap();
    let mut context = Context {
        server,
        settings: SshSettings {
            name: "bastion-ssh".to_owned(),
            authority,
            resources: vec![SshResource {
                name: "bastion".to_owned(),
                hosts: vec!["127.0.0.1".to_owned()],
                port: server.port(),
            }],
            permissions: vec![("login".to_owned(), server.account().to_owned())],
            principal: "{account}".to_owned(),
            certificate_for: Duration::from_mins(5),
            clock_skew: Duration::from_mins(1),
            allow: Vec::new(),
            source_address: Vec::new(),
        },
        folder,
    };
    context.trust();
    test(&mut context).await;
}

impl Context {
    /// Tells the server of the authority's present key.
    pub(super) fn trust(&self) {
        let key = self.settings.authority.public_key().unwrap();
        self.server.trust(&key.to_openssh().unwrap()).unwrap();
    }

    /// The authority's present fingerprint.
    pub(super) fn found(&self) -> String {
        fingerprint(self.settings.authority.public_key().unwrap().key_data())
    }

    /// The integration, with its present key on record.
    pub(super) fn ssh(&self) -> Ssh {
        Ssh::new(self.settings.clone(), Some(self.found()))
    }

    /// `AR-7` by Dana: this permission on this resource.
    pub(super) fn prepare(&self, resource: &str, permission: &str) -> Granted {
        self.ssh().prepare(&order(resource, permission)).unwrap()
    }

    /// Dana logs in to the bastion for as long as `lasts`.
    pub(super) async fn connect(&self, laptop: &Laptop, lasts: Duration) -> Result<Shown, IntegrationError> {
        let granted = self.prepare("bastion", "login");
        self.connect_with(&granted, laptop, SystemClock.now().plus(lasts))
            .await
    }

    pub(super) async fn connect_with(
        &self,
        granted: &Granted,
        laptop: &Laptop,
        until: Timestamp,
    ) -> Result<Shown, IntegrationError> {
        let order = Certify {
            key: self.ssh().read_key(&laptop.public_key()).unwrap(),
            now: SystemClock.now(),
            until,
        };
        let details = self.ssh().certify(granted, order).await?;
        Ok(Shown {
            certificate: certificate_in(&details).to_owned(),
            line: logins_in(&details),
            until: details.credential.unwrap().until,
        })
    }
}

impl Shown {
    pub(super) async fn lets_in(&self, laptop: &Laptop) -> bool {
        laptop.gets_in(&self.line, &self.certificate).await
    }

    /// Tries again and again until the server refuses; returns when that was.
    pub(super) async fn until_refused(&self, laptop: &Laptop) -> Timestamp {
        let began = Instant::now();
        while self.lets_in(laptop).await {
            assert!(began.elapsed() < PATIENCE, "it is never refused");
        }
        SystemClock.now()
    }
}

pub(super) fn order(resource: &str, permission: &str) -> GrantOrder {
    GrantOrder {
        install: InstallId::new("abcdefgh"),
        request: RequestNumber(7),
        grantee_name: "Dana Ito".to_owned(),
        account: None,
        units: vec![OrderUnit {
            resource_id: resource.to_owned(),
            resource_name: resource.to_owned(),
            permission: permission.to_owned(),
        }],
    }
}
