//! Which scopes a request needs.

use actix_web::http::Method;

use crate::oidc::scope::{Scope, is_token};

/// Scopes of which all are needed, or one of several such sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs(Vec<Scope>);

impl Needs {
    /// All of these; none means that any good token will do.
    ///
    /// # Panics
    ///
    /// On what is not one scope value (RFC 6749, 3.3): no token could ever have it.
    pub fn all<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Self {
        Self(vec![set(scopes)])
    }

    /// Or else all of these.
    ///
    /// # Panics
    ///
    /// As [`Needs::all`].
    #[must_use]
    pub fn or<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.0.push(set(scopes));
        self
    }

    fn are_met_by(&self, scope: &Scope) -> bool {
        self.0.iter().any(|set| set.is_within(scope))
    }
}

impl<const N: usize> From<[&str; N]> for Needs {
    fn from(scopes: [&str; N]) -> Self {
        Self::all(scopes)
    }
}

fn set<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Scope {
    let checked = |scope: S| {
        let scope = scope.as_ref();
        assert!(is_token(scope), "{scope:?} is not one scope value; give each as a text of its own");
        scope.to_owned()
    };
    scopes.into_iter().map(checked).collect()
}

/// What is needed by method.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    /// These go before the others.
    methods: Vec<(Method, Needs)>,
    rest: Rest,
}

#[derive(Clone, Debug)]
enum Rest {
    Any(Needs),
    /// By whether the method is safe (RFC 9110, 9.2.1).
    ReadWrite(Needs, Needs),
    /// Only the methods that are named may be used.
    Closed,
}

/// Why a token will not do.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lacking;

impl Rules {
    /// Any good token, until something else is said.
    pub const fn open() -> Self {
        Self { methods: Vec::new(), rest: Rest::Any(Needs(Vec::new())) }
    }

    pub fn any(&mut self, needs: Needs) {
        self.rest = Rest::Any(needs);
    }

    pub fn read_write(&mut self, read: Needs, write: Needs) {
        self.rest = Rest::ReadWrite(read, write);
    }

    /// Whoever names methods and says nothing of the rest has not thought of it: it stays shut.
    pub fn method(&mut self, method: Method, needs: Needs) {
        if self.is_open() {
            self.rest = Rest::Closed;
        }
        self.methods.retain(|(own, _)| *own != method);
        self.methods.push((method, needs));
    }

    fn is_open(&self) -> bool {
        matches!(&self.rest, Rest::Any(needs) if needs.0.is_empty())
    }

    pub fn check(&self, method: &Method, scope: &Scope) -> Result<(), Lacking> {
        let is_met = self.is_open() || self.of(method).is_some_and(|needs| needs.are_met_by(scope));
        if is_met { Ok(()) } else { Err(Lacking) }
    }

    /// What to ask for: the first of the alternatives (RFC 6750, 3: `scope`).
    pub fn wanted(&self, method: &Method) -> Option<&Scope> {
        self.of(method)?.0.first().filter(|scope| !scope.is_empty())
    }

    /// Every scope that is spoken of.
    pub fn scopes(&self) -> Scope {
        let rest = match &self.rest {
            Rest::Any(needs) => vec![needs],
            Rest::ReadWrite(read, write) => vec![read, write],
            Rest::Closed => Vec::new(),
        };
        let all = rest.into_iter().chain(self.methods.iter().map(|(_, needs)| needs));
        all.flat_map(|needs| &needs.0).flat_map(Scope::iter).map(str::to_owned).collect()
    }

    fn of(&self, method: &Method) -> Option<&Needs> {
        let named = self.methods.iter().find(|(own, _)| own == method).map(|(_, needs)| needs);
        named.or(match &self.rest {
            Rest::Any(needs) => Some(needs),
            Rest::ReadWrite(read, write) => Some(if method.is_safe() { read } else { write }),
            Rest::Closed => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(rules: &Rules, method: &Method, scope: &str) -> bool {
        rules.check(method, &Scope::parse(scope).unwrap()).is_ok()
    }

    // Seed: R05, R06
    #[test]
    fn all_of_one_set_are_needed() {
        let mut rules = Rules::open();
        assert!(may(&rules, &Method::GET, ""));
        rules.any(Needs::all(["a", "b"]).or(["c"]));
        for (scope, is_met) in [("a b", true), ("c", true), ("a b c d", true), ("a", false), ("", false)] {
            assert_eq!(may(&rules, &Method::GET, scope), is_met, "{scope}");
        }
        assert_eq!(rules.wanted(&Method::GET).unwrap().to_string(), "a b");
        rules.any([].into());
        assert!(may(&rules, &Method::GET, ""));
    }

    // Seed: R06
    #[test]
    fn safe_methods_read_and_the_others_write() {
        let mut rules = Rules::open();
        rules.read_write(["r"].into(), ["w"].into());
        for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE] {
            assert!(may(&rules, &method, "r") && !may(&rules, &method, "w"), "{method}");
        }
        let odd = Method::from_bytes(b"MOVE").unwrap();
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, odd] {
            assert!(may(&rules, &method, "w") && !may(&rules, &method, "r"), "{method}");
        }
    }

    // Seed: R06
    #[test]
    fn a_method_that_is_named_goes_first_and_the_rest_stays_shut() {
        let mut rules = Rules::open();
        rules.method(Method::GET, ["list"].into());
        rules.method(Method::DELETE, Needs::all(["remove"]).or(["admin"]));
        assert!(may(&rules, &Method::GET, "list") && may(&rules, &Method::DELETE, "admin"));
        assert!(!may(&rules, &Method::GET, "remove") && !may(&rules, &Method::POST, "list remove admin"));
        assert_eq!(rules.wanted(&Method::POST), None);
        rules.read_write(["r"].into(), ["w"].into());
        assert!(may(&rules, &Method::POST, "w") && !may(&rules, &Method::GET, "r"));
        assert_eq!(rules.scopes().to_string(), "r w list remove admin");
    }

    #[test]
    #[should_panic(expected = "is not one scope value")]
    fn what_no_token_can_have_is_a_mistake() {
        Needs::all(["read write"]);
    }
}
