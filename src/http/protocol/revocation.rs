//! `/revoke` (RFC 7009): a client gives a token back.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use super::{bearer, body, client_auth};
use crate::http::app::AppData;
use crate::http::cors;
use crate::http::error::{Abort, Result};
use crate::oidc::error::{Code, Refusal};
use crate::oidc::grant::check_owner;
use crate::oidc::secret;
use crate::store::{client_tokens, grants, tokens};

/// `POST /revoke`. The hint is not needed: every kind of token is looked for (RFC 7009 2.1).
pub async fn create(app: AppData, request: HttpRequest, body: Bytes) -> Result<HttpResponse> {
    let form = body::form(&request, &body)?;
    let caller = client_auth::authenticate(&app, &request, &form).await?;
    cors::allow_for(&caller.client, &request);
    let token = form.require("token")?;
    let (access_hash, refresh_hash) = (bearer::token_hash(&app, &token), secret::hash(&token));
    let now = app.now();
    app.store
        .write(move |db| {
            caller.enter(db)?;
            let own = &caller.client.id;
            if let Some((grant, _)) = tokens::find_refresh(db, &refresh_hash)? {
                check_owner(&grant, own)?;
                grants::revoke(db, &grant.id, now)?;
            }
            let Some(access_hash) = &access_hash else { return Ok::<_, Abort>(()) };
            if let Some(access) = tokens::find_access(db, access_hash, now)? {
                check_owner(&access.grant, own)?;
                tokens::remove_access(db, access_hash)?;
            }
            if let Some(token) = client_tokens::find(db, access_hash, now)? {
                if token.client_id != *own {
                    return Err(Refusal::new(Code::InvalidGrant, "this was issued to another client").into());
                }
                client_tokens::remove(db, access_hash)?;
            }
            Ok(())
        })
        .await?;
    // RFC 7009 2.2: also where there was no such token.
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).finish())
}
