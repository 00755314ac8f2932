//! `/admin/clients/registration-tokens`.

use cardea::store::initial_access_tokens;
use serde_json::json;

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const LIST: &str = "/admin/clients/registration-tokens";

fn register(server: &Server, token: &str) -> u16 {
    let metadata = json!({"redirect_uris": ["https://tide.example/cb"]}).to_string().into_bytes();
    server.request("POST", "/register").bearer(token).content("application/json", metadata).send().status
}

on_both! {
    fn a_token_is_shown_once_and_works_until_it_is_revoked(setup) {
        let server = setup.with("registration.mode", "token").start();
        let carols = carols(&server);
        let made = send(&carols, LIST, (LIST, &[("name", "Partners"), ("uses", "2"), ("days", "30")]));
        assert_eq!(made.status(), 200);
        let token = made.answer.body.split("id=\"token\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
        let token = token.split('"').next().unwrap().to_owned();
        assert_eq!(token.len(), 43);
        assert!(made.text().contains("It registers 2 apps, until 20 December 2026."), "{}", made.text());
        let list = carols.open(LIST);
        assert!(list.text().contains("Partners") && !list.answer.body.contains(&token));
        assert_eq!(register(&server, &token), 201);
        assert!(carols.open("/admin/clients").text().contains("Registered with Partners"));

        let id = server.read(initial_access_tokens::list)[0].id.clone();
        let path = format!("{LIST}/{id}/delete");
        assert_done(&send(&carols, LIST, (&path, &[])), LIST);
        assert_eq!(register(&server, &token), 401);
        assert!(server.read(initial_access_tokens::list).is_empty());
        let carol = || "Carol Example".to_owned();
        assert_eq!(noted(&server, "registration_token_made"), [(carol(), "Partners".into())]);
        assert_eq!(noted(&server, "registration_token_revoked"), [(carol(), "Partners".into())]);
    }

    fn no_token_is_made_of_a_bad_form(setup) {
        let server = setup.start();
        let carols = carols(&server);
        for (field, value) in [("name", ""), ("uses", "0"), ("uses", "many"), ("uses", "-1"), ("days", "2")] {
            let typed = [("name", "Partners"), ("uses", "1"), ("days", "1"), (field, value)];
            assert_refused(&send(&carols, LIST, (LIST, &typed)), field);
        }
        assert!(server.read(initial_access_tokens::list).is_empty());
        assert!(carols.open(LIST).text().contains("Registration is switched off"));
    }
}
