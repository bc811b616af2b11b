//! What the config says of a folder, and what a stored grant says without it.

use std::path::Path;
use std::time::Duration;

use apono::clock::{Clock, SystemClock};
use apono::config::Config;
use apono::integrations::files::FilesKind;
use apono::integrations::kind::{Kind, OfGrants};
use apono::integrations::{Integration, MakesCredentials};

use super::{Folder, order};
use crate::config::LEAST;

#[test]
fn the_example_shows_every_key_and_is_right() {
    let example = FilesKind
        .example()
        .replace("\n#re", "\nre")
        .replace("\n#sensitive", "\nsensitive");
    let table: toml::Table = example.parse().unwrap();
    let shown = table["integrations"][0].as_table().unwrap();
    for key in FilesKind.keys() {
        assert!(shown.contains_key(*key), "{key}");
    }
    let config = Config::parse(
        &(LEAST.to_owned() + &example),
        Path::new("/etc/apono/config.toml"),
    )
    .unwrap();
    let settings = &config.integrations[0].settings;
    assert_eq!(settings.permissions(), ["read"]);
    assert_eq!(settings.resources(), Some(vec!["orders"]));
    let made = settings
        .make(&apono::integrations::kind::Around::default())
        .unwrap();
    assert_eq!(made.state().unwrap().place(), "files:/etc/apono/grants");
}

#[tokio::test]
async fn a_stored_grant_ends_without_the_config() {
    let folder = Folder::new();
    let granted = folder.files().prepare(&order(1)).unwrap();
    let until = SystemClock.now().plus(Duration::from_mins(5));
    folder.files().grant(&granted, until).await.unwrap();
    let details = folder.files().make(&granted).await.unwrap();
    assert!(folder.key(&details).opens(SystemClock.now()));

    let target = OfGrants::make(&FilesKind, &granted).unwrap();
    target.revoke(&granted).await.unwrap();
    assert!(!folder.key(&details).opens(SystemClock.now()));
}
