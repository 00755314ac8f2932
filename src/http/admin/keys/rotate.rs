//! `/admin/keys/rotate` and `/admin/keys/{kid}/retire`: keys that go.

use actix_web::HttpResponse;
use actix_web::web::{Path, Query};
use serde::Deserialize;

use super::{about, age, by, records, refusal, state};
use crate::http::app::{App, AppData};
use crate::http::browser::Browser;
use crate::http::error::{Error, Result};
use crate::http::form::Posted;
use crate::http::guard::Me;
use crate::http::html::{View, see_other};
use crate::http::pages::admin::{KeyHead, KeyRetire, KeyRotate, NextKey, segment};
use crate::http::pages::parts::day;
use crate::http::pages::{Errors, Tone};
use crate::oidc::jose::Alg;
use crate::oidc::keys::KeyState;
use crate::store::keys;
use crate::store::rotation::Former;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    alg: String,
}

/// `GET /admin/keys/rotate?alg=…`
pub async fn ask(app: AppData, browser: Browser, me: Me, asked: Query<Asked>) -> Result<HttpResponse> {
    let page = page(&app, alg_of(&asked.alg)?, Errors::default()).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Chosen {
    #[serde(default)]
    alg: String,
    /// What becomes of the key in use: `keep` or `withdraw`.
    #[serde(default)]
    old: String,
}

impl Chosen {
    pub(super) fn former(&self, app: &App) -> Option<Former> {
        match self.old.as_str() {
            "keep" => Some(Former::Kept(app.config.keeping())),
            "withdraw" => Some(Former::Withdrawn),
            _ => None,
        }
    }
}

/// `POST /admin/keys/rotate`
pub async fn rotate(
    app: AppData,
    browser: Browser,
    me: Me,
    Posted(chosen): Posted<Chosen>,
) -> Result<HttpResponse> {
    let alg = alg_of(&chosen.alg)?;
    let message = match chosen.former(&app) {
        None => "Choose what happens to the key in use.".to_owned(),
        Some(former) => match app.store.rotate_key(alg, former, by(&app, &browser, &me)).await {
            Ok(record) => {
                browser.flash(Tone::Ok, format!("{} signs with {alg} from now on.", record.kid));
                return Ok(see_other(&app.path("/admin/keys")));
            }
            Err(error) => refusal(error)?,
        },
    };
    let page = page(&app, alg, Errors::from_iter([("old", message)])).await?;
    View::unprocessable().of(&me.user).show(&app, &browser, &page)
}

fn alg_of(text: &str) -> Result<Alg> {
    Alg::of_key_pair(text).map_err(|_| Error::NotFound)
}

async fn page(app: &App, alg: Alg, errors: Errors) -> Result<KeyRotate> {
    let (records, keep) = records(app).await?;
    let in_state = |state| records.iter().find(|key| key.alg == alg && key.state == state);
    let signer = in_state(KeyState::Signing).ok_or(Error::NotFound)?;
    Ok(KeyRotate {
        alg: alg.to_string(),
        signing: signer.kid.clone(),
        next: in_state(KeyState::Next).map(|next| NextKey {
            kid: next.kid.clone(),
            known_for: age(next.created_at, app.now()),
            known_since: day(next.created_at),
        }),
        keep: about(keep),
        errors,
    })
}

/// `GET /admin/keys/{kid}/retire`
pub async fn ask_retire(app: AppData, browser: Browser, me: Me, kid: Path<String>) -> Result<HttpResponse> {
    let page = retire_page(&app, &kid, Errors::default()).await?;
    View::new().of(&me.user).show(&app, &browser, &page)
}

/// `POST /admin/keys/{kid}/retire`
pub async fn retire(
    app: AppData,
    browser: Browser,
    me: Me,
    place: (Path<String>, Posted<Chosen>),
) -> Result<HttpResponse> {
    let (kid, Posted(chosen)) = (place.0.into_inner(), place.1);
    let message = match chosen.former(&app) {
        None => "Choose what happens to the key.".to_owned(),
        Some(former) => match app.store.retire_key(kid.clone(), former, by(&app, &browser, &me)).await {
            Ok(record) => {
                let what = if record.state == KeyState::Removed { "withdrawn" } else { "retired" };
                browser.flash(Tone::Ok, format!("{kid} is {what}."));
                return Ok(see_other(&app.path("/admin/keys")));
            }
            Err(error) => refusal(error)?,
        },
    };
    let page = retire_page(&app, &kid, Errors::from_iter([("old", message)])).await?;
    View::unprocessable().of(&me.user).show(&app, &browser, &page)
}

async fn retire_page(app: &App, kid: &str, errors: Errors) -> Result<KeyRetire> {
    let (records, keep) = records(app).await?;
    let own = records.into_iter().find(|key| key.kid == kid && key.state.is_published());
    let key = own.ok_or(Error::NotFound)?;
    let clients = match key.state {
        KeyState::Signing => app.store.read(move |db| keys::clients_of(db, key.alg)).await?,
        _ => Vec::new(),
    };
    Ok(KeyRetire {
        key: KeyHead {
            url: app.path(&format!("/admin/keys/{}", segment(&key.kid))),
            kid: key.kid,
            alg: key.alg.to_string(),
            state: state(key.state),
        },
        clients,
        keep: about(keep),
        errors,
    })
}
