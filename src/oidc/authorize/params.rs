//! The parameters of an authorization request, before anything about them is known to be right.

use crate::oidc::error::{Code, Refusal};

/// Declares the parameters once, for their fields, their names and their order.
macro_rules! params {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        /// The parameters of an authorization request as they came; the empty ones count as left out (RFC 6749 3.1).
        #[derive(Clone, Debug, Default)]
        pub struct Params {
            $($(#[$meta])* pub $name: Option<String>,)+
            /// The only one that may come several times (RFC 8707 2).
            pub resources: Vec<String>,
            /// The first parameter that came twice.
            pub(in crate::oidc) repeated: Option<&'static str>,
            /// What was wrong with the request object; told once it is known to whom.
            pub(in crate::oidc) object_refusal: Option<Refusal>,
        }

        impl Params {
            /// The parameter `name`, if it is one that is understood here.
            pub(in crate::oidc) fn slot(&mut self, name: &str) -> Option<(&'static str, &mut Option<String>)> {
                match name {
                    $(stringify!($name) => Some((stringify!($name), &mut self.$name)),)+
                    _ => None,
                }
            }

            fn pairs(&self) -> impl Iterator<Item = (&'static str, &str)> {
                let all = [$((stringify!($name), self.$name.as_deref())),+];
                all.into_iter().filter_map(|(name, value)| Some((name, value?)))
            }
        }
    };
}

params! {
    client_id,
    redirect_uri,
    response_type,
    response_mode,
    scope,
    state,
    nonce,
    prompt,
    approval_prompt,
    max_age,
    login_hint,
    id_token_hint,
    /// OpenID Connect Core 5.5.
    claims,
    code_challenge,
    code_challenge_method,
    /// OpenID Connect Core 6.1.
    request,
    /// OpenID Connect Core 6.2.
    request_uri,
    registration,
}

impl Params {
    /// Bytes that a request may have, form-encoded: room for a request object, claims and a hint, each as long as it
    /// may be. More would be kept while the request waits, and `state` would go on to the client.
    const LARGEST: usize = 64 * 1024;

    /// Reads what [`parse`](Self::parse) does, unless it is too long to be kept.
    pub fn read(encoded: &[u8]) -> Result<Self, Refusal> {
        if encoded.len() > Self::LARGEST {
            let text = format!("the request has more than {} bytes; send less", Self::LARGEST);
            return Err(Refusal::new(Code::InvalidRequest, text));
        }
        Ok(Self::parse(encoded))
    }

    /// Reads a query or a form body; unknown parameters are ignored.
    pub fn parse(encoded: &[u8]) -> Self {
        let mut params = Self::default();
        for (name, value) in form_urlencoded::parse(encoded) {
            if value.is_empty() {
                continue;
            }
            if name == "resource" {
                params.resources.push(value.into_owned());
                continue;
            }
            let Some((name, slot)) = params.slot(&name) else { continue };
            if slot.replace(value.into_owned()).is_some() {
                params.repeated.get_or_insert(name);
            }
        }
        params
    }

    /// The same, form-encoded, to be kept while the request waits.
    pub fn encode(&self) -> String {
        let resources = self.resources.iter().map(|resource| ("resource", resource.as_str()));
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs().chain(resources)).finish()
    }

    /// Whether any came twice, so that the request is refused whatever else it says.
    pub const fn are_ambiguous(&self) -> bool {
        self.repeated.is_some()
    }

    /// The request object is not believed; the client is told as soon as it is clear who that is.
    pub fn refuse_object(&mut self, refusal: Refusal) {
        self.object_refusal = Some(refusal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_to_be_kept_is_not_read() {
        let state = |length| format!("state={}", "x".repeat(length));
        assert!(Params::read(state(Params::LARGEST - 6).as_bytes()).is_ok());
        assert!(Params::read(state(Params::LARGEST - 5).as_bytes()).is_err());
    }

    #[test]
    fn what_waits_is_read_again_as_it_was() {
        let both = "client_id=a&resource=https%3A%2F%2Fx.example&resource=https%3A%2F%2Fy.example";
        assert_eq!(Params::parse(both.as_bytes()).encode(), both);
        let params = Params::parse(b"client_id=a%26b&state=%C3%A9+%2B&extra=1&nonce=");
        assert_eq!(params.encode(), "client_id=a%26b&state=%C3%A9+%2B");
        assert_eq!(Params::parse(params.encode().as_bytes()).state.as_deref(), Some("é +"));
        assert!(Params::parse(b"state=1&state=2").are_ambiguous());
    }
}
