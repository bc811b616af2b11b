//! The demo's final checks: the trail is intact, all of it is in the channel, and nothing is left behind that should not be.

use std::fs;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use slack_simulator::SeenMessage;
use sqlx::{Connection, PgConnection};
use tokio::process::Command;

use crate::access::grant::Grant;
use crate::audit::event::What;
use crate::store::{ReadGrants, Store};

use super::acts::Play;
use super::audit_channel::CHANNEL;
use super::cast::{self, SAM};
use super::error::DemoError;

/// More events than a demo produces.
const ALL_EVENTS: u64 = 1_000;

impl Play<'_> {
    /// Checks the trail like `apono audit verify`, compares it with the channel, and prints the result.
    pub(super) async fn verify(&self) -> Result<(), DemoError> {
        self.page.part("What is left")?;
        self.page.detail().at("Checked at the end")?;
        let store = self.stage.store_for_reading().await?;
        let head = self
            .stage
            .until("every event to be posted", async || {
                let head = store.head().await?;
                Ok((store.audit_cursor().await? == head.seq).then_some(head))
            })
            .await?;
        let verified = store.audit_verify().await??;
        // The history has one post.
        let made = self.stage.made();
        let (before, posts_before) = made.map_or((0, 0), |made| (made.events, 1));
        let mut events = store.events_after(before, ALL_EVENTS).await?;
        // Who read what has no post.
        events.retain(|stored| stored.event.what.is_posted());
        let live = self.live(&store).await?;
        store.close().await?;
        let requests = events
            .iter()
            .filter(|stored| matches!(stored.event.what, What::Requested { .. }))
            .count();
        let posts = self.stage.person(&SAM).read_channel(CHANNEL)?;
        let new_posts = posts.len() - posts_before;
        let mark = format!("#{} · {}", head.seq, head.hash.short());
        let marked = posts.last().is_some_and(|post| post.contains(&mark));
        if verified != head || events.len() != new_posts || !marked {
            return Err(DemoError::NotAsPromised(format!(
                "{CHANNEL} does not match the trail: {} events, {new_posts} posts",
                events.len(),
            )));
        }
        self.page.shows(&format!(
            "{requests} requests, {} events, {new_posts} posts in {CHANNEL}; the trail is intact, head {}.",
            events.len(),
            head.hash.short(),
        ))?;
        self.page
            .detail()
            .shows("It was checked from the first event, and the channel's last post has the same head.")?;
        self.look_for_credentials().await?;
        match self.stage.superuser_url() {
            Some(url) => self.look_for_logins(&url, live).await,
            None => Ok(()),
        }
    }

    /// Credentials are shown in a window and are nowhere else.
    async fn look_for_credentials(&self) -> Result<(), DemoError> {
        let mut messages = self.stage.simulator.channel_messages(CHANNEL);
        for player in cast::ALL {
            messages.extend(self.stage.person(player).read_channel("@bot")?);
        }
        let in_message = |message: &SeenMessage, password: &str| {
            message.contains(password) || message.blocks.to_string().contains(password)
        };
        let mut files = 0;
        for entry in fs::read_dir(self.stage.folder())? {
            let content = content_of(&entry?.path()).await?;
            files += 1;
            let shown = self.passwords.iter().chain(&self.certificates);
            for secret in shown.map(ExposeSecret::expose_secret) {
                let in_file = content
                    .windows(secret.len())
                    .any(|part| part == secret.as_bytes());
                if in_file || messages.iter().any(|message| in_message(message, secret)) {
                    return Err(DemoError::NotAsPromised(
                        "a password or a certificate was stored or posted".to_owned(),
                    ));
                }
            }
        }
        self.page.shows(&format!(
            "Dana's {} passwords and {} certificates are in none of the {} messages and in none of the bot's {files} files.",
            self.passwords.len(),
            self.certificates.len(),
            messages.len(),
        ))?;
        Ok(())
    }

    /// How many logins there have to be: one for each grant of the history that is live.
    async fn live(&self, store: &Store) -> Result<i64, DemoError> {
        let mut live = 0;
        for id in self.stage.made().into_iter().flat_map(|made| &made.approved) {
            let grant = store.grant(id).await?;
            let has_login = |grant: Grant| grant.granted.kind == "postgres" && grant.ended_at.is_none();
            live += i64::from(grant.is_some_and(has_login));
        }
        Ok(live)
    }

    /// Each login was dropped when its access ended.
    async fn look_for_logins(&self, url: &SecretString, live: i64) -> Result<(), DemoError> {
        let mut server = PgConnection::connect(url.expose_secret()).await?;
        let left: i64 = sqlx::query_scalar(r"SELECT count(*) FROM pg_roles WHERE rolname LIKE 'apono\_%'")
            .fetch_one(&mut server)
            .await?;
        server.close().await?;
        if left != live {
            return Err(DemoError::NotAsPromised(format!(
                "{left} logins created by the bot are on the database server, but {live} people have access"
            )));
        }
        self.page.shows(&match live {
            0 => "No login created by the bot is left on the database server.".to_owned(),
            live => {
                format!("The bot's only logins on the database server are those of live access ({live}).")
            }
        })?;
        Ok(())
    }
}

/// What is in a file, read by another process: when a process closes a file, it loses all its locks on it, and the bot in this
/// one holds those of its database.
async fn content_of(path: &Path) -> Result<Vec<u8>, DemoError> {
    let read = Command::new("cat").arg("--").arg(path).output().await?;
    if read.status.success() {
        return Ok(read.stdout);
    }
    let said = String::from_utf8_lossy(&read.stderr);
    Err(DemoError::NotAsPromised(said.trim_end().to_owned()))
}
