//! Where request objects are fetched, opened and believed, so that only parameters go on (OpenID Connect Core 6, RFC
//! 9101 6).

use crate::http::app::App;
use crate::http::client_keys::{self, Untrusted};
use crate::http::error::{Error, Result};
use crate::oidc::authorize::Params;
use crate::oidc::client::Client;
use crate::oidc::error::{Code, Refusal};
use crate::oidc::jose::{self, Accept, Accepted, JweError, JwtError, Openers, Typ};
use crate::oidc::request_object::{self, Ground, Place, TYPES};
use crate::outbound::{self, Fetched, Wanted};

/// Puts the members of the request object, if there is one, in the place of `params`. What is wrong with it is noted
/// there too, to be told once it is clear to whom.
///
/// Nothing is asked of others for a client that is unknown or disabled, or for parameters that came twice.
pub async fn resolve(app: &App, params: &mut Params, client: Option<&Client>) -> Result<()> {
    let Some(client) = client.filter(|client| !client.is_disabled() && !params.are_ambiguous()) else {
        return Ok(());
    };
    match read(app, params, client).await {
        Ok(None) => {}
        Ok(Some(joined)) => *params = joined,
        Err(Error::Refusal(refusal)) => params.refuse_object(refusal),
        Err(fault) => return Err(fault),
    }
    Ok(())
}

async fn read(app: &App, params: &Params, client: &Client) -> Result<Option<Params>> {
    let features = app.features();
    let Some(place) = Place::of(params, client, features)? else { return Ok(None) };
    let object = match place {
        Place::Here(object) => object,
        Place::There(uri) => fetch(app, client, &uri).await?,
    };
    let object = open(app, client, object)?;
    let accept = Accept { algs: &request_object::algs(client), typ: Typ::May(&TYPES) };
    let jwt = client_keys::verify(app, client, &object, &accept).await?;
    let jwt = jwt.map_err(|error| {
        let advice = match error {
            Untrusted::Jwt(JwtError::Algorithm) => {
                request_object::advice(client, "request_object_signing_alg")
            }
            _ => String::new(),
        };
        invalid_object(format!("{error}{advice}"))
    })?;
    let ground = Ground { client, issuer: app.issuer(), now: app.now(), features };
    Ok(Some(request_object::join(params, &jwt.claims, &ground)?))
}

/// Each time anew: what lies there may be another request tomorrow. A request that waits for its person is kept.
async fn fetch(app: &App, client: &Client, uri: &str) -> Result<String> {
    let fetched = app.outbound.get(uri, Wanted::REQUEST_OBJECT).await.and_then(Fetched::success);
    let fetched = fetched.map_err(|error: outbound::Error| {
        tracing::info!(client = %client.id, %error, "a request object could not be had");
        if error.is_busy() {
            let text = format!("{}; try again in a moment", error.public());
            return Refusal::new(Code::TemporarilyUnavailable, text);
        }
        Refusal::new(Code::InvalidRequestUri, format!("request_uri cannot be had: {}", error.public()))
    })?;
    let text = String::from_utf8(fetched.body)
        .map_err(|_| invalid_object("what lies at request_uri is no text".to_owned()))?;
    Ok(text.trim().to_owned())
}

/// The signed object within an encrypted one (RFC 9101 6.1). Without a signature inside, nothing says who sent it.
fn open(app: &App, client: &Client, object: String) -> Result<String> {
    if !jose::is_encrypted(&object) {
        return Ok(object);
    }
    let (algs, encs) = request_object::encryptions(client);
    let secrets = client_keys::secrets(app, client)?;
    let catalogue = app.store.catalogue();
    let openers = Openers { keys: &catalogue.decryption_keys, secrets: &secrets };
    let opened = jose::decrypt(&object, &openers, &Accepted { algs: &algs, encs: &encs });
    let inner = opened.and_then(jose::Decrypted::text).map_err(|error| {
        let advice = match error {
            JweError::Algorithm => request_object::advice(client, "request_object_encryption_alg"),
            _ => String::new(),
        };
        invalid_object(format!("{error}{advice}"))
    })?;
    Ok(inner)
}

fn invalid_object(text: String) -> Refusal {
    Refusal::new(Code::InvalidRequestObject, text)
}
