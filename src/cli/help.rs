//! What `--help` says below the options of each subcommand: what happens, what has to be running or stopped, and an example.

pub(super) const RUN: &str = "\
What happens:
  The bot migrates its database, connects to Slack, looks at the targets, and works until SIGTERM or Ctrl-C. It then finishes
  what it has begun, for at most about ten seconds. SIGHUP makes it read the config and the tokens again. What is live when it
  stops ends on the target if the target can do that; everything else ends as soon as it runs again.
Needs:
  The config file and the secrets that it refers to. On SQLite, no other bot may be running on the same database; on PostgreSQL,
  several may. Without Slack or a target it starts anyway, and keeps trying.
Example:
  apono run --config /etc/apono/config.toml";

#[cfg(feature = "demo")]
pub(super) const DEMO: &str = "\
What happens:
  A bot, a stand-in for Slack and throwaway servers are started in a temporary folder. Made-up people request, approve, use and
  lose access, and you read what each of them sees. Everything is removed at the end. With --keep, a history is made first, for
  the pages and plots of the portal: the bot's own code writes it, with a clock of the past and made-up people and targets.
  Then everything keeps running until Ctrl-C. Each 100 requests of the history take 5 to 10 seconds in a debug build.
Needs:
  Nothing has to be running. The programs of PostgreSQL and OpenSSH have to be installed; anything missing is skipped and named.
Example:
  apono demo --keep --people 40 --days 90";

pub(super) const CHECK: &str = "\
What happens:
  The config file is read, with the secrets that it refers to, and everything that is wrong or doubtful is reported at once, with
  line and column. With --online, Slack, the database and every target are asked too, and one line says for each permission
  and flow what people can ask for. Nothing is changed anywhere. It fails if there is a problem; with --strict, also on a warning.
Needs:
  Without --online only the file and its secrets, with --no-secrets only the file. The bot may be running or stopped.
Example:
  apono check --config config.toml --online --strict";

pub(super) const MIGRATE: &str = "\
What happens:
  The bot's database is brought to the schema of this version, and created if it is an SQLite file that does not exist. There is
  no way back except a backup. `apono run` does the same when it starts.
Needs:
  The config file, and its database must be reachable. On SQLite, stop the bot first; on PostgreSQL it may be running.
Example:
  apono migrate --config config.toml";

pub(super) const BACKUP: &str = "\
What happens:
  A consistent copy of the bot's SQLite database is written to FILE, readable only by its owner, and its audit trail is verified.
  An existing file is never overwritten. For PostgreSQL, the command that makes the copy is printed instead, and nothing is written.
Needs:
  The config file and its database. The bot may be running or stopped.
Example:
  apono backup apono-backup.db --config config.toml";

pub(super) const MANIFEST: &str = "\
What happens:
  The manifest of the Slack app is printed, and a link that opens Slack with it filled in. Nothing is sent anywhere.
Needs:
  Nothing: no config and no network. The bot may be running or stopped.
Example:
  apono manifest";

pub(super) const SSH_TRUST: &str = "\
What happens:
  For each integration of kind \"ssh\", the lines for sshd_config and the files that its hosts need are printed. Nothing is changed.
Needs:
  The config file and the CA key; start the bot once first if the bot creates the key. The bot may be running or stopped.
Example:
  apono ssh trust --config config.toml --integration bastion-ssh";

pub(super) const SSH_ACCEPT_KEY: &str = "\
What happens:
  The CA key that the config names now is recorded as the right one, and created if there is none and the bot may create it.
  Its fingerprint is printed. Hosts that trusted the previous key refuse new certificates until they get the new one.
Needs:
  The config file, the CA key and the database. Stop the bot first, and start it afterwards.
Example:
  apono ssh accept-key --config config.toml --integration bastion-ssh";

pub(super) const AUDIT_VERIFY: &str = "\
What happens:
  The audit trail is read from its first event to its head, and each event is compared with the hashes around it. It says how
  many events there are and the head, or which event is the first that does not fit, and then fails. Nothing is changed.
Needs:
  The config file and the bot's database. The bot may be running or stopped.
Example:
  apono audit verify --config config.toml";

pub(super) const AUDIT_EXPORT: &str = "\
What happens:
  Events of the audit trail are written in their order, or with --requests one row for each request, newest first. With filters,
  only requests that fit all of them, or events about those. CSV is for spreadsheets; each line of JSON Lines has an event exactly
  as it was hashed. Any size is read in small pages. The audit trail and its channel say what was exported, and when.
Needs:
  The config file and the bot's database. The bot may be running or stopped. Rows go to standard output, or with --output to a
  new file that only its owner can read.
Example:
  apono audit export --format csv --since 2026-07-01 --until 2026-09-30 --output quarter.csv";

pub(super) const REAP: &str = "\
What happens:
  Everything of apono's on the target that has expired there is ended: logins are locked and sessions ended. What has not expired
  stays. It fails if something could not be ended. With --print-sql nothing is ended: SQL that does the same is printed.
Needs:
  The config file and the admin URLs of the target and its replicas, which must be running; neither the bot nor its database.
  It is meant for when the bot is dead, and harmless while it runs.
Example:
  apono reap --config config.toml --integration orders-db";

pub(super) const ACCEPT_RESTORE: &str = "\
What happens:
  A bot that found its database older than the audit channel, or moved, grants nothing. This records that the present database is
  the one to continue with, and why, in the audit trail, and lists the requests that are live according to it.
Needs:
  The config file and the database. On SQLite, stop the bot first; on PostgreSQL it may be running.
Example:
  apono accept-restore --config config.toml --reason \"the disk failed, backup of 04:00\"";

pub(super) const SETUP_SQL: &str = "\
What happens:
  SQL for an administrator of the server is printed, and not run: it creates the role in the integration's `url`, with what the
  bot needs and nothing else. With --group-roles it creates the group roles of the permissions instead, with CONNECT, and with
  rights on tables and sequences, also on later ones; run that in each database. Both can be run again.
Needs:
  The config file, and the secret behind `url` because the SQL names its role; --role NAME or --group-roles needs no secret.
  Neither the target nor the bot has to be running.
Example:
  apono integrations setup-sql orders-db --config config.toml > setup.sql";

pub(super) const SINKS_STATUS: &str = "\
What happens:
  A line is printed for each sink in the config: the last event that it has taken, how many it has not, and since when the oldest
  of them has waited. Nothing is sent or changed.
Needs:
  The config file and the bot's database. The bot may be running or stopped.
Example:
  apono sinks status --config config.toml";

pub(super) const SINKS_TEST: &str = "\
What happens:
  An event that says so is added to the audit trail, and sent to the sink at once, whatever the sink's filters. It says what came
  back, and fails if the sink did not take it. A running bot sends the event again when its turn comes.
Needs:
  The config file, the sink's secrets and the bot's database. The bot may be running or stopped.
Example:
  apono sinks test siem --config config.toml";

pub(super) const SINKS_REPLAY: &str = "\
What happens:
  The sink goes back, or ahead, so that this event is the next that it gets. Events that it has had come again with the same
  numbers. The audit trail and its channel say so.
Needs:
  The config file and the bot's database. The bot may be running or stopped; a running one notices within a minute.
Example:
  apono sinks replay siem --from 1 --config config.toml";

pub(super) const REPORT_LIST: &str = "\
What happens:
  A line is printed for each saved report of any owner, and for each built-in one. Nothing is changed.
Needs:
  The config file and the bot's database. The bot may be running or stopped.
Example:
  apono report list --config config.toml";

pub(super) const REPORT_RUN: &str = "\
What happens:
  The report is written with the requests of everybody, newest first, to FILE or to standard output. The audit trail says that it
  leaves, before the first row, and how many rows and which digest left, after the last one. If it breaks off, FILE is removed.
Needs:
  The config file and the bot's database. The bot may be running or stopped.
Example:
  apono report run monthly-access-review --output review.csv --config config.toml";
