//! A sign-in that begins here instead of at the app (OpenID Connect Core 4).

use url::Url;

/// Where to send somebody to have the app begin a sign-in with us. The app decides by itself what it asks for.
pub fn url(initiate_login_uri: &str, issuer: &str, login_hint: Option<&str>) -> Option<String> {
    let mut url = Url::parse(initiate_login_uri).ok()?;
    let mut query = url.query_pairs_mut();
    query.append_pair("iss", issuer);
    query.extend_pairs(login_hint.map(|hint| ("login_hint", hint)));
    drop(query);
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_app_is_told_who_begins_and_perhaps_for_whom() {
        assert_eq!(
            url("https://shop.example/start?from=op", "https://op.example/a", Some("ada@tidemark.example"))
                .unwrap(),
            "https://shop.example/start?from=op&iss=https%3A%2F%2Fop.example%2Fa&login_hint=ada%40tidemark.example"
        );
        assert_eq!(
            url("https://shop.example/", "https://op.example", None).unwrap(),
            "https://shop.example/?iss=https%3A%2F%2Fop.example"
        );
    }
}
