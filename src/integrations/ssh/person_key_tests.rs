//! How pasted texts are read.

use proptest::prelude::*;
use ssh_key::private::Ed25519Keypair;
use ssh_key::public::RsaPublicKey;
use ssh_key::public::{Ed25519PublicKey, SkEd25519};
use ssh_key::{LineEnding, Mpint, PrivateKey};

use super::*;

const GOOD: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti dana@laptop";

fn rsa(bits: usize, exponent: &[u8]) -> String {
    let mut modulus = vec![0xff; bits / 8];
    modulus[0] = 0x80;
    let key = RsaPublicKey {
        e: Mpint::from_positive_bytes(exponent).unwrap(),
        n: Mpint::from_positive_bytes(&modulus).unwrap(),
    };
    PublicKey::from(KeyData::Rsa(key)).to_openssh().unwrap()
}

#[test]
fn a_public_key_is_known_by_its_fingerprint_and_comment() {
    let key = PastedKey::read(GOOD).unwrap();
    insta::assert_snapshot!(key.fingerprint(), @"SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
    assert_eq!(key.comment(), "dana@laptop");
    assert_eq!(key.line(), GOOD);
    assert_eq!(PastedKey::read(&key.kept().line), Ok(key));
}

#[test]
fn a_line_that_was_wrapped_is_still_one_key() {
    let (head, tail) = GOOD.split_at(40);
    let key = PastedKey::read(&format!("\n  {head}\n{tail}\n")).unwrap();
    assert_eq!(key, PastedKey::read(GOOD).unwrap());
}

#[test]
fn a_private_key_is_refused_whatever_stands_around_it() {
    let private = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let pem = private.to_openssh(LineEnding::LF).unwrap();
    for text in [
        pem.as_str(),
        &format!("{GOOD}\n{}", pem.as_str()),
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        "PuTTY-User-Key-File-3: ssh-ed25519",
    ] {
        assert_eq!(PastedKey::read(text), Err(PasteRefusal::Private));
    }
}

#[test]
fn what_is_no_single_public_key_is_refused_by_its_own_name() {
    let cert = format!("ssh-ed25519-cert-v01@openssh.com {}", &GOOD[12..]);
    let rfc4716 = "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----";
    for (text, refusal) in [
        ("", PasteRefusal::Nothing),
        ("ssh-ed25519", PasteRefusal::Broken),
        (&GOOD[..40], PasteRefusal::Incomplete),
        (&format!("{} dana", &GOOD[..76]), PasteRefusal::Incomplete),
        (&GOOD[12..], PasteRefusal::NoKind),
        (&GOOD.replace("ssh-ed25519", "ssh-rsa"), PasteRefusal::OtherKind),
        (&GOOD.replace("qgEN", "Qg\u{2026}EN"), PasteRefusal::Letter),
        (&GOOD.replace("qgEN", "Qg\u{415}N"), PasteRefusal::Letter),
        ("hello", PasteRefusal::Broken),
        (&cert, PasteRefusal::Certificate),
        (&format!("{GOOD}\n{GOOD}"), PasteRefusal::Several),
        (rfc4716, PasteRefusal::OtherFormat),
        (&format!("{}\n{GOOD}", &GOOD[..60]), PasteRefusal::Several),
        (&format!("command=\"sh\" {GOOD}"), PasteRefusal::Before),
        (
            &format!("from=\"10.0.0.0/8\",no-pty\n{GOOD}"),
            PasteRefusal::Before,
        ),
        (&format!("bastion.example.com {GOOD}"), PasteRefusal::Before),
    ] {
        assert_eq!(PastedKey::read(text), Err(refusal), "{text}");
    }
}

#[test]
fn weak_keys_are_refused_and_strong_ones_of_each_kind_are_taken() {
    assert_eq!(
        PastedKey::read(&rsa(2048, &[1, 0, 1])),
        Err(PasteRefusal::ShortRsa)
    );
    assert_eq!(PastedKey::read(&rsa(3072, &[1])), Err(PasteRefusal::Broken));
    let rsa = PastedKey::read(&rsa(3072, &[1, 0, 1])).unwrap();
    assert_eq!(rsa.usual_file(), "id_rsa");
    let line = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBByh8yOHgKecY3T7ZKMrw06kADbexzwfyj58UkbbGHnOYsN1XbC3WCYtX0fERRfbFiiHyS6/uIX2qy5RZ5F4XHU=";
    assert_eq!(PastedKey::read(line).unwrap().usual_file(), "id_ecdsa");
    let dsa = "ssh-dss AAAAB3NzaC1kc3MAAAADBAcJAAAAAwUHCwAAAAMDBQcAAAADAQID";
    assert_eq!(PastedKey::read(dsa), Err(PasteRefusal::Dsa));
}

proptest! {
    #[test]
    fn any_text_is_a_key_or_refused(text in "(ssh-|ecdsa-|sk-)?.{0,80}") {
        let _ = PastedKey::read(&text);
    }

    #[test]
    fn whatever_a_terminal_or_a_client_does_to_a_key_it_is_taken_as_the_same_key(mangled in mangled()) {
        let (line, pasted) = mangled;
        let key = PastedKey::read(&pasted);
        prop_assert_eq!(key.map(|key| key.fingerprint().to_owned()), Ok(fingerprint(&line)), "{:?}", pasted);
    }

    #[test]
    fn a_key_with_something_before_it_is_refused_for_that(
        mangled in mangled(),
        before in prop::sample::select(vec![
            "from=\"10.0.0.0/8\" ", "command=\"/bin/echo ssh-rsa AAAA\",no-pty ", "restrict ",
            "@cert-authority *.example.com ", "bastion.example.com ", "$ cat id.pub\n", "`",
        ]),
    ) {
        prop_assert_eq!(PastedKey::read(&format!("{before}{}", mangled.1)), Err(PasteRefusal::Before));
    }

    #[test]
    fn a_key_that_was_cut_is_refused_and_never_taken_for_another(line in any_line(), cut in 1_usize..60, comment in "( [a-zA-Z0-9+/]{0,40})?") {
        let letters = line.len() - cut;
        let cut = format!("{}{comment}", &line[..letters]);
        prop_assert!(line.trim_end_matches('=').len() <= letters || PastedKey::read(&cut).is_err(), "{}", cut);
    }

    #[test]
    fn two_keys_are_refused_as_two(one in mangled(), other in mangled(), end in prop::sample::select(vec!["\n", "\r\n", " "])) {
        prop_assert_eq!(PastedKey::read(&format!("{}{end}{}", one.1, other.1)), Err(PasteRefusal::Several));
    }
}

/// One key of each accepted type, without a comment.
fn any_line() -> impl Strategy<Value = String> {
    let ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBByh8yOHgKecY3T7ZKMrw06kADbexzwfyj58UkbbGHnOYsN1XbC3WCYtX0fERRfbFiiHyS6/uIX2qy5RZ5F4XHU=";
    let held = KeyData::SkEd25519(SkEd25519::from(Ed25519PublicKey([7; 32])));
    prop_oneof![
        any::<[u8; 32]>().prop_map(|seed| {
            let key = PrivateKey::from(Ed25519Keypair::from_seed(&seed));
            key.public_key().to_openssh().unwrap()
        }),
        Just(rsa(3072, &[1, 0, 1])),
        Just(rsa(4096, &[1, 0, 1])),
        Just(ecdsa.to_owned()),
        Just(PublicKey::from(held).to_openssh().unwrap()),
    ]
}

fn fingerprint(line: &str) -> String {
    let key = PublicKey::from_openssh(line).unwrap();
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// A key, and what somebody pasted.
fn mangled() -> impl Strategy<Value = (String, String)> {
    let comment = prop_oneof![
        Just(String::new()),
        "dana@laptop",
        " Даны ноутбук",
        " 다나의 노트북 \u{200d}",
        " [\\PL&&[^\r\n]]{0,30}"
    ];
    let spaces = prop::sample::select(vec![
        " ",
        "  ",
        "\t",
        "\u{a0}",
        "\u{202f}",
        "\u{3000}",
        "\u{feff} ",
    ]);
    let ends = prop::sample::select(vec!["\n", "\r\n", "\r", "\u{2028}", " \n   ", "\u{a0}\n"]);
    let hidden = prop::collection::vec(
        (
            any::<prop::sample::Index>(),
            prop::sample::select(vec![
                '\u{feff}', '\u{200b}', '\u{2060}', '\u{ad}', '\u{202e}', '\0',
            ]),
        ),
        0..6,
    );
    let kind = prop::sample::select(vec!["as it is", "capital", "hyphens"]);
    (
        any_line(),
        comment,
        spaces,
        ends,
        hidden,
        kind,
        prop_oneof![Just(80_usize), 30_usize..200],
        any::<bool>(),
    )
        .prop_map(
            |(line, comment, space, end, hidden, kind, width, loses_padding)| {
                let (word, letters) = line.split_once(' ').unwrap();
                let word = match kind {
                    "capital" => word[..1].to_uppercase() + &word[1..],
                    "hyphens" => word.replace('-', "\u{2011}"),
                    _ => word.to_owned(),
                };
                let letters = if loses_padding {
                    letters.trim_end_matches('=')
                } else {
                    letters
                };
                let comment = comment.trim();
                let whole = format!("{word}{space}{letters} {comment}");
                let chars: Vec<char> = whole.trim_end().chars().collect();
                let lines: Vec<String> = chars.chunks(width).map(|line| line.iter().collect()).collect();
                let mut pasted: Vec<char> = lines.join(end).chars().collect();
                for (place, c) in hidden {
                    pasted.insert(place.index(pasted.len() + 1), c);
                }
                (line, pasted.into_iter().collect())
            },
        )
}
