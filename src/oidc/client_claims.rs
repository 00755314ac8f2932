//! Claims that one client alone gets with a scope.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::claims::ScopeEntry;

/// The scope registry as a client sees it: with its `extra_claims`, each at the scope that lets it out. A scope that is
/// not in the registry lets nothing out.
pub fn registry_for<'a>(
    registry: &'a [ScopeEntry],
    extra_claims: &BTreeMap<String, Vec<String>>,
) -> Cow<'a, [ScopeEntry]> {
    if extra_claims.is_empty() {
        return Cow::Borrowed(registry);
    }
    let mut own = registry.to_vec();
    for entry in &mut own {
        if let Some(claims) = extra_claims.get(&entry.name) {
            entry.claims.extend(claims.iter().cloned());
        }
    }
    Cow::Owned(own)
}
