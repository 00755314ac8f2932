//! An app asks that a person be signed out (OpenID Connect RP-Initiated Logout 1.0).

use super::client::Client;
use super::error::{Code, Refusal};
use super::id_token_hint::Hint;
use super::response::with_query;
use super::time::UnixTime;

/// The parameters of a request (2). `logout_hint` and `ui_locales` may be sent, and change nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params {
    pub id_token_hint: Option<String>,
    pub client_id: Option<String>,
    pub post_logout_redirect_uri: Option<String>,
    pub state: Option<String>,
    /// The first that came twice.
    repeated: Option<&'static str>,
}

impl Params {
    /// Reads a query or a form body. An empty parameter counts as none.
    pub fn parse(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            let Some((name, place)) = params.place(&name) else { continue };
            let is_repeated = !value.is_empty() && place.replace(value.into_owned()).is_some();
            if is_repeated {
                params.repeated.get_or_insert(name);
            }
        }
        params
    }

    /// The same as a query.
    pub fn to_query(&self) -> String {
        let pairs = [
            ("id_token_hint", &self.id_token_hint),
            ("client_id", &self.client_id),
            ("post_logout_redirect_uri", &self.post_logout_redirect_uri),
            ("state", &self.state),
        ];
        let pairs = pairs.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        // What came twice still does.
        query.extend_pairs(self.repeated.map(|name| (name, "again")));
        query.finish()
    }

    fn place(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
        Some(match name {
            "id_token_hint" => ("id_token_hint", &mut self.id_token_hint),
            "client_id" => ("client_id", &mut self.client_id),
            "post_logout_redirect_uri" => ("post_logout_redirect_uri", &mut self.post_logout_redirect_uri),
            "state" => ("state", &mut self.state),
            _ => return None,
        })
    }
}

/// By what an app is known to be the one that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It has an ID token that only we can have signed.
    Hint,
    /// It only says so, perhaps with a hint that it could have signed itself.
    Name,
    Nothing,
}

/// What the operator chose.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// The time at which a hint must not have expired yet. Without one they count for ever (2).
    pub now: Option<UnixTime>,
    /// Whether plain http is for confidential clients alone (3.1).
    pub is_strict: bool,
}

/// A checked request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndSession {
    pub hint: Option<Hint>,
    pub proof: Proof,
    /// Where the browser may go afterwards, with `state`.
    pub return_to: Option<String>,
}

impl EndSession {
    /// Every rule that needs no session. `client` is the one that [`Self::client_id`] names.
    pub fn check(
        params: &Params,
        hint: Option<Hint>,
        client: Option<&Client>,
        rules: Rules,
    ) -> Result<Self, Refusal> {
        if let Some(name) = params.repeated {
            return Err(refusal(format!("{name} was sent twice")));
        }
        if hint.as_ref().zip(rules.now).is_some_and(|(hint, now)| hint.is_expired(now)) {
            return Err(refusal("id_token_hint has expired; the app has to get a new ID token first"));
        }
        let client = client.filter(|client| !client.is_disabled());
        // 2: the client that asks is the one that the hint was issued to.
        if let (Some(client_id), Some(hint)) = (&params.client_id, &hint)
            && client_id != hint.client_id()
        {
            return Err(refusal("client_id is not the one that id_token_hint was issued to"));
        }
        if params.client_id.is_some() && client.is_none() {
            return Err(refusal("client_id does not name an active client"));
        }
        let proof = match (&hint, client) {
            (Some(hint), Some(_)) if !hint.is_by_secret => Proof::Hint,
            (_, Some(_)) => Proof::Name,
            _ => Proof::Nothing,
        };
        let return_to = return_to(params, client, hint.is_some())?;
        let is_plain = params.post_logout_redirect_uri.as_deref().is_some_and(is_plain_http);
        if rules.is_strict && return_to.is_some() && is_plain && client.is_some_and(Client::is_public) {
            return Err(refusal("post_logout_redirect_uri must begin with https for a public client"));
        }
        Ok(Self { hint, proof, return_to })
    }

    /// The client that a request is about.
    pub fn client_id<'a>(params: &'a Params, hint: Option<&'a Hint>) -> Option<&'a str> {
        params.client_id.as_deref().or_else(|| hint.map(Hint::client_id))
    }
}

/// 3: nobody is redirected but to an address that is registered, exactly as it is registered.
fn return_to(params: &Params, client: Option<&Client>, is_hinted: bool) -> Result<Option<String>, Refusal> {
    let Some(uri) = &params.post_logout_redirect_uri else { return Ok(None) };
    match client {
        Some(client) if client.post_logout_redirect_uris.contains(uri) => {
            let state = params.state.iter().map(|state| ("state", state.as_str())).collect::<Vec<_>>();
            Ok(Some(with_query(uri, &state)))
        }
        // Whose address it is nobody knows, so that it leads nowhere.
        None if !is_hinted => Ok(None),
        _ => Err(refusal("post_logout_redirect_uri is not registered for this client; comparison is exact")),
    }
}

fn is_plain_http(uri: &str) -> bool {
    uri.get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
}

fn refusal(text: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(Code::InvalidRequest, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::AuthMethod;
    use crate::oidc::metadata::Metadata;

    const GOODBYE: &str = "https://shop.example/bye?lang=en";

    fn client() -> Client {
        let metadata = Metadata {
            redirect_uris: vec!["https://shop.example/cb".into()],
            post_logout_redirect_uris: vec![GOODBYE.into()],
            ..Metadata::default()
        };
        metadata.check("shop".into(), UnixTime(0)).unwrap()
    }

    fn hint() -> Hint {
        Hint {
            sub: "u".into(),
            sid: Some("s".into()),
            is_by_secret: false,
            claims: serde_json::Map::new(),
            audiences: vec!["shop".into()],
            azp: None,
        }
    }

    fn check(params: &Params, hint: Option<Hint>, client: Option<&Client>) -> Result<EndSession, Refusal> {
        EndSession::check(params, hint, client, Rules::default())
    }

    fn params(pairs: &[(&str, &str)]) -> Params {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Params::parse(text.as_bytes())
    }

    #[test]
    fn the_registered_address_is_kept_and_state_added() {
        for state in ["a b", "%41&=#'\"<>\\{}[]|`~+", "ü"] {
            let asked = params(&[("post_logout_redirect_uri", GOODBYE), ("state", state)]);
            let checked = check(&asked, Some(hint()), Some(&client())).unwrap();
            let url = url::Url::parse(&checked.return_to.unwrap()).unwrap();
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            assert_eq!(pairs, [("lang".into(), "en".into()), ("state".into(), state.to_owned())]);
        }
        let without = params(&[("post_logout_redirect_uri", GOODBYE)]);
        let checked = check(&without, Some(hint()), Some(&client())).unwrap();
        assert_eq!(checked.return_to.as_deref(), Some(GOODBYE));
    }

    #[test]
    fn what_is_not_registered_is_refused() {
        for uri in
            ["https://shop.example/bye", "https://shop.example/bye?lang=en&foo=bar", "https://evil.example"]
        {
            let asked = params(&[("post_logout_redirect_uri", uri)]);
            assert!(check(&asked, Some(hint()), Some(&client())).is_err(), "{uri}");
            let named = params(&[("post_logout_redirect_uri", uri), ("client_id", "shop")]);
            assert!(check(&named, None, Some(&client())).is_err(), "{uri}");
        }
        let asked = params(&[("post_logout_redirect_uri", GOODBYE)]);
        assert!(check(&asked, Some(hint()), None).is_err(), "its client is gone");
        assert_eq!(check(&asked, None, None).unwrap().return_to, None);
    }

    #[test]
    fn the_client_is_the_one_of_the_hint() {
        let other = params(&[("client_id", "bank")]);
        assert!(check(&other, Some(hint()), Some(&client())).is_err());
        assert!(check(&other, None, None).is_err());
        let own = params(&[("client_id", "shop")]);
        assert_eq!(check(&own, Some(hint()), Some(&client())).unwrap().proof, Proof::Hint);
        assert_eq!(check(&own, None, Some(&client())).unwrap().proof, Proof::Name);
        let by_secret = Hint { is_by_secret: true, ..hint() };
        assert_eq!(check(&own, Some(by_secret), Some(&client())).unwrap().proof, Proof::Name);
        let disabled = Client { disabled_at: Some(UnixTime(1)), ..client() };
        assert!(check(&own, None, Some(&disabled)).is_err());
        let several = Hint { audiences: vec!["a".into(), "b".into()], azp: Some("b".into()), ..hint() };
        assert_eq!(several.client_id(), "b");
    }

    #[test]
    fn nothing_may_come_twice() {
        let twice = params(&[("state", "a"), ("state", "b")]);
        assert!(check(&twice, None, None).is_err());
        assert_eq!(params(&[("state", ""), ("nothing", "known")]), Params::default());
        let again = Params::parse(params(&[("state", "a"), ("state", "b")]).to_query().as_bytes());
        assert!(check(&again, None, None).is_err());
    }

    #[test]
    fn where_expired_hints_do_not_count_a_hint_says_until_when() {
        let until = |exp: Option<i64>| {
            let claims = exp.map(|exp| ("exp".to_owned(), exp.into())).into_iter().collect();
            let rules = Rules { now: Some(UnixTime(100)), ..Rules::default() };
            let hint = Hint { claims, ..hint() };
            EndSession::check(&Params::default(), Some(hint), Some(&client()), rules).is_ok()
        };
        assert!(until(Some(101)));
        assert!(!until(Some(100)) && !until(None));
    }

    #[test]
    fn strictly_plain_http_is_for_confidential_clients() {
        let plain = |is_public: bool, is_strict: bool| {
            let uri = "http://localhost/bye";
            let own = Client { post_logout_redirect_uris: vec![uri.into()], ..client() };
            let auth_method = if is_public { AuthMethod::None } else { own.auth_method };
            let (own, rules) = (Client { auth_method, ..own }, Rules { is_strict, ..Rules::default() });
            let asked = params(&[("post_logout_redirect_uri", uri)]);
            EndSession::check(&asked, Some(hint()), Some(&own), rules).is_ok()
        };
        assert!(plain(false, true) && plain(true, false));
        assert!(!plain(true, true));
    }
}
