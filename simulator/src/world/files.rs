//! Files: announced with name and length, then sent, then shared in a channel.

use super::{Refused, World};

#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub(crate) id: String,
    /// The end of the address that takes its bytes.
    pub(crate) secret: String,
    name: String,
    length: usize,
    bytes: Option<Vec<u8>>,
}

/// A file below a message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SeenFile {
    pub name: String,
    pub title: String,
    /// As text, whatever it is.
    pub content: String,
}

impl World {
    /// Takes note of a file that is going to be sent.
    pub(crate) fn expect_file(&mut self, name: &str, length: usize) -> Upload {
        let upload = Upload {
            id: self.ids.next("F"),
            secret: self.ids.next("u"),
            name: name.to_owned(),
            length,
            bytes: None,
        };
        self.uploads.push(upload.clone());
        upload
    }

    /// Takes the bytes of a file; false if none is expected there, or not so many.
    pub(crate) fn take_file(&mut self, secret: &str, bytes: Vec<u8>) -> bool {
        let mut uploads = self.uploads.iter_mut();
        let upload = uploads.find(|upload| upload.secret == secret && upload.bytes.is_none());
        match upload {
            Some(upload) if upload.length == bytes.len() => {
                upload.bytes = Some(bytes);
                true
            }
            Some(_) | None => false,
        }
    }

    /// Takes a file out of those that wait to be shared.
    pub(crate) fn share_file(&mut self, id: &str, title: Option<&str>) -> Result<SeenFile, Refused> {
        let place = self.uploads.iter().position(|upload| upload.id == id);
        let place = place.filter(|place| self.uploads[*place].bytes.is_some());
        let upload = self.uploads.remove(place.ok_or(Refused("file_not_found"))?);
        Ok(SeenFile {
            title: title.unwrap_or(&upload.name).to_owned(),
            content: String::from_utf8_lossy(&upload.bytes.unwrap_or_default()).into_owned(),
            name: upload.name,
        })
    }
}
