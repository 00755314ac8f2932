//! The authorization response: which parameters, and how they reach the client
//! (RFC 6749 4.1.2, OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode, RFC 9207).

use std::fmt;
use std::str::FromStr;

use super::error::Refusal;

/// What an authorization request asks to get back: `response_type`, in any word order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResponseType {
    Code,
}

impl ResponseType {
    /// Every type that is offered, as discovery lists them.
    pub const ALL: [Self; 1] = [Self::Code];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
        }
    }

    /// Where the answer goes when the request does not say.
    pub const fn default_mode(self) -> ResponseMode {
        match self {
            Self::Code => ResponseMode::Query,
        }
    }
}

impl fmt::Display for ResponseType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ResponseType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
        words.sort_unstable();
        match words.as_slice() {
            ["code"] => Ok(Self::Code),
            _ => Err(format!("response_type '{text}' is not offered; offered: code")),
        }
    }
}

/// How the parameters travel: `response_mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    Fragment,
    FormPost,
}

impl ResponseMode {
    pub const ALL: [Self; 3] = [Self::Query, Self::Fragment, Self::FormPost];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Fragment => "fragment",
            Self::FormPost => "form_post",
        }
    }
}

impl FromStr for ResponseMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|mode| mode.as_str() == text);
        known.ok_or_else(|| {
            format!("response_mode '{text}' is not offered; offered: query, fragment, form_post")
        })
    }
}

/// Where and how a checked client is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    pub redirect_uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
}

/// Name and value of each parameter, in order.
pub type Parameters = Vec<(&'static str, String)>;

/// An answer on its way to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Redirect(String),
    FormPost { action: String, fields: Parameters },
}

impl ReplyTo {
    /// The answer that carries `parameters`, then `state` as it came and `iss` (RFC 9207).
    pub fn deliver(&self, mut parameters: Parameters, issuer: &str) -> Delivery {
        parameters.extend(self.state.iter().map(|state| ("state", state.clone())));
        parameters.push(("iss", issuer.to_owned()));
        match self.mode {
            ResponseMode::Query => Delivery::Redirect(self.with_query(&parameters)),
            ResponseMode::Fragment => {
                Delivery::Redirect(format!("{}#{}", self.redirect_uri, encode(&parameters)))
            }
            ResponseMode::FormPost => {
                Delivery::FormPost { action: self.redirect_uri.clone(), fields: parameters }
            }
        }
    }

    /// The answer that tells the client of a refusal.
    pub fn refuse(&self, refusal: &Refusal, issuer: &str) -> Delivery {
        let parameters = vec![
            ("error", refusal.code.as_str().to_owned()),
            ("error_description", refusal.description.clone().into_owned()),
        ];
        self.deliver(parameters, issuer)
    }

    /// RFC 6749 3.1.2: a query that the redirect URI already has is kept.
    fn with_query(&self, parameters: &Parameters) -> String {
        let uri = &self.redirect_uri;
        let joint = match uri.find('?') {
            None => "?",
            Some(at) if at + 1 == uri.len() || uri.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{uri}{joint}{}", encode(parameters))
    }
}

/// Form encoding with `%20` for a blank, which every decoder of queries and fragments understands.
fn encode(parameters: &Parameters) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::error::Code;

    fn reply_to(redirect_uri: &str, mode: ResponseMode) -> ReplyTo {
        ReplyTo { redirect_uri: redirect_uri.into(), mode, state: Some("a b&c".into()) }
    }

    #[test]
    fn a_query_of_the_redirect_uri_is_kept() {
        for (uri, start) in [
            ("https://app.example/cb", "https://app.example/cb?code=x"),
            ("https://app.example/cb?bar=foo", "https://app.example/cb?bar=foo&code=x"),
            ("https://app.example/cb?", "https://app.example/cb?code=x"),
            ("com.example.app:/cb", "com.example.app:/cb?code=x"),
        ] {
            let delivery =
                reply_to(uri, ResponseMode::Query).deliver(vec![("code", "x".into())], "https://op.example");
            let end = "&state=a%20b%26c&iss=https%3A%2F%2Fop.example";
            assert_eq!(delivery, Delivery::Redirect(format!("{start}{end}")));
        }
    }

    #[test]
    fn a_fragment_leaves_the_query_alone() {
        let delivery = reply_to("https://app.example/cb?x=1", ResponseMode::Fragment)
            .deliver(vec![("code", "x".into())], "https://op.example");
        let Delivery::Redirect(location) = delivery else { panic!("not a redirect") };
        assert!(location.starts_with("https://app.example/cb?x=1#code=x&state="));
    }

    #[test]
    fn a_refusal_carries_error_description_state_and_issuer_only() {
        let refusal = Refusal::new(Code::AccessDenied, "the person declined");
        let delivery =
            reply_to("https://app.example/cb", ResponseMode::FormPost).refuse(&refusal, "https://op.example");
        let Delivery::FormPost { fields, .. } = delivery else { panic!("not a form") };
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["error", "error_description", "state", "iss"]);
    }

    #[test]
    fn words_of_a_response_type_may_come_in_any_order_but_not_twice() {
        assert_eq!("code".parse(), Ok(ResponseType::Code));
        assert_eq!(" code ".parse(), Ok(ResponseType::Code));
        for text in ["", "code code", "token", "CODE", "none"] {
            assert!(text.parse::<ResponseType>().is_err(), "{text}");
        }
    }
}
