//! `/admin/settings`.

use cardea::oidc::jose::Alg;
use cardea::store::settings;

use super::{assert_done, assert_refused, carols, noted, send};
use crate::support::*;

const PATH: &str = "/admin/settings";

on_both! {
    fn the_organisation_is_named_and_unnamed(setup) {
        let server = setup.start();
        let carols = carols(&server);
        assert_done(&send(&carols, PATH, (PATH, &[("organisation", " Tidemark ")])), PATH);
        assert!(server.browser().open("/login").text().contains("Tidemark"));
        assert_eq!(noted(&server, "settings_changed"), [("Carol Example".into(), "organisation".into())]);
        assert_refused(&send(&carols, PATH, (PATH, &[("organisation", &"x".repeat(101))])), "organisation");
        assert!(server.browser().open("/login").text().contains("Tidemark"));
        assert_done(&send(&carols, PATH, (PATH, &[("organisation", "")])), PATH);
        assert!(!server.browser().open("/login").text().contains("Tidemark"));
    }

    fn new_clients_get_the_algorithm_that_is_set(setup) {
        let server = setup.start();
        let carols = carols(&server);
        let field = "id_token_signed_response_alg";
        assert_refused(&send(&carols, PATH, (PATH, &[(field, "HS256")])), field);
        let page = send(&carols, PATH, (PATH, &[(field, "ES512")]));
        assert_done(&page, PATH);
        assert!(page.text().contains("No key signs ES512 yet"), "{}", page.text());
        assert_eq!(server.read(settings::find).default_alg(), Alg::ES512);
        let form = carols.open("/admin/clients/new").form_to("/admin/clients");
        assert_eq!(form.field(field), Some("ES512"));
        server.add_key(Alg::ES512);
        server.refresh();
        assert!(!carols.open(PATH).text().contains("No key signs"));
    }

    fn every_setting_is_shown_with_its_source_and_no_secret(setup) {
        let server = setup.with("metrics_token", "a-token-nobody-may-read").with("lifetimes.code", "45s").start();
        let page = carols(&server).open(PATH);
        assert!(!page.answer.body.contains("a-token-nobody-may-read"));
        for group in server.app().config.groups() {
            for setting in group.settings {
                assert!(page.answer.body.contains(&format!("<code>{}</code>", setting.key)), "{}", setting.key);
            }
        }
        assert!(page.text().contains("command line, lifetimes.code"), "{}", page.text());
    }
}
