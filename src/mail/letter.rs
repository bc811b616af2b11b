//! A letter to one person.

use data_encoding::BASE64_MIME;
use lettre::Address;
use lettre::address::Envelope;
use mail_builder::MessageBuilder;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;

use crate::access::time::Timestamp;

/// What is sent to one address.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Plain, without a name: `dana@example.com`.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub attachment: Option<Attachment>,
    /// The same whenever the same letter is sent again, so that a repeat can be told: letters, digits and `-`.
    pub key: String,
}

/// A file that goes with a letter.
#[derive(Clone, Debug)]
pub struct Attachment {
    pub name: String,
    /// Such as `text/csv`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Why a letter cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    #[error("the sender is no e-mail address")]
    From,
    #[error("the recipient is no e-mail address")]
    To,
    #[error("its key can be in no header")]
    Key,
}

/// A letter as it is sent.
pub(super) struct Written {
    pub(super) envelope: Envelope,
    pub(super) bytes: Vec<u8>,
}

impl Letter {
    /// As it is sent, at `now`. Line ends and other control characters in headers become spaces, so nothing adds a header.
    pub(super) fn written(self, from: &str, now: Timestamp) -> Result<Written, LetterError> {
        let from: Address = from.parse().map_err(|_| LetterError::From)?;
        let to: Address = self.to.parse().map_err(|_| LetterError::To)?;
        if self.key.is_empty()
            || !self
                .key
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        {
            return Err(LetterError::Key);
        }
        let mut message = MessageBuilder::new()
            .from(("apono".to_owned(), from.to_string()))
            .to(to.to_string())
            .date(now.seconds())
            .subject(in_a_line(&self.subject))
            .message_id(format!("{}@{}", self.key, from.domain()))
            .header("Auto-Submitted", Raw::new("auto-generated"))
            .text_body(self.text)
            .html_body(self.html);
        message.attachments = self.attachment.map(|file| vec![file.part()]);
        let mut bytes = Vec::new();
        message.serialize(&mut bytes);
        let envelope = Envelope::new(Some(from), vec![to]).map_err(|_| LetterError::To)?;
        Ok(Written { envelope, bytes })
    }
}

impl Attachment {
    /// In Base64 whatever it is: in any other encoding, ends of lines are rewritten on the way.
    fn part(self) -> MimePart<'static> {
        MimePart::new(self.media_type, BASE64_MIME.encode(&self.bytes))
            .attachment(in_a_line(&self.name))
            .transfer_encoding("base64")
    }
}

fn in_a_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
