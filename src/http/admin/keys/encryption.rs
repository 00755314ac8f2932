//! `/admin/encryption-keys/{kid}`: keys that apps encrypt to, and how they go.

use actix_web::HttpResponse;
use actix_web::web::Path;

use super::rotate::Chosen;
use super::{about, by, refusal};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{EncryptionKey, EncryptionKeyRow, EncryptionKeyState as Shown, segment};
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::oidc::encryption_keys::{EncryptionKeyRecord, EncryptionKeyState};
use crate::oidc::rotation::rsa_bits;
use crate::store::encryption_keys;
use crate::store::rotation::Former;

/// `GET /admin/encryption-keys/{kid}`
pub async fn ask(app: AppData, browser: Browser, me: Me, kid: Path<String>) -> Result<HttpResponse> {
    let page = page(&app, &found(&app, kid.into_inner()).await?, Errors::default())?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/encryption-keys/{kid}`
pub async fn replace(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Chosen>),
) -> Result<HttpResponse> {
    let (kid, Posted(chosen)) = (place.0.into_inner(), place.1);
    let record = found(&app, kid.clone()).await?;
    let by = by(&app, &browser, &me);
    let done = match (record.state, chosen.former(&app)) {
        (EncryptionKeyState::Current, Some(former)) => {
            app.store.replace_encryption_key(&record, former, by).await
        }
        (EncryptionKeyState::Retired, Some(Former::Withdrawn)) => {
            app.store.withdraw_encryption_key(kid.clone(), by).await
        }
        _ => {
            let errors = Errors::from_iter([("old", "Choose what happens to the key in use.".to_owned())]);
            return View::unprocessable().of(&me.user).show(&app, &browser, &page(&app, &record, errors)?);
        }
    };
    match done {
        Ok(new) if new.kid == kid => browser.flash(Tone::Ok, format!("{kid} is withdrawn.")),
        Ok(new) => {
            let text = format!("{} is published for {} from now on.", new.kid, new.alg);
            browser.flash(Tone::Ok, text);
        }
        Err(error) => {
            let errors = Errors::from_iter([("old", refusal(error)?)]);
            return View::unprocessable().of(&me.user).show(&app, &browser, &page(&app, &record, errors)?);
        }
    }
    Ok(see_other(&app.path("/admin/keys")))
}

async fn found(app: &App, kid: String) -> Result<EncryptionKeyRecord> {
    let record = app.store.read(move |db| encryption_keys::find(db, &kid)).await?;
    record.ok_or(Error::NotFound)
}

fn page(app: &App, record: &EncryptionKeyRecord, errors: Errors) -> Result<EncryptionKey> {
    let key = row(app, record).ok_or(Error::NotFound)?;
    Ok(EncryptionKey { key, keep: kept_for(app), errors })
}

/// The key in the list; one that is removed is not there.
pub fn row(app: &App, record: &EncryptionKeyRecord) -> Option<EncryptionKeyRow> {
    let (state, say) = match (record.state, record.removed_at) {
        (EncryptionKeyState::Current, _) => {
            (Shown::Current, format!("Published since {}.", day(record.created_at)))
        }
        (EncryptionKeyState::Retired, Some(at)) => (Shown::Retired, format!("Decrypts until {}.", day(at))),
        _ => return None,
    };
    let size = rsa_bits(&record.public_jwk).map(|bits| format!("{bits} bit"));
    let curve = || record.public_jwk["crv"].as_str().unwrap_or_default().to_owned();
    Some(EncryptionKeyRow {
        kid: record.kid.clone(),
        detail: format!("{} · {}", record.alg, size.unwrap_or_else(curve)),
        state,
        say,
        url: app.path(&format!("/admin/encryption-keys/{}", segment(&record.kid))),
    })
}

/// How long a key decrypts that is replaced now.
pub fn kept_for(app: &App) -> String {
    let now = app.now();
    about(app.config.keeping().decrypting_until(now).since(now))
}
