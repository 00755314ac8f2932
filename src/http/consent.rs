//! `/consent`: may the app have this?

use actix_web::HttpResponse;
use actix_web::web::Query;
use serde::Deserialize;

use super::app::{App, AppData};
use super::audit::by;
use super::browser::Browser;
use super::error::{Error, Result};
use super::form::Posted;
use super::html::{View, see_other};
use super::login::asker;
use super::pages::gate::{Consent as ConsentPage, Grant};
use super::pages::parts::day;
use super::pages::{Avatar, Tone};
use super::protocol::authorize::{self, Waiting};
use super::protocol::present::{self, Present};
use crate::oidc::authorize::Decision;
use crate::oidc::claims::ScopeEntry;
use crate::oidc::scope::Scope;
use crate::oidc::session::Consent;
use crate::oidc::user::User;
use crate::store::audit::Event;
use crate::store::sessions::SignedIn;
use crate::store::{audit, consents, flows, sessions};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    flow: String,
}

/// `GET /consent?flow=…`
pub async fn show(app: AppData, browser: Browser, asked: Query<Asked>) -> Result<HttpResponse> {
    let (waiting, own) = match situation(&app, &browser, &asked.flow).await? {
        Situation::Ready(ready) => *ready,
        Situation::Elsewhere(location) => return Ok(see_other(&location)),
    };
    let (user_id, client_id) = (own.user.id.clone(), waiting.client.id.clone());
    let before = app.store.read(move |db| consents::find(db, &user_id, &client_id)).await?;
    let page = page(&app, &waiting, &own.user, before.as_ref());
    let view = View::new().form_may_reach(Some(&waiting.request.reply_to.redirect_uri));
    view.show(&app, &browser, &page)
}

#[derive(Deserialize)]
pub struct Decided {
    flow: String,
    #[serde(default)]
    decision: String,
}

/// `POST /consent`
pub async fn create(
    app: AppData,
    browser: Browser,
    Posted(decided): Posted<Decided>,
) -> Result<HttpResponse> {
    let (waiting, own) = match situation(&app, &browser, &decided.flow).await? {
        Situation::Ready(ready) => *ready,
        Situation::Elsewhere(location) => return Ok(see_other(&location)),
    };
    let is_allowed = match decided.decision.as_str() {
        "authorize" => true,
        "decline" => false,
        _ => return Err(Error::Unreadable("decision must be authorize or decline".into())),
    };
    let resumed = app.path(&format!("/authorize/{}", waiting.key.id));
    let now = app.now();
    let lifetime = waiting.client.lifetimes.consent.unwrap_or(app.config.lifetimes.consent);
    let consent =
        Consent { scope: waiting.request.consent.clone(), granted_at: now, expires_at: now.plus(lifetime) };
    let (event, word) =
        if is_allowed { ("consent_given", "Agreed to") } else { ("consent_declined", "Declined") };
    let detail = format!("{word} {} for {}", waiting.request.consent, waiting.client.name);
    let event = Event {
        user_id: Some(own.user.id.clone()),
        client_id: Some(waiting.client.id.clone()),
        ..by(&own.user, browser.event(&app, event, detail))
    };
    let decision = Decision { user_id: own.user.id, is_allowed };
    app.store
        .write(move |db| {
            // One conditional update decides; a second click changes nothing.
            if !flows::decide(db, &waiting.key, &decision)? {
                return Ok(());
            }
            if is_allowed {
                consents::save(db, &decision.user_id, &waiting.client.id, &consent)?;
            }
            audit::add(db, &event)
        })
        .await?;
    Ok(see_other(&resumed))
}

enum Situation {
    Ready(Box<(Waiting, SignedIn)>),
    /// Nothing to decide here: where to go instead.
    Elsewhere(String),
}

async fn situation(app: &AppData, browser: &Browser, flow: &str) -> Result<Situation> {
    let Some(waiting) = authorize::find_flow(app, browser, flow).await? else {
        browser.flash(Tone::Bad, "That request took too long or is finished. Start again from the app.");
        return Ok(Situation::Elsewhere(app.path("/account")));
    };
    let resumed = app.path(&format!("/authorize/{}", waiting.key.id));
    let (house, present) = (app.clone(), Present::of(browser));
    let ready = app.store.read(move |db| {
        let Waiting { client, request, met, .. } = &waiting;
        let asked = present::Asked { app: &house, client, request, met, now: house.now() };
        let own = match present.sid_for(db, &asked)? {
            Some(sid) => sessions::find(db, &sid, asked.now)?,
            None => None,
        };
        Ok::<_, crate::store::Error>(own.map(|own| Box::new((waiting, own))))
    });
    // Signed out meanwhile: the same request asks again who it is.
    Ok(ready.await?.map_or(Situation::Elsewhere(resumed), Situation::Ready))
}

fn page(app: &App, waiting: &Waiting, user: &User, before: Option<&Consent>) -> ConsentPage {
    let catalogue = app.store.catalogue();
    let entries: Vec<&ScopeEntry> =
        catalogue.scopes.iter().filter(|entry| waiting.request.consent.contains(&entry.name)).collect();
    let is_known = |entry: &&ScopeEntry| before.is_some_and(|consent| consent.scope.contains(&entry.name));
    let (known, new): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_known);
    let grants = |entries: Vec<&ScopeEntry>| entries.into_iter().map(|entry| grant(entry, user)).collect();
    ConsentPage {
        action: app.path("/consent"),
        flow: waiting.key.id.clone(),
        asker: asker(app, waiting),
        username: user.profile.email.clone().unwrap_or_else(|| user.username.clone()),
        avatar: Avatar::of(user.display_name()),
        switch_url: format!("{}?flow={}", app.path("/login/account"), waiting.key.id),
        agreed_on: before.map(|consent| day(consent.granted_at)),
        new: grants(new),
        known: grants(known),
    }
}

/// A scope in people's words, with this person's own values where they say more.
fn grant(entry: &ScopeEntry, user: &User) -> Grant {
    let own = match entry.name.as_str() {
        Scope::OPENID => Some(format!("{}, and an ID that stays the same for this app", user.display_name())),
        "email" => user.profile.email.clone(),
        "phone" => user.profile.phone_number.clone(),
        _ => None,
    };
    let icon = match entry.name.as_str() {
        Scope::OPENID => "user",
        "email" => "mail",
        "phone" => "smartphone",
        "address" => "house",
        Scope::OFFLINE_ACCESS => "clock",
        _ => "id-card",
    };
    Grant {
        title: entry.title.clone(),
        description: own.unwrap_or_else(|| entry.description.clone()),
        icon: icon.to_owned(),
    }
}
