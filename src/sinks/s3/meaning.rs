//! What S3's errors mean for what was sent.

use http::StatusCode;

use crate::sinks::Fault;
use crate::sinks::http::Answer;

/// Trouble on the way or over there.
const PASSING: [&str; 8] = [
    "BadDigest",
    "InternalError",
    "OperationAborted",
    "RequestTimeout",
    "ServiceUnavailable",
    "SlowDown",
    "Throttling",
    "XAmzContentSHA256Mismatch",
];

/// The answer, if S3 did what it was asked.
///
/// Nothing but the size of an object depends on the events in it, so whatever else is refused has to be changed by somebody.
pub(super) fn judged(answer: Answer) -> Result<Answer, Fault> {
    let status = answer.status;
    if status.is_success() {
        return Ok(answer);
    }
    let code = code(&answer.body);
    let mut why = match code {
        Some(code) => format!("it answered HTTP {} ({code})", status.as_u16()),
        None => format!("it answered HTTP {}", status.as_u16()),
    };
    if code == Some("EntityTooLarge") || status == StatusCode::PAYLOAD_TOO_LARGE {
        return Err(Fault::Refused { why });
    }
    let is_passing = code.is_some_and(|code| PASSING.contains(&code))
        || status == StatusCode::TOO_MANY_REQUESTS
        || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED);
    if is_passing {
        let after = answer.after;
        return Err(Fault::Later { why, after });
    }
    if let Some(advice) = code.and_then(advice) {
        why = format!("{why}: {advice}");
    }
    Err(Fault::Held { why })
}

/// S3's word for what is wrong.
pub(super) fn code(body: &[u8]) -> Option<&str> {
    let text = str::from_utf8(body).ok()?;
    let (code, _) = text.split_once("<Code>")?.1.split_once("</Code>")?;
    // Whatever is no word of S3's is repeated nowhere.
    let is_word = code.len() <= 64 && code.chars().all(|c| c.is_ascii_alphanumeric());
    is_word.then_some(code)
}

fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => {
            "the keys need s3:PutObject, and with a lock s3:PutObjectRetention and s3:GetBucketObjectLockConfiguration"
        }
        "InvalidAccessKeyId" => "access_key_id is not known there",
        "SignatureDoesNotMatch" => "secret_access_key is not the one of access_key_id",
        "ExpiredToken" | "InvalidToken" => "session_token is no longer valid, or belongs to other keys",
        "NoSuchBucket" => "there is no such bucket",
        "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect" => {
            "the bucket is in another region"
        }
        "RequestTimeTooSkewed" => "this machine's clock is wrong",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_s3_are_repeated() {
        assert_eq!(code(b"<Error><Code>SlowDown</Code></Error>"), Some("SlowDown"));
        assert_eq!(code(b"<Error><Code>hunter2 &amp; more</Code></Error>"), None);
        assert_eq!(code(b"<html>Bad Gateway</html>"), None);
    }
}
