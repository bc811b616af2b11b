//! What is taken, what is refused, and that no sentence says anything of a URL.

use super::*;

const SECRET: &str = "hunter2";

fn refusal(text: &str, whose: Whose) -> &'static str {
    check(text, whose).err().unwrap_or("taken")
}

#[test]
fn what_the_driver_ignores_or_misreads_is_refused_with_what_to_write_instead() {
    let with = |parameters: &str| refusal(&format!("postgres://bot:x@db/orders?{parameters}"), Whose::Ours);
    insta::assert_snapshot!(with("ssl=true"), @"Write sslmode=verify-full (or verify-ca, or require) instead of ssl, which the driver ignores.");
    insta::assert_snapshot!(with("sslMode=verify-full"), @"Spell sslmode, sslrootcert, sslcert and sslkey exactly like this: the driver ignores other spellings, or accepts some that other programs do not.");
    insta::assert_snapshot!(with("sslpassword=x"), @"Remove sslpassword, which the driver ignores: it only reads unencrypted keys, so protect the key with its file's mode.");
    insta::assert_snapshot!(with("hostaddr=10.0.0.1"), @"Write the host instead of hostaddr: the driver would compare hostaddr with the name in the server's certificate.");
    insta::assert_snapshot!(with("connect_timeout=3"), @"Remove everything after the ? except sslmode, sslrootcert, sslcert, sslkey, host, port, dbname, user, password and options: the driver ignores it, or apono sets it. Write a ? in the password as %3F.");
    insta::assert_snapshot!(with("sslmode=allow"), @"Write another sslmode instead of allow: the driver treats allow as disable.");
    insta::assert_snapshot!(with("sslmode=verify_full"), @"The sslmode must be verify-full, verify-ca, require, prefer or disable.");
    insta::assert_snapshot!(with("sslmode=verify-full&sslmode=disable"), @"Write each parameter only once in this URL: the driver uses the last one.");
    insta::assert_snapshot!(with("sslmode=require&sslrootcert=ca.pem"), @"Write sslmode=verify-full or sslmode=verify-ca: with any other mode the driver ignores sslrootcert.");
    insta::assert_snapshot!(with("sslmode=require&sslcert=bot.pem"), @"Write both sslcert and sslkey, or neither.");
    insta::assert_snapshot!(with("host=elsewhere"), @"Write the host once: before the path, or as host=.");
    for right in [
        "sslmode=verify-full&sslrootcert=ca.pem&sslcert=bot.pem&sslkey=bot.key",
        "sslmode=disable",
        "options=-c%20search_path%3Dapono&port=6543&user=bot",
        "options[search_path]=apono",
    ] {
        assert_eq!(with(right), "taken", "{right}");
    }
}

#[test]
fn a_way_that_takes_any_server_is_known() {
    let takes_any = |text: &str| check(text, Whose::Target).is_ok_and(|url| url.takes_any_server());
    for mode in ["require", "prefer", "disable"] {
        assert!(
            takes_any(&format!("postgres://bot:x@db/orders?sslmode={mode}")),
            "{mode}"
        );
        assert!(
            !takes_any(&format!("postgres://bot:x@127.0.0.1/orders?sslmode={mode}")),
            "{mode}"
        );
    }
    assert!(!takes_any("postgres://bot:x@db/orders?sslmode=verify-ca"));
}

#[test]
fn a_targets_url_says_where_it_leads_before_the_question_mark() {
    let of = |text: &str| refusal(text, Whose::Target);
    insta::assert_snapshot!(of("postgres://bot:x@db/orders?host=evil"), @"Write host, port, database, user and password before the ?: postgres://user:password@host:port/database.");
    insta::assert_snapshot!(of("postgres://bot:x@%2Frun%2Fpostgresql/orders"), @"Write a host, not a socket: people connect there too.");
    insta::assert_snapshot!(of("postgres://db/orders"), @"Write the bot's user before the host: postgres://user:password@host:port/database.");
    insta::assert_snapshot!(of("postgres://bot:x@db/orders?options=-c%20role%3Droot"), @"Remove everything after the ? except sslmode, sslrootcert, sslcert and sslkey: the driver ignores it, or apono sets it. Write a ? in the password as %3F.");
    for shapeless in [
        "mysql://bot:x@db/orders",
        "postgres:///orders",
        "postgres://bot:x@db/a#b",
        "db",
    ] {
        assert_eq!(of(shapeless), SHAPE, "{shapeless}");
    }
}

#[test]
fn off_this_machine_somebody_has_to_say_how_the_way_is_protected() {
    let unprotected = |text: &str, variable: Option<&str>| {
        let Ok(checked) = check(text, Whose::Ours) else {
            panic!("{text} was refused")
        };
        checked.unprotected_with(variable)
    };
    for away in [
        "postgres://bot:x@db.example.com/orders",
        "postgres://bot:x@localhost.evil.com/orders",
        "postgres://bot:x@10.0.0.8:5432/orders?sslrootcert=ca.pem",
        "postgres://bot:x@[2001:db8::1]/orders",
        "postgres:///orders?host=db.example.com",
    ] {
        assert_eq!(unprotected(away, None), Some(UNSAID), "{away}");
        assert_eq!(unprotected(away, Some("verify-full")), None, "{away}");
        let mistaken = unprotected(away, Some("verify_full")).unwrap();
        assert!(mistaken.contains("PGSSLMODE is not"), "{mistaken}");
    }
    for here in [
        "postgres://bot:x@db.example.com/orders?sslmode=disable",
        "postgres://bot:x@localhost/orders",
        "postgres://bot:x@127.0.0.2/orders",
        "postgres://bot:x@[::1]/orders",
        "postgres://bot:x@[::ffff:127.0.0.1]/orders",
        "postgres://%2Frun%2Fpostgresql/orders",
        "postgres:///orders?host=/run/postgresql",
    ] {
        assert_eq!(unprotected(here, None), None, "{here}");
        assert_eq!(unprotected(here, Some("nonsense")), None, "{here}");
    }
}

#[test]
fn no_sentence_holds_anything_of_the_url() {
    for text in [
        "postgres//bot:hunter2@db",
        "postgres://bot:hunter2@db:99999/x",
        "postgres://bot:x@db/x?sslmode=hunter2",
        "postgres://bot:x@db/x?hunter2=1",
        "postgres://bot:x@y?hunter2@db/orders",
        "postgres://bot:x@db/x?sslpassword=hunter2",
    ] {
        for whose in [Whose::Ours, Whose::Target] {
            let said = refusal(text, whose);
            assert_ne!(said, "taken", "{text}");
            assert!(!said.contains(SECRET), "{text}");
        }
    }
}
