//! The plain door beside the one with TLS: it sends browsers on, and serves nothing.

use super::http::{Method, Request, Response};
use super::server::Handler;

/// Answers every request with the same address under HTTPS.
pub struct Redirect {
    /// Where the desk is reached, without a trailing slash. Never what a request names as its host, which its
    /// sender chooses.
    pub public_url: String,
}

impl Handler for Redirect {
    fn handle(&self, request: Request) -> Response {
        // What was sent in clear was heard already: who sends forms or a token here is told to stop, not helped.
        if !matches!(request.method, Method::Get | Method::Head) {
            let said = Response::html("This address is for HTTPS only.\n".to_owned());
            return Response { status: 403, ..said };
        }
        let (path, query) = (&request.path, &request.query);
        let asked = if query.is_empty() { String::new() } else { format!("?{query}") };
        let at = format!("{}{path}{asked}", self.public_url);
        // For good, so that browsers ask the plain address no more.
        Response { status: 301, ..Response::redirect(&at) }
    }

    fn body_limit(&self, _: Method, _: &str) -> u64 {
        0
    }
}
