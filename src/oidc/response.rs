//! The authorization response: which parameters, and how they reach the client
//! (RFC 6749 4.1.2, OAuth 2.0 Multiple Response Types 2.1, Form Post Response Mode, RFC 9207).

use std::fmt;
use std::str::FromStr;

use super::client::GrantType;
use super::error::Refusal;

/// What an authorization request asks to get back: `response_type`, a set of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResponseType {
    pub code: bool,
    pub id_token: bool,
    pub token: bool,
}

impl ResponseType {
    pub const CODE: Self = Self { code: true, id_token: false, token: false };

    /// Every type there is, as discovery lists them (OAuth 2.0 Multiple Response Types 3, 5).
    pub const ALL: [Self; 7] = [
        Self::CODE,
        Self { code: false, id_token: true, token: false },
        Self { code: false, id_token: true, token: true },
        Self { code: true, id_token: true, token: false },
        Self { code: true, id_token: false, token: true },
        Self { code: true, id_token: true, token: true },
        Self { code: false, id_token: false, token: true },
    ];

    pub const fn as_str(self) -> &'static str {
        match (self.code, self.id_token, self.token) {
            (true, false, false) => "code",
            (false, true, false) => "id_token",
            (false, true, true) => "id_token token",
            (true, true, false) => "code id_token",
            (true, false, true) => "code token",
            (true, true, true) => "code id_token token",
            (false, false, true) => "token",
            (false, false, false) => "none",
        }
    }

    /// Whether a token comes straight from the authorization endpoint.
    pub const fn is_front_channel(self) -> bool {
        self.id_token || self.token
    }

    /// Where the answer goes when the request does not say.
    pub const fn default_mode(self) -> ResponseMode {
        if self.is_front_channel() { ResponseMode::Fragment } else { ResponseMode::Query }
    }

    /// What a client must be registered for to use it (OpenID Connect Registration 2).
    pub fn grant_types(self) -> Vec<GrantType> {
        let code = self.code.then_some(GrantType::AuthorizationCode);
        let implicit = self.is_front_channel().then_some(GrantType::Implicit);
        code.into_iter().chain(implicit).collect()
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
        let mut found = Self { code: false, id_token: false, token: false };
        for word in text.split_ascii_whitespace() {
            let is_new = match word {
                "code" => !std::mem::replace(&mut found.code, true),
                "id_token" => !std::mem::replace(&mut found.id_token, true),
                "token" => !std::mem::replace(&mut found.token, true),
                _ => false,
            };
            if !is_new {
                return Err(not_offered(text));
            }
        }
        if Self::ALL.contains(&found) { Ok(found) } else { Err(not_offered(text)) }
    }
}

fn not_offered(text: &str) -> String {
    let offered = ResponseType::ALL.map(ResponseType::as_str).join(", ");
    format!("response_type '{text}' is not offered; offered: {offered}")
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
            ResponseMode::Query => Delivery::Redirect(with_query(&self.redirect_uri, &parameters)),
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
}

impl Delivery {
    /// The same answer with one more parameter.
    #[must_use]
    pub fn with(self, name: &'static str, value: String) -> Self {
        match self {
            // `iss` is there already.
            Self::Redirect(location) => Self::Redirect(format!("{location}&{}", encode(&[(name, value)]))),
            Self::FormPost { action, mut fields } => {
                fields.push((name, value));
                Self::FormPost { action, fields }
            }
        }
    }

    /// Where it goes.
    pub fn uri(&self) -> &str {
        match self {
            Self::Redirect(location) => location,
            Self::FormPost { action, .. } => action,
        }
    }
}

/// RFC 6749 3.1.2: a query that the URI already has is kept. Nothing is added where there are no parameters.
pub fn with_query<V: AsRef<str>>(uri: &str, parameters: &[(&str, V)]) -> String {
    if parameters.is_empty() {
        return uri.to_owned();
    }
    let (uri, fragment) = uri.split_at(uri.find('#').unwrap_or(uri.len()));
    let joint = match uri.find('?') {
        None => "?",
        Some(at) if at + 1 == uri.len() || uri.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{joint}{}{fragment}", encode(parameters))
}

/// Form encoding with `%20` for a blank, which every decoder of queries and fragments understands.
fn encode<V: AsRef<str>>(parameters: &[(&str, V)]) -> String {
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
        for known in ResponseType::ALL {
            assert_eq!(known.as_str().parse(), Ok(known));
        }
        assert_eq!(" code ".parse(), Ok(ResponseType::CODE));
        let all = ResponseType { code: true, id_token: true, token: true };
        assert_eq!("token code id_token".parse(), Ok(all));
        for text in ["", "code code", "CODE", "none", "code none"] {
            assert!(text.parse::<ResponseType>().is_err(), "{text}");
        }
    }

    #[test]
    fn tokens_never_go_to_the_query_by_default() {
        for known in ResponseType::ALL {
            let mode = if known == ResponseType::CODE { ResponseMode::Query } else { ResponseMode::Fragment };
            assert_eq!(known.default_mode(), mode, "{known}");
        }
    }
}
