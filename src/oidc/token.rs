//! The token endpoint's request and answer (RFC 6749 4.1.3, 4.1.4, 5.1, 6).

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::client::GrantType;
use super::error::{Code, Refusal};

/// A form body whose parameters each come once; the empty ones count as left out (RFC 6749 3.2).
pub struct Form<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// More than any request has: each name is compared with each.
const MOST_PARAMETERS: usize = 100;

impl<'a> Form<'a> {
    pub fn parse(body: &'a [u8]) -> Result<Self, Refusal> {
        Self::collect(form_urlencoded::parse(body))
    }

    /// The same from a JSON object of strings, as some old apps send it.
    pub fn parse_json(body: &[u8]) -> Result<Self, Refusal> {
        // What the parser says would repeat what was sent, and that may be a secret.
        let Pairs(pairs) = serde_json::from_slice(body)
            .map_err(|_| Refusal::new(Code::InvalidRequest, "the body is not a JSON object of strings"))?;
        Self::collect(pairs.into_iter().map(|(name, value)| (Cow::Owned(name), Cow::Owned(value))))
    }

    fn collect(sent: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>) -> Result<Self, Refusal> {
        let mut pairs: Vec<(Cow<str>, Cow<str>)> = Vec::with_capacity(8);
        for (name, value) in sent.filter(|(_, value)| !value.is_empty()) {
            // A parameter may come once; RFC 8707's `resource` and RFC 8693's `audience` may come more often.
            if pairs.iter().any(|(own, _)| *own == name) && !matches!(&*name, "resource" | "audience") {
                return Err(Refusal::new(Code::InvalidRequest, format!("{name} was sent twice")));
            }
            if pairs.len() == MOST_PARAMETERS {
                let text = format!("more than {MOST_PARAMETERS} parameters were sent");
                return Err(Refusal::new(Code::InvalidRequest, text));
            }
            pairs.push((name, value));
        }
        Ok(Self(pairs))
    }

    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// Every value of a parameter that may come more than once.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(own, _)| own == name).map(|(_, value)| &**value)
    }

    pub fn require(&self, name: &'static str) -> Result<String, Refusal> {
        let missing = || Refusal::new(Code::InvalidRequest, format!("{name} is missing"));
        self.find(name).map(str::to_owned).ok_or_else(missing)
    }
}

/// The members of a JSON object in their order, also those that stand twice. Whatever is no string is refused before
/// it is read, so that nothing can be nested.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = object.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// What a client hands in for tokens: one variant for each grant type.
#[derive(Clone, Debug)]
pub enum TokenRequest {
    AuthorizationCode { code: String, redirect_uri: Option<String>, code_verifier: Option<String> },
    RefreshToken { refresh_token: String, scope: Option<String> },
    ClientCredentials { scope: Option<String> },
    Password { username: String, password: String, scope: Option<String> },
}

impl TokenRequest {
    pub fn parse(form: &Form) -> Result<Self, Refusal> {
        let optional = |name| form.find(name).map(str::to_owned);
        let grant_type = form.require("grant_type")?;
        let grant_type: GrantType =
            grant_type.parse().map_err(|text: String| Refusal::new(Code::UnsupportedGrantType, text))?;
        Ok(match grant_type {
            GrantType::AuthorizationCode => Self::AuthorizationCode {
                code: form.require("code")?,
                redirect_uri: optional("redirect_uri"),
                code_verifier: optional("code_verifier"),
            },
            GrantType::RefreshToken => {
                Self::RefreshToken { refresh_token: form.require("refresh_token")?, scope: optional("scope") }
            }
            GrantType::ClientCredentials => Self::ClientCredentials { scope: optional("scope") },
            GrantType::Password => Self::Password {
                username: form.require("username")?,
                password: form.require("password")?,
                scope: optional("scope"),
            },
            // Its tokens come from the authorization endpoint.
            GrantType::Implicit => {
                let text = "grant_type implicit is not for the token endpoint";
                return Err(Refusal::new(Code::UnsupportedGrantType, text));
            }
        })
    }

    pub const fn grant_type(&self) -> GrantType {
        match self {
            Self::AuthorizationCode { .. } => GrantType::AuthorizationCode,
            Self::RefreshToken { .. } => GrantType::RefreshToken,
            Self::ClientCredentials { .. } => GrantType::ClientCredentials,
            Self::Password { .. } => GrantType::Password,
        }
    }
}

/// A successful answer (RFC 6749 5.1, OpenID Connect Core 3.1.3.3).
#[derive(Debug, Serialize)]
pub struct TokenResponse {
    pub access_token: String,
    pub token_type: &'static str,
    /// Seconds.
    pub expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    pub scope: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<TokenRequest, Code> {
        let form = Form::parse(body.as_bytes()).map_err(|refusal| refusal.code)?;
        TokenRequest::parse(&form).map_err(|refusal| refusal.code)
    }

    #[test]
    fn each_grant_type_has_its_parameters() {
        let code =
            parse("grant_type=authorization_code&code=c&redirect_uri=https%3A%2F%2Fa%2F&state=x").unwrap();
        assert!(
            matches!(code, TokenRequest::AuthorizationCode { code, code_verifier: None, .. } if code == "c")
        );
        let refresh = parse("grant_type=refresh_token&refresh_token=r&scope=").unwrap();
        assert!(matches!(refresh, TokenRequest::RefreshToken { scope: None, .. }));
    }

    #[test]
    fn a_json_object_of_strings_says_the_same_as_a_form() {
        let json = br#" {"grant_type":"password","username":"\u00fc","password":"a b","scope":"","resource":"a:1","resource":"a:2"} "#;
        let form = Form::parse_json(json).unwrap();
        let same = Form::parse(b"grant_type=password&username=%C3%BC&password=a+b&resource=a:1&resource=a:2");
        assert_eq!(form.0, same.unwrap().0);
    }

    #[test]
    fn other_json_is_refused_and_not_repeated() {
        let deep = format!("{{\"code\":{}", "[".repeat(100_000));
        for json in [
            "",
            "{",
            "null",
            "[]",
            "\"code\"",
            "[\"code\"]",
            r#"{"code":1}"#,
            r#"{"code":null}"#,
            r#"{"code":["hunter2"]}"#,
            r#"{"code":{"a":"b"}}"#,
            r#"{"code":"a"} x"#,
            r#"{"code":"a",}"#,
            r#"{"code":"\ud800"}"#,
            "\"hunter2\"",
            &deep,
        ] {
            let refusal = Form::parse_json(json.as_bytes()).err().unwrap();
            assert_eq!(refusal.description, "the body is not a JSON object of strings", "{json:.50}");
        }
        let twice = Form::parse_json(br#"{"code":"a","c\u006fde":"b"}"#).err().unwrap();
        assert_eq!(twice.description, "code was sent twice");
        assert!(Form::parse_json(b"{\"code\":\"\xff\"}").is_err());
    }

    #[test]
    fn a_form_has_no_more_parameters_than_it_can_need() {
        let body =
            |count| -> String { (1..count).map(|n| format!("p{n}=1&")).collect::<String>() + "token=t" };
        assert_eq!(Form::parse(body(100).as_bytes()).unwrap().find("token"), Some("t"));
        for body in [body(101), body(50_000), "resource=r&".repeat(101)] {
            let refusal = Form::parse(body.as_bytes()).err().unwrap();
            assert_eq!(
                (refusal.code, &*refusal.description),
                (Code::InvalidRequest, "more than 100 parameters were sent")
            );
        }
    }

    #[test]
    fn what_is_missing_repeated_or_unknown_is_refused() {
        for (body, code) in [
            ("", Code::InvalidRequest),
            ("grant_type=authorization_code", Code::InvalidRequest),
            ("grant_type=authorization_code&code=", Code::InvalidRequest),
            ("grant_type=authorization_code&code=a&code=b", Code::InvalidRequest),
            ("grant_type=refresh_token", Code::InvalidRequest),
            ("grant_type=refresh_token&refresh_token=", Code::InvalidRequest),
            ("grant_type=password&username=a", Code::InvalidRequest),
            ("grant_type=implicit", Code::UnsupportedGrantType),
            ("grant_type=magic", Code::UnsupportedGrantType),
        ] {
            assert_eq!(parse(body).unwrap_err(), code, "{body}");
        }
    }
}
