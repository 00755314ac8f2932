//! `/admin/keys/new` and `/admin/keys/import`: keys that come.

use actix_web::HttpResponse;

use super::{by, refusal};
use crate::http::app::AppData;
use crate::http::browser::Browser;
use crate::http::error::Result;
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{KeyForm, KeyImport, KeyImportForm, KeyNew};
use crate::http::pages::{Choice, Errors, Tone};
use crate::oidc::jose::{Alg, KeyError};
use crate::oidc::keys::{KeyRecord, KeyState};
use crate::store::rotation::{Begin, Error as Refused, ImportedKey, NewKey};

/// `GET /admin/keys/new`
pub async fn new(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let form = KeyForm { alg: Alg::ES256.to_string(), bits: "2048".into(), start: "next".into() };
    View::new().of(&me.user).show(&app, &browser, &new_page(form, Errors::default()))
}

/// `POST /admin/keys`
pub async fn create(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<KeyForm>,
) -> Result<HttpResponse> {
    let refused =
        |errors| View::unprocessable().of(&me.user).show(&app, &browser, &new_page(form.clone(), errors));
    let new = match checked(&form) {
        Ok(new) => new,
        Err(errors) => return refused(errors),
    };
    match app.store.create_key(new, app.config.keeping(), by(&app, &browser, &me)).await {
        Ok(record) => {
            browser.flash(Tone::Ok, told(&record));
            Ok(see_other(&app.path("/admin/keys")))
        }
        Err(error) => refused(Errors::from_iter([("alg", refusal(error)?)])),
    }
}

fn checked(form: &KeyForm) -> Result<NewKey, Errors> {
    let mut errors = Errors::default();
    let alg: Option<Alg> = Alg::of_key_pair(&form.alg).ok();
    let is_known = KeyForm::sizes().iter().any(|size| size.value == form.bits);
    let bits = form.bits.parse().ok().filter(|_| is_known);
    if alg.is_none() {
        errors.add("alg", "Choose one of the algorithms.");
    }
    if bits.is_none() && alg.is_some_and(Alg::is_rsa) {
        errors.add("bits", "Choose one of the sizes.");
    }
    if !matches!(form.start.as_str(), "next" | "now") {
        errors.add("start", "Choose when it signs.");
    }
    match alg {
        Some(alg) if errors.is_empty() => {
            Ok(NewKey { alg, bits: bits.filter(|_| alg.is_rsa()), signs_at_once: form.start == "now" })
        }
        _ => Err(errors),
    }
}

fn new_page(form: KeyForm, errors: Errors) -> KeyNew {
    KeyNew { form, algs: algs().collect(), sizes: KeyForm::sizes(), errors }
}

fn algs() -> impl Iterator<Item = Choice> {
    Alg::ALL.into_iter().map(|alg| Choice::new(alg.as_str(), alg.as_str()))
}

/// What has become of a new key.
fn told(record: &KeyRecord) -> String {
    let KeyRecord { kid, alg, .. } = record;
    match record.state {
        KeyState::Signing => format!("{kid} signs with {alg} from now on."),
        KeyState::Next => format!("{kid} is published as the next key for {alg}."),
        KeyState::Retired | KeyState::Removed => format!("{kid} is published and verifies {alg}."),
    }
}

/// `GET /admin/keys/import`
pub async fn ask_import(app: AppData, browser: Browser, me: Me) -> Result<HttpResponse> {
    let form = KeyImportForm { purpose: "verify".into(), ..KeyImportForm::default() };
    View::new().of(&me.user).show(&app, &browser, &import_page(form, Errors::default()))
}

/// `POST /admin/keys/import`
pub async fn import(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(form): Posted<KeyImportForm>,
) -> Result<HttpResponse> {
    // A private key is not sent back.
    let kept = KeyImportForm { key_pem: String::new(), ..form.clone() };
    let refused = |mut errors: Errors| {
        errors.add("key_pem", "Paste the key again: it was not kept.");
        View::unprocessable().of(&me.user).show(&app, &browser, &import_page(kept.clone(), errors))
    };
    let key = match checked_import(form) {
        Ok(key) => key,
        Err(errors) => return refused(errors),
    };
    match app.store.import_key(key, app.config.keeping(), by(&app, &browser, &me)).await {
        Ok(record) => {
            browser.flash(Tone::Ok, told(&record));
            Ok(see_other(&app.path("/admin/keys")))
        }
        Err(error) => refused(Errors::from_iter([(import_field(&error), refusal(error)?)])),
    }
}

fn checked_import(form: KeyImportForm) -> Result<ImportedKey, Errors> {
    let mut errors = Errors::default();
    let alg: Option<Alg> = Alg::of_key_pair(&form.alg).ok();
    if alg.is_none() && !form.alg.is_empty() {
        errors.add("alg", "Choose one of the algorithms.");
    }
    let begin = match form.purpose.as_str() {
        "sign" => Some(Begin::Signing),
        "verify" => Some(Begin::VerifyOnly),
        _ => None,
    };
    match begin {
        Some(begin) if errors.is_empty() => {
            let kid = Some(form.kid.trim().to_owned()).filter(|kid| !kid.is_empty());
            Ok(ImportedKey { pem: form.key_pem, alg, kid, begin })
        }
        Some(_) => Err(errors),
        None => {
            errors.add("purpose", "Choose what it does here.");
            Err(errors)
        }
    }
}

/// The field that has to be mended.
const fn import_field(error: &Refused) -> &'static str {
    match error {
        Refused::BadKid | Refused::KidTaken(_) => "kid",
        Refused::Key(KeyError::Misfit { .. }) => "alg",
        _ => "key_pem",
    }
}

fn import_page(form: KeyImportForm, errors: Errors) -> KeyImport {
    let usual = Choice::new("", "From the key");
    KeyImport { form, algs: std::iter::once(usual).chain(algs()).collect(), errors }
}
