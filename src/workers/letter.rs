//! A report as a letter.

use super::jobs::Jobs;
use super::messages::Parcel;
use crate::access::clean::escaped;
use crate::mail::{Attachment, Letter, MailError};
use crate::telling::arrived;
use crate::usecases::reports::Failure;

/// Sends it to an address. A letter that is sent again has the key of the first one.
pub(super) async fn send(jobs: &Jobs, address: &str, parcel: Parcel<'_>) -> Result<(), Failure> {
    let Some(server) = (jobs.mail)() else {
        return Err(Failure::for_now("the config names no mail server"));
    };
    let letter = written(jobs.portal.as_deref(), address, parcel);
    server.send(letter, jobs.core.now()).await.map_err(|error| {
        let is_final = matches!(error, MailError::Refused(_));
        Failure {
            is_final,
            ..Failure::for_now(format!("by mail: {error}"))
        }
    })
}

fn written(portal: Option<&str>, address: &str, parcel: Parcel<'_>) -> Letter {
    let Parcel {
        due, run, running, ..
    } = parcel;
    let report = &due.report;
    let subject = arrived::headline(&report.name, running.rows(), report.format).plain();
    let page = portal.map(|origin| format!("{origin}/reports/{}", report.id));
    let mut lines = vec![match &parcel.file {
        Ok(_) => "The file is attached.".to_owned(),
        Err(why) => arrived::without_file(*why, page.as_deref()),
    }];
    lines.extend(arrived::bars(running.by_day()));
    lines.extend(page.map(|page| format!("The report, and how to pause it: {page}")));
    let text = lines.join("\n");
    Letter {
        to: address.to_owned(),
        html: format!("<p>{}</p><pre>{}</pre>", escaped(&subject), escaped(&text)),
        text: format!("{subject}\n\n{text}\n"),
        subject,
        attachment: parcel.file.ok().map(|(name, bytes)| Attachment {
            name,
            media_type: report.format.media_type(),
            bytes,
        }),
        key: run.id.clone(),
    }
}
