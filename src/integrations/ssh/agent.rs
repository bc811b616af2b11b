//! The two requests to an ssh-agent: list its keys, and sign with one of them.
//!
//! The protocol is draft-ietf-sshm-ssh-agent, sections 3.5 and 3.6. Invariant: every read and write has a time-out, and
//! an answer is never longer than [`LONGEST`].

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use ssh_key::public::KeyData;
use ssh_key::{PublicKey, Signature};

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// OpenSSH's own limit is the same (`MAX_AGENT_REPLY_LEN`).
const LONGEST: u32 = 256 * 1024;

/// An agent that asks its owner to confirm would take longer; a bot cannot use one.
const PATIENCE: Duration = Duration::from_secs(5);

/// A connection to an ssh-agent.
pub(crate) struct Agent {
    stream: UnixStream,
}

impl Agent {
    pub(crate) fn connect(socket: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(socket)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Self { stream })
    }

    /// The public keys it can sign with; keys of unknown types are left out.
    pub(crate) fn keys(&mut self) -> io::Result<Vec<PublicKey>> {
        let answer = self.ask(&[REQUEST_IDENTITIES])?;
        let mut reader = Message::of(&answer, IDENTITIES_ANSWER)?;
        let count = reader.number()?;
        let mut keys = Vec::new();
        for _ in 0..count {
            let blob = reader.string()?;
            let _comment = reader.string()?;
            keys.extend(PublicKey::from_bytes(blob));
        }
        Ok(keys)
    }

    pub(crate) fn sign(&mut self, key: &KeyData, message: &[u8]) -> io::Result<Signature> {
        let blob = PublicKey::from(key.clone())
            .to_bytes()
            .map_err(io::Error::other)?;
        let mut request = vec![SIGN_REQUEST];
        put_string(&mut request, &blob)?;
        put_string(&mut request, message)?;
        // No flags: they only select a hash for RSA.
        request.extend(0_u32.to_be_bytes());
        let answer = self.ask(&request)?;
        let signature = Message::of(&answer, SIGN_RESPONSE)?.string()?;
        Signature::try_from(signature).map_err(io::Error::other)
    }

    fn ask(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        let mut framed = Vec::new();
        put_string(&mut framed, request)?;
        self.stream.write_all(&framed)?;
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length);
        if length > LONGEST {
            return Err(malformed());
        }
        let mut answer = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        self.stream.read_exact(&mut answer)?;
        Ok(answer)
    }
}

/// The unread rest of an answer.
struct Message<'a>(&'a [u8]);

impl<'a> Message<'a> {
    /// The answer, if it has the expected type; an agent that refuses sends another type.
    fn of(answer: &'a [u8], kind: u8) -> io::Result<Self> {
        match answer.split_first() {
            Some((found, rest)) if *found == kind => Ok(Self(rest)),
            Some(_) => Err(io::Error::other("it refused")),
            None => Err(malformed()),
        }
    }

    fn number(&mut self) -> io::Result<u32> {
        let (head, rest) = self.0.split_first_chunk::<4>().ok_or_else(malformed)?;
        self.0 = rest;
        Ok(u32::from_be_bytes(*head))
    }

    fn string(&mut self) -> io::Result<&'a [u8]> {
        let length = usize::try_from(self.number()?).map_err(io::Error::other)?;
        let (head, rest) = self.0.split_at_checked(length).ok_or_else(malformed)?;
        self.0 = rest;
        Ok(head)
    }
}

fn put_string(out: &mut Vec<u8>, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    out.extend(length.to_be_bytes());
    out.extend(bytes);
    Ok(())
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its answer is not valid")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_answer_makes_the_reader_fall_over(answer in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(mut message) = Message::of(&answer, IDENTITIES_ANSWER) {
                let _ = message.number();
                while message.string().is_ok_and(|piece| !piece.is_empty()) {}
            }
        }
    }
}
