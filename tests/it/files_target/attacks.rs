//! Somebody who can write in the folder.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use apono::access::grant::Granted;
use apono::access::target::Trouble;
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::{Earlier, Integration, IntegrationError, KeepsState, LiveGrant, MakesCredentials};
use data_encoding::HEXLOWER;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Folder, order};
use crate::support::files_door::Key;

/// Puts something there.
type Place<'a> = &'a dyn Fn(&Path);

fn until() -> Timestamp {
    SystemClock.now().plus(Duration::from_mins(5))
}

async fn granted(folder: &Folder, number: i64, until: Timestamp) -> Granted {
    let granted = folder.files().prepare(&order(number)).unwrap();
    folder.files().grant(&granted, until).await.unwrap();
    granted
}

async fn standing(folder: &Folder) -> Vec<LiveGrant> {
    folder.files().inspect(&order(1).install).await.unwrap()
}

/// Puts a password of their own into the file, and opens it.
fn open_with(folder: &Folder, granted: &Granted, password: &str) -> Key {
    folder.change(&granted.principal, |said| {
        said["password"] = json!(HEXLOWER.encode(&Sha256::digest(password)));
        said["locked"] = json!(false);
    });
    Key::new(folder.0.path(), &granted.principal, password)
}

#[tokio::test]
async fn a_later_end_or_more_letters_are_seen_and_set_right() {
    let folder = Folder::new();
    let until = until();
    let granted = granted(&folder, 1, until).await;
    let before = folder.files().make(&granted).await.unwrap();
    let intact = folder.files().intact(&granted, until).unwrap();
    for (key, value) in [
        ("until", json!(until.plus(Duration::from_hours(1)).micros())),
        ("units", json!([{ "resource": "orders", "letters": "rw" }])),
    ] {
        folder.change(&granted.principal, |said| said[key] = value);
        assert_ne!(standing(&folder).await[0].held, intact.held, "{key}");
        for _ in 0..2 {
            let restored = folder
                .files()
                .restore(&granted, until, Earlier::None)
                .await
                .unwrap();
            assert_eq!(restored.target_deadline, Some(until));
            assert_eq!(standing(&folder).await, std::slice::from_ref(&intact), "{key}");
        }
        // The person who wrote there could have put in their own password.
        assert!(!folder.key(&before).opens(SystemClock.now()));
    }
    fs::remove_file(folder.file(&granted.principal)).unwrap();
    folder
        .files()
        .restore(&granted, until, Earlier::None)
        .await
        .unwrap();
    assert_eq!(standing(&folder).await, [intact]);
}

#[tokio::test]
async fn what_is_opened_again_is_taken_away_again() {
    let folder = Folder::new();
    let granted = granted(&folder, 1, until()).await;
    folder.files().revoke(&granted).await.unwrap();
    let key = open_with(&folder, &granted, "mine");
    assert!(key.opens(SystemClock.now()));
    let seen = standing(&folder).await;
    assert!(
        seen[0].held.open && seen[0].granted == Some(granted.clone()),
        "{seen:?}"
    );
    let refused = folder.files().clean_up(&granted).await.unwrap_err();
    assert_eq!(refused.trouble(), Trouble::Unfinished);
    folder.files().revoke(&granted).await.unwrap();
    assert!(!key.opens(SystemClock.now()));

    let key = open_with(&folder, &granted, "mine");
    let past = SystemClock.now().minus(Duration::from_secs(1));
    folder.change(&granted.principal, |said| said["until"] = json!(past.micros()));
    let reaped = folder.files().reap().await.unwrap().ended;
    assert_eq!(reaped.len(), 1);
    assert!(reaped[0].end.is_ok(), "{reaped:?}");
    // Whatever the end.
    assert!(!key.opens(Timestamp::from_seconds(0)));
    assert_eq!(standing(&folder).await, []);
}

#[tokio::test]
async fn a_locked_file_is_not_set_right() {
    let folder = Folder::new();
    let until = until();
    let granted = granted(&folder, 1, until).await;
    folder.change(&granted.principal, |said| said["locked"] = json!(true));
    let over = |refused: IntegrationError| assert_eq!(refused.trouble(), Trouble::Over);
    over(folder.files().grant(&granted, until).await.unwrap_err());
    over(
        folder
            .files()
            .restore(&granted, until, Earlier::None)
            .await
            .unwrap_err(),
    );
    over(folder.files().make(&granted).await.unwrap_err());
}

#[tokio::test]
async fn what_is_no_file_of_ours_is_said_and_holds_up_nobody() {
    let folder = Folder::new();
    let past = SystemClock.now().minus(Duration::from_secs(1));
    let elsewhere = folder.0.path().join("elsewhere");
    let well = granted(&folder, 9, past).await;
    fs::copy(folder.file(&well.principal), &elsewhere).unwrap();
    let places: [Place<'_>; 5] = [
        &|file| symlink(&elsewhere, file).unwrap(),
        &|file| symlink("/dev/zero", file).unwrap(),
        &|file| fs::create_dir(file).unwrap(),
        &|file| fs::write(file, b"{ \xff").unwrap(),
        // Of another grant.
        &|file| assert!(fs::copy(&elsewhere, file).is_ok()),
    ];
    let mut odd = Vec::new();
    for (place, number) in places.into_iter().zip(1..) {
        let granted = granted(&folder, number, past).await;
        let file = folder.file(&granted.principal);
        fs::remove_file(&file).unwrap();
        place(&file);
        odd.push(granted);
    }
    for granted in &odd {
        let files = folder.files();
        let said = [
            files.grant(granted, until()).await.unwrap_err(),
            files.revoke(granted).await.unwrap_err(),
            files.clean_up(granted).await.unwrap_err(),
            files.make(granted).await.unwrap_err(),
        ];
        for error in said {
            assert_eq!(error.trouble(), Trouble::NotOurs);
            let wanted = format!("{}.json is not a file of that grant", granted.principal);
            assert_eq!(error.to_string(), wanted);
        }
    }
    let seen = standing(&folder).await;
    assert_eq!(seen.len(), odd.len() + 1);
    let ours: Vec<&Granted> = seen.iter().filter_map(|live| live.granted.as_ref()).collect();
    assert_eq!(ours, [&well]);

    let reap = folder.files().reap().await.unwrap();
    assert_eq!(reap.unseen.len(), odd.len());
    assert_eq!(reap.ended.len(), 1);
    assert!(reap.ended[0].end.is_ok(), "{reap:?}");
    assert!(elsewhere.exists());
}
