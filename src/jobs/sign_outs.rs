//! Telling apps (OpenID Connect Back-Channel Logout 1.0, 2.5) and hooks that a session has ended.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::Household;
use crate::dice;
use crate::hooks::Undelivered;
use crate::oidc::client::Client;
use crate::oidc::jose::{self, Alg};
use crate::oidc::logout_token::{LogoutToken, Occasion, TYPE};
use crate::oidc::secret;
use crate::store;
use crate::store::logout_deliveries::{self, Content, Delivery};

/// Sends every message that is due, many at a time, and notes what came of it.
pub async fn tell_of_sign_outs<H: Household>(house: Arc<H>) -> store::Result<()> {
    loop {
        let now = house.clock().now();
        if !house.store().read(move |db| logout_deliveries::is_any_due(db, now)).await? {
            return Ok(());
        }
        let taken = house.store().write(move |db| logout_deliveries::take(db, now)).await?;
        let mut under_way = JoinSet::new();
        for delivery in taken {
            under_way.spawn(tell(house.clone(), delivery));
        }
        while let Some(told) = under_way.join_next().await {
            told.unwrap_or(Err(store::Error::Panicked))?;
        }
    }
}

async fn tell<H: Household>(house: Arc<H>, delivery: Delivery) -> store::Result<()> {
    let outcome = send(&house, &delivery).await?;
    let (id, now) = (delivery.id.clone(), house.clock().now());
    if let Err(Undelivered::Failed(error)) = &outcome {
        match &delivery.content {
            Content::LogoutToken(client) => {
                tracing::warn!(%client, %error, "an app could not be told of a sign-out");
            }
            Content::Message(_) => {
                tracing::warn!(delivery = %id, %error, "a hook could not be told of a sign-out");
            }
        }
    }
    house
        .store()
        .write(move |db| match &outcome {
            Ok(()) => logout_deliveries::note_success(db, &id, now),
            Err(Undelivered::Failed(error)) => logout_deliveries::note_failure(db, &id, error, now),
            Err(Undelivered::Busy) => logout_deliveries::postpone(db, &id, now),
        })
        .await
}

/// The error within says why the app or hook does not know yet.
async fn send<H: Household>(house: &Arc<H>, delivery: &Delivery) -> store::Result<Result<(), Undelivered>> {
    let client_id = match &delivery.content {
        Content::LogoutToken(client_id) => client_id,
        Content::Message(message) => {
            let message = (delivery.id.as_str(), message.as_str());
            return Ok(house.hooks().deliver(&delivery.uri, message, house.clock().now()).await);
        }
    };
    let Some(client) = house.store().client(client_id).await? else {
        return Ok(Err(Undelivered::Failed("the client is gone".to_owned())));
    };
    let token = match logout_token(house, delivery, &client) {
        Ok(token) => token,
        Err(error) => return Ok(Err(Undelivered::Failed(error))),
    };
    let answer = house.outbound().post_form(&delivery.uri, &[("logout_token", &token)]).await;
    Ok(match answer {
        // 2.8
        Ok(200 | 204) => Ok(()),
        Ok(status) => Err(Undelivered::Failed(format!("it answered with status {status}"))),
        Err(error) => Err(error.into()),
    })
}

fn logout_token<H: Household>(
    house: &Arc<H>,
    delivery: &Delivery,
    client: &Client,
) -> Result<String, String> {
    let token = LogoutToken::new(Occasion {
        issuer: house.config().issuer.as_str(),
        client_id: &client.id,
        sub: house.subject(&delivery.user, client),
        sid: &delivery.sid,
        jti: secret::opaque(dice::bytes()),
        now: house.clock().now(),
    });
    // 2.4: as its ID tokens; where these are not signed by a key of ours, by the one that every app understands.
    let catalogue = house.store().catalogue();
    let signer = catalogue.keys.signer(client.id_token_alg).or_else(|| catalogue.keys.signer(Alg::RS256));
    let signer = signer.ok_or_else(|| format!("no key signs {}", client.id_token_alg))?;
    jose::sign(&signer.private, &signer.kid, Some(TYPE), &token).map_err(|error| error.to_string())
}
