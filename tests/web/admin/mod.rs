//! The console.

mod audit;
mod client_options;
mod clients;
mod encryption_keys;
mod keys;
mod registration_tokens;
mod scopes;
mod settings;
mod users;

use cardea::store::audit::{Event, Filter, list};
use cardea::store::{Search, users as people};

use crate::support::*;

/// A browser in which Carol, the administrator, is signed in.
fn carols(server: &Server) -> Browser {
    let browser = server.browser();
    browser.sign_in("carol");
    browser
}

/// Fills fields of the page's form that is sent to an address with this end, and sends it.
fn send(browser: &Browser, path: &str, (end, typed): (&str, &[(&str, &str)])) -> Page {
    let form = browser.open(path).form_to(end);
    browser.submit(&typed.iter().fold(form, |form, (name, value)| form.with(name, value)))
}

/// Whether a form came back with an error at this field, and nothing was redirected.
#[track_caller]
fn assert_refused(page: &Page, field: &str) {
    assert_eq!(page.status(), 422, "{}", page.text());
    let marked = format!("id=\"{field}-err\"");
    assert!(page.answer.body.contains(&marked), "no error at {field}: {}", page.text());
}

/// Whether a good form led here with news.
#[track_caller]
fn assert_done(page: &Page, path: &str) {
    assert!(page.status() == 200 && page.is_at(path), "{} at {}: {}", page.status(), page.path, page.text());
}

/// The audit log, the newest first.
fn events(server: &Server) -> Vec<Event> {
    server.read(|db| list(db, &Search::default(), &Filter::default())).rows
}

/// What is remembered of this event, each with who did it.
fn noted(server: &Server, event: &str) -> Vec<(String, String)> {
    let events = events(server).into_iter().filter(|entry| entry.event == event);
    events.map(|entry| (entry.actor, entry.detail)).collect()
}

const PATHS: [&str; 22] = [
    "/admin/settings",
    "/admin/users",
    "/admin/users/new",
    "/admin/users/sub-of-alice",
    "/admin/users/sub-of-alice/edit",
    "/admin/users/sub-of-alice/password",
    "/admin/users/sub-of-alice/disable",
    "/admin/users/sub-of-alice/sessions/delete",
    "/admin/users/sub-of-alice/pause/delete",
    "/admin/scopes",
    "/admin/scopes/new",
    "/admin/scopes/team",
    "/admin/scopes/team/delete",
    "/admin/keys",
    "/admin/keys/rotate",
    "/admin/keys/import",
    "/admin/keys/new",
    "/admin/encryption-keys/x",
    "/admin/clients/registration-tokens",
    "/admin/clients/registration-tokens/x/delete",
    "/admin/logout-deliveries",
    "/admin/logout-deliveries/6a1f/retry",
];

on_both! {
    fn only_administrators_enter(setup) {
        let server = setup.start();
        let alices = server.browser();
        alices.sign_in("alice");
        let before = events(&server).len();
        for path in PATHS {
            let page = server.browser().open(path);
            assert!(page.is_at("/login"), "{path}: {}", page.path);
            assert_eq!(alices.open(path).status(), 403, "{path}");
            let post = || server.request("POST", path).form(&[("username", "mallory"), ("name", "team")]);
            assert!(server.browser().send(post()).location().starts_with("/login"), "{path}");
            assert_eq!(alices.send(post()).status, 403, "{path}");
        }
        assert_eq!(events(&server).len(), before);
        assert_eq!(server.read(people::count), 3);
    }

    fn a_form_of_another_site_changes_nothing(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let form = carols.open("/admin/users/new").form_to("/admin/users").with("username", "mallory");
        assert_eq!(carols.submit(&form.with("csrf", "guessed")).status(), 400);
        assert_eq!(server.read(people::count), 3);
    }
}
