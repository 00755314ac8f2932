//! Tokens: what they look like, for whom they are, and how long an app may renew them.

use std::collections::BTreeMap;

use super::options::{lines, number};
use crate::http::pages::Errors;
use crate::http::pages::admin::{ClientOptions, Lifetime};
use crate::oidc::metadata::Metadata;
use crate::oidc::options::{AccessTokenFormat, Options, Refresh};
use crate::oidc::profile;
use crate::oidc::scope;

pub const FIELDS: [&str; 7] = [
    "access_token_format",
    "resources",
    "audiences",
    "extra_claims",
    "refresh_grace",
    "refresh_absolute_lifetime",
    "refresh_max_uses",
];

pub fn show(own: &Options, form: &mut ClientOptions) {
    form.access_token_format = own.access_token_format.to_string();
    form.resources = own.resources.join("\n");
    form.audiences = own.audiences.join("\n");
    form.id_token_claims = own.id_token_claims;
    let line = |(scope, claims): (&String, &Vec<String>)| format!("{scope}: {}", claims.join(" "));
    form.extra_claims = own.extra_claims.iter().map(line).collect::<Vec<_>>().join("\n");
    form.refresh_rotates = own.refresh.rotates;
    form.refresh_grace = own.refresh.grace.to_string();
    let lifetime = Lifetime::of(own.refresh.absolute_lifetime, 86_400);
    form.refresh_absolute_lifetime = lifetime.value;
    form.refresh_absolute_lifetime_unit = lifetime.unit;
    form.refresh_max_uses = own.refresh.max_uses.map(|uses| uses.to_string()).unwrap_or_default();
}

pub fn put(form: &ClientOptions, metadata: &mut Metadata, errors: &mut Errors) {
    metadata.access_token_format = Some(form.access_token_format.clone());
    metadata.resources = Some(lines(&form.resources));
    metadata.audiences = Some(lines(&form.audiences));
    metadata.id_token_claims = Some(form.id_token_claims);
    metadata.extra_claims = Some(extra_claims(&form.extra_claims).unwrap_or_else(|message| {
        errors.add("extra_claims", message);
        BTreeMap::new()
    }));
    metadata.refresh = Some(refresh(form, errors));
}

fn extra_claims(text: &str) -> Result<BTreeMap<String, Vec<String>>, String> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines(text) {
        // A scope may be an address, with colons of its own.
        let parts = line.split_once(": ").map(|(scope, claims)| (scope.trim(), claims));
        let (scope, claims) = parts.filter(|(name, _)| scope::is_token(name)).ok_or_else(|| {
            format!("Write a scope, a colon and claims, such as profile: groups. This is not: {line}")
        })?;
        let own = all.entry(scope.to_owned()).or_default();
        for claim in claims.split_whitespace() {
            profile::check_name(claim)?;
            if !own.iter().any(|known| known == claim) {
                own.push(claim.to_owned());
            }
        }
    }
    Ok(all)
}

fn refresh(form: &ClientOptions, errors: &mut Errors) -> Refresh {
    let mut read = |field: &str, text: &str| {
        number(text).unwrap_or_else(|message| {
            errors.add(field, message);
            None
        })
    };
    let grace = read("refresh_grace", &form.refresh_grace).unwrap_or_default();
    let max_uses = read("refresh_max_uses", &form.refresh_max_uses);
    if !(0..=3600).contains(&grace) {
        errors.add("refresh_grace", "The grace time is between 0 and 3600 seconds.");
    }
    if max_uses == Some(0) {
        errors.add("refresh_max_uses", "Write a number above 0, or nothing.");
    }
    let absolute_lifetime = form.absolute_lifetime().seconds().unwrap_or_else(|message| {
        errors.add("refresh_absolute_lifetime", message);
        None
    });
    Refresh {
        rotates: form.refresh_rotates,
        grace: grace.clamp(0, 3600),
        absolute_lifetime,
        max_uses: max_uses.filter(|uses| *uses > 0),
    }
}

pub fn is_used(form: &ClientOptions) -> bool {
    let texts = [
        &form.resources,
        &form.audiences,
        &form.extra_claims,
        &form.refresh_absolute_lifetime,
        &form.refresh_max_uses,
    ];
    texts.iter().any(|text| !text.is_empty())
        || form.access_token_format != AccessTokenFormat::Opaque.as_str()
        || form.id_token_claims
        || !form.refresh_rotates
        || !matches!(form.refresh_grace.trim(), "" | "0")
}

pub fn part(own: &Options) -> Options {
    Options {
        access_token_format: own.access_token_format,
        resources: own.resources.clone(),
        audiences: own.audiences.clone(),
        id_token_claims: own.id_token_claims,
        extra_claims: own.extra_claims.clone(),
        refresh: own.refresh,
        ..Options::default()
    }
}
