//! What the demo app shows, in Cardea's own style.

use serde_json::Value;

use super::relying_party::SignedIn;

pub const STYLE: &str = concat!(
    include_str!("../../../static/vendor/modern-normalize.css"),
    include_str!("../../../static/cardea.css")
);
pub const MARK: &str = include_str!("../../../static/img/mark.svg");

pub fn welcome() -> String {
    frame(
        "Demo app",
        "<div class=\"gate-head\"><h1>Demo app</h1>\
         <p class=\"lead\">A small app that signs people in with Cardea. It knows nobody’s password.</p></div>\
         <form method=\"post\" action=\"/sign-in\"><div class=\"actions even\">\
         <button class=\"primary\" id=\"sign-in-with-cardea\">Sign in with Cardea</button></div></form>",
    )
}

pub fn signed_in(signed_in: &SignedIn) -> String {
    let name = signed_in.userinfo["name"].as_str().unwrap_or("somebody");
    let times = match signed_in.refreshed {
        0 => String::new(),
        1 => " Refreshed once.".to_owned(),
        times => format!(" Refreshed {times} times."),
    };
    let refresh = if signed_in.may_refresh() {
        "<form method=\"post\" action=\"/refresh\"><button id=\"refresh\">Refresh the tokens</button></form>"
    } else {
        ""
    };
    let tokens: Vec<_> = signed_in.tokens.iter().map(|(name, value)| (*name, value.clone())).collect();
    frame(
        "Signed in",
        &format!(
            "<div class=\"gate-head\"><h1>Hello, {}</h1>\
             <p class=\"lead\">Cardea says who you are. The signature of the ID token and its nonce are right.{times}</p>\
             </div>\
             {}{}{}\
             <div class=\"actions even gap\">{refresh}\
             <form method=\"post\" action=\"/forget\"><button id=\"start-again\">Start again</button></form></div>",
            escaped(name),
            list("Tokens", "tokens", &tokens),
            list("Claims of the ID token", "id-token", &members(&signed_in.id_token)),
            list("Claims from userinfo", "userinfo", &members(&signed_in.userinfo)),
        ),
    )
}

pub fn trouble(text: &str) -> String {
    frame(
        "Not signed in",
        &format!(
            "<div class=\"gate-head\"><h1>Not signed in</h1><p class=\"lead\" id=\"trouble\">{}</p></div>\
             <div class=\"actions even\"><a class=\"btn primary\" href=\"/\">Start again</a></div>",
            escaped(text)
        ),
    )
}

fn frame(title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>{title} · Cardea demo</title>\
         <link rel=\"icon\" href=\"/mark.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/cardea.css\"></head>\
         <body class=\"gate\"><header><span class=\"brand\"><img src=\"/mark.svg\" alt=\"\">Demo app</span></header>\
         <main class=\"gate-card m\">{content}</main>\
         <footer><p>Not part of Cardea: a relying party on its own port</p></footer></body></html>"
    )
}

fn list(title: &str, id: &str, pairs: &[(&str, String)]) -> String {
    let rows: String = pairs
        .iter()
        .map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value)))
        .collect();
    format!("<h2 class=\"gap\">{title}</h2><dl class=\"dl gap-s\" id=\"{id}\">{rows}</dl>")
}

/// The members of a JSON object that are set.
fn members(value: &Value) -> Vec<(&str, String)> {
    let members = value.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), text(value))).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_say_is_escaped() {
        let page = trouble("<script>alert(\"1\")</script> & more");
        assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more"));
        let claims = serde_json::json!({"a": null, "b": "text", "c": ["x"]});
        assert_eq!(members(&claims), [("b", "text".to_owned()), ("c", "[\"x\"]".to_owned())]);
    }
}
