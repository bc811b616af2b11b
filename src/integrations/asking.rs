//! Calls to targets, as the log shows them.

use std::time::Instant;

use tracing::Instrument;

use super::IntegrationError;

/// Waits for the answer to `call`, the name of a method of [`super::Integration`], in a span of its own.
pub async fn asked<T>(
    integration: &str,
    call: &'static str,
    answer: impl Future<Output = Result<T, IntegrationError>> + Send,
) -> Result<T, IntegrationError> {
    let waited_for = async {
        let began = Instant::now();
        let answer = answer.await;
        let took = began.elapsed();
        match &answer {
            Ok(_) => tracing::debug!(?took, "the target answered"),
            // The caller reports what follows, and how bad it is.
            Err(error) => tracing::debug!(?took, trouble = ?error.trouble(), %error, "the call failed"),
        }
        answer
    };
    let span = tracing::error_span!("target", integration, call);
    waited_for.instrument(span).await
}
