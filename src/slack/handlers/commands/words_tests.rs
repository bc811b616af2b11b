//! What typed words are read as.

use proptest::prelude::*;

use super::*;

/// What is read of a command as Slack sends it.
fn command(text: &str) -> Command {
    Command::read(&Words::decode(text))
}

#[test]
fn words_are_understood_whatever_their_case() {
    assert_eq!(command("  LIST "), Command::List);
    assert_eq!(command(""), Command::Help);
    for text in ["show ar-7", "Show AR7", "show 7", "show ar 7", "SHOW AR- 7 now"] {
        let number = RequestNumber(7);
        assert_eq!(command(text), Command::Show { number }, "{text}");
    }
    let word = "grant".to_owned();
    assert_eq!(command("grant me"), Command::Unknown { word });
}

#[test]
fn a_word_without_what_it_needs_is_unfinished() {
    for text in [
        "revoke",
        "revoke seven",
        "revoke AR",
        "revoke AR-0",
        "revoke -1",
        "revoke all",
        "revoke all on",
        "revoke all @dana",
        "revoke all orders-db",
    ] {
        let word = Word::Revoke;
        assert_eq!(command(text), Command::Unfinished { word }, "{text}");
    }
}

#[test]
fn everything_is_somebody_s_or_on_an_integration() {
    let read = |text| match command(text) {
        Command::RevokeAll { named, reason } => Some((named, reason)),
        _ => None,
    };
    let why = || Some("laptop was stolen".to_owned());
    let (user, name) = ("U0DANA".to_owned(), "orders-db".to_owned());
    let dana = || Named::Person { user: user.clone() };
    let orders = || Named::Integration { name: name.clone() };
    assert_eq!(read("revoke all <@U0DANA|dana>"), Some((dana(), None)));
    assert_eq!(
        read("Revoke ALL <@U0DANA> laptop was  stolen"),
        Some((dana(), why()))
    );
    assert_eq!(read("revoke all on orders-db"), Some((orders(), None)));
    assert_eq!(
        read("revoke all On orders-db laptop was stolen"),
        Some((orders(), why()))
    );
}

#[test]
fn a_person_is_whom_slack_made_a_mention_of_and_no_typed_name() {
    let read = |text| match command(text) {
        Command::Block { user, reason, .. } => Some((user, reason)),
        _ => None,
    };
    let why = Some("laptop was stolen".to_owned());
    assert_eq!(
        read("block <@U0DANA|dana>  laptop was stolen"),
        Some(("U0DANA".to_owned(), why))
    );
    assert_eq!(read("block <@U0DANA>"), Some(("U0DANA".to_owned(), None)));
    let sent = "block <@U0DANA|dana> R&amp;D laptop &lt;stolen&gt; <https://t.example/1?a=1&amp;b=2|t>";
    let typed = "R&D laptop <stolen> https://t.example/1?a=1&b=2".to_owned();
    assert_eq!(read(sent), Some(("U0DANA".to_owned(), Some(typed))));
    for text in [
        "block",
        "block @dana",
        "block dana",
        "block <@>",
        "block <@dana>",
        "block <#C0GENERAL>",
        "block &lt;@U0DANA&gt;",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn an_address_is_read_through_what_slack_makes_of_it() {
    let email = "dana@example.com".to_owned();
    for text in [
        "accept Dana@example.com",
        "accept <mailto:dana@example.com|dana@example.com>",
    ] {
        let email = email.clone();
        assert_eq!(command(text), Command::Accept { email, code: None }, "{text}");
    }
    let code = Some("3f9a21c0".to_owned());
    let accept = command("accept dana@example.com 3F9A21C0");
    assert_eq!(accept, Command::Accept { email, code });
    let word = Word::Accept;
    assert_eq!(command("accept dana"), Command::Unfinished { word });
}

#[test]
fn an_extension_has_a_number_a_duration_and_perhaps_words() {
    let read = |text| match command(text) {
        Command::Extend { number, added, words } => Some((number.0, added.as_secs(), words)),
        _ => None,
    };
    assert_eq!(read("extend AR-7 1h"), Some((7, 3_600, None)));
    assert_eq!(read("Extend ar 7 1H 30m"), Some((7, 5_400, None)));
    let why = Some("still restoring".to_owned());
    assert_eq!(read("extend 7 30m still restoring"), Some((7, 1_800, why)));
    for text in [
        "extend",
        "extend AR-7",
        "extend 1h",
        "extend AR-7 soon",
        "extend AR-7 0m",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn a_question_has_a_permission_and_a_resource_and_perhaps_a_person() {
    let read = |text| match command(text) {
        Command::Why {
            of,
            permission,
            target,
        } => Some((of, permission, target)),
        _ => None,
    };
    let asked =
        |of: Option<&str>, target: &str| Some((of.map(str::to_owned), "read".to_owned(), target.to_owned()));
    assert_eq!(read("why read on orders"), asked(None, "orders"));
    assert_eq!(read("Why read orders-db/orders"), asked(None, "orders-db/orders"));
    assert_eq!(
        read("why <@U0DANA|dana> read on orders"),
        asked(Some("U0DANA"), "orders")
    );
    for text in [
        "why",
        "why read",
        "why read on",
        "why <@U0DANA>",
        "why @dana read on orders",
        "why <@> read on x",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn likely_words_do_what_people_mean() {
    let number = RequestNumber(7);
    for text in ["AR-7", "ar7", "7", "ar 7", "status AR-7", "history 7"] {
        assert_eq!(command(text), Command::Show { number }, "{text}");
    }
    for text in ["pending", "approve AR-7", "approvals"] {
        assert_eq!(command(text), Command::Pending, "{text}");
    }
    let sought = Sought::default();
    for text in ["log", "list all", "audit"] {
        let sought = sought.clone();
        assert_eq!(command(text), Command::Log { sought }, "{text}");
    }
    assert_eq!(command("active"), Command::Active { sought });
    assert_eq!(command("password AR-7"), Command::Connect { number });
    let reason = Some("it is done".to_owned());
    assert_eq!(
        command("end AR-7 because it is done"),
        Command::Revoke { number, reason }
    );
}

#[test]
fn a_blocked_person_is_told_what_follows_the_colon() {
    let read = |text| match command(text) {
        Command::Block { reason, told, .. } => (reason, told),
        other => panic!("{other:?}"),
    };
    let (reason, told) = read("block <@U0DANA> stolen; Tell them: call us");
    assert_eq!(reason.as_deref(), Some("stolen; Tell them: call us"));
    assert_eq!(told.as_deref(), Some("call us"));
    assert_eq!(read("block <@U0DANA> stolen").1, None);
}

#[test]
fn a_slip_finds_its_word_and_a_stranger_none() {
    assert_eq!(Word::nearest("revok"), Some(Word::Revoke));
    assert_eq!(Word::nearest("Lst"), Some(Word::List));
    assert_eq!(Word::nearest("frobnicate"), None);
}

proptest! {
    #[test]
    fn any_text_is_a_command(text in ".*") {
        let _ = command(&text).tried();
    }
}
