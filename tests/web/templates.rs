//! The operator's directory: its templates and static files win by name, and all else stays as it is built in.

use tempfile::TempDir;

use crate::support::*;

const MARK: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>"#;
const SIGNED_OUT: &str = r#"{% extends "parts/gate.html" %}
{% block heading %}Gone ashore{% endblock heading %}
{% block content %}<h1>{{ organisation }} wishes you fair winds</h1>{% endblock content %}
"#;

fn directory() -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, text) in [("templates/signed_out.html", SIGNED_OUT), ("static/img/mark.svg", MARK)] {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

/// The addresses of static files on a page.
fn assets(page: &Page) -> Vec<String> {
    let tags = tags(&page.answer.body);
    let named =
        tags.iter().flat_map(|tag| ["src", "href"].into_iter().filter_map(|name| tag.attribute(name)));
    named.filter(|address| address.starts_with("/static/")).map(str::to_owned).collect()
}

on_both! {
    fn the_operators_files_are_shown_and_the_rest_is_built_in(setup) {
        let directory = directory();
        let own = setup.clone().with("templates", directory.path().to_str().unwrap()).start();
        let plain = setup.start();

        let page = own.browser().open("/logout/done");
        assert_eq!(page.status(), 200);
        assert!(page.text().contains("Cardea wishes you fair winds"), "{}", page.text());
        assert!(page.answer.body.contains("<title>Gone ashore"), "{}", page.answer.body);
        assert!(!page.text().contains("You are signed out"));
        assert!(plain.browser().open("/logout/done").text().contains("You are signed out"));

        // Another address for another content: nobody goes on with the old one from a cache.
        let (new, old) = (own.browser().open("/login"), plain.browser().open("/login"));
        assert_eq!(new.text(), old.text());
        let (new, old) = (assets(&new), assets(&old));
        assert!(new.len() > 3 && new.len() == old.len(), "{new:?}");
        for (new, old) in new.iter().zip(&old) {
            let (here, there) = (own.raw_request("GET", new).send(), plain.raw_request("GET", old).send());
            assert_eq!((here.status, there.status), (200, 200));
            if new.starts_with("/static/img/mark.svg?") {
                assert_eq!((&*here.body, here.header("content-type")), (MARK, Some("image/svg+xml")));
                assert!(new != old && there.body != MARK);
            } else {
                assert_eq!((new, here.body), (old, there.body));
            }
        }
        assert!(new.iter().any(|address| address.starts_with("/static/img/mark.svg?")), "{new:?}");

        let shop = own.relying_party("shop");
        assert!(shop.redeem(&shop.sign_in("alice").code()).is_granted());
    }
}
