//! What a browser brings back from the issuer.

use url::form_urlencoded;

use super::error::{OidcError, known_code};

/// The answer to the question whether somebody may sign in; not checked yet, except that nothing in it is said twice.
#[derive(Clone, Default)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    issuer: Option<String>,
    error: Option<String>,
}

impl Answer {
    /// The answer in the query of an address.
    pub fn read(query: &str) -> Result<Self, OidcError> {
        let mut answer = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let field = match &*name {
                "state" => &mut answer.state,
                "code" => &mut answer.code,
                "iss" => &mut answer.issuer,
                "error" => &mut answer.error,
                _ => continue,
            };
            if field.replace(value.into_owned()).is_some() {
                return Err(OidcError::Answer("says something twice"));
            }
        }
        Ok(answer)
    }

    /// Whether it answers the question that was asked with this state.
    pub fn is_to(&self, state: &str) -> bool {
        self.state.as_deref() == Some(state)
    }

    /// The code in it, if it comes from this issuer (RFC 9207). An issuer that names itself in its answers does so in each.
    pub(super) fn code(&self, issuer: &str, names_itself: bool) -> Result<&str, OidcError> {
        match &self.issuer {
            Some(named) if named != issuer => return Err(OidcError::Answer("is from another issuer")),
            None if names_itself => return Err(OidcError::Answer("does not say which issuer it is from")),
            Some(_) | None => {}
        }
        if let Some(error) = &self.error {
            return Err(OidcError::Refused(known_code(error)));
        }
        let code = self.code.as_deref().filter(|code| !code.is_empty());
        code.ok_or(OidcError::Answer("has no code in it"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(query: &str, names_itself: bool) -> String {
        let answer = Answer::read(query);
        let code = answer.and_then(|answer| {
            answer
                .code("https://idp.example", names_itself)
                .map(str::to_owned)
        });
        code.unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn only_an_answer_of_the_issuer_has_a_code() {
        assert_eq!(code("state=a&code=b&iss=https%3A%2F%2Fidp.example", true), "b");
        assert_eq!(code("state=a&code=b", false), "b");
        assert_eq!(
            code("code=b", true),
            "the answer that the browser brought does not say which issuer it is from"
        );
        assert_eq!(
            code("code=b&iss=https%3A%2F%2Fevil.example", false),
            "the answer that the browser brought is from another issuer"
        );
        assert_eq!(
            code("code=b&code=c", false),
            "the answer that the browser brought says something twice"
        );
        assert_eq!(
            code("error=access_denied&code=b", false),
            "the issuer refused: access_denied"
        );
        assert_eq!(
            code("code=", false),
            "the answer that the browser brought has no code in it"
        );
    }
}
