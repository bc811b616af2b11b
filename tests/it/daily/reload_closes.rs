//! 4. A reload that removes what a request is about closes the request.
