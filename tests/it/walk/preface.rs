//! What the page says before its first scene.

use super::page::Page;
use super::stand_ins::ALL;

const BEFORE_THE_CONFIG: &str = r#"# A walk through apono

What each person sees, scene by scene: the requester, the approvers, the admin, the auditor, and people who have no business here.

This page is generated. A test plays the scenes below and writes down what everybody reads. The bot is the real one, with SQLite as its
database, a real PostgreSQL server as one target and a real certificate authority for SSH as the other; Slack is the
[simulator](../simulator/README.md). The test fails if this page differs from what the bot says today. After you change a text or a
scene (`tests/it/walk/`), write the page again and read the diff:

```sh
APONO_WALK=write ./scripts/test -p apono --test it walk::
```

## How to read it

- A block is what somebody reads, as plain lines. `[Approve]` is a button; `*bold*` is Slack's bold.
- Each scene shows only what is new. If a message changes, you see its new headline and buttons. A post in a thread of
  #permissions-audit is shown without the lines that an earlier post of the thread has.
- A long message or a post is shown in full the first time that its kind appears. After that you see its headline, its buttons, and
  what people wrote.
- Each post in #permissions-audit ends with its number, its hash and its time. Scene 2 shows that line; the other scenes leave it out.
- The clock is the test's own. It starts on 2030-01-07 at 10:00 UTC and moves on by half a minute after each step.
- These stand for what is different in every installation: {stand-ins}.
- `apono check --online` is shown without the warning that only PostgreSQL before version 16
  gets, and without the count at its end.
- The simulator does not draw Slack's own "Are you sure?" before *Revoke*.

## The people

| Who | Role |
|---|---|
| Dana, Eve | developers; they ask for access |
| Omar, Priya | in the group sre; they approve |
| Ada | admin of the bot |
| Sam | auditor; reads #permissions-audit |
| Nils | a colleague whom no access flow names |
| Gus | a guest in the workspace |
| Wanda | from another company; shares the channel #shared |

## The config
"#;

pub(super) fn write(page: &mut Page, config: &str) {
    let listed: Vec<String> = ALL.iter().map(|name| format!("`{name}`")).collect();
    page.raw(&BEFORE_THE_CONFIG.replace("{stand-ins}", &listed.join(", ")));
    let shown: Vec<&str> = config
        .lines()
        .filter(|line| !line.starts_with("api_url"))
        .collect();
    page.fence("toml", &shown.join("\n"));
}
