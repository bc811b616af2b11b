//! An error with its causes, for a log line.

use std::error::Error;
use std::fmt;

/// Shows an error and each of its causes: `it cannot be said now: users.info: slack cannot be reached`.
pub fn chained<'a>(error: &'a (dyn Error + 'static)) -> impl fmt::Display + use<'a> {
    fmt::from_fn(move |f| {
        write!(f, "{error}")?;
        let mut said = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            // An error that repeats its cause's text has shown it already.
            let text = cause.to_string();
            if text != said {
                write!(f, ": {text}")?;
                said = text;
            }
            next = cause.source();
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the disk is full")]
    struct Inner;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("could not be stored")]
        Kept(#[source] Inner),
        #[error(transparent)]
        Passed(#[from] Inner),
    }

    #[test]
    fn each_cause_is_said_once() {
        let kept = Outer::Kept(Inner);
        assert_eq!(
            chained(&kept).to_string(),
            "could not be stored: the disk is full"
        );
        assert_eq!(chained(&Outer::Passed(Inner)).to_string(), "the disk is full");
    }
}
