//! `/check-session-iframe` (OpenID Connect Session Management 1.0, 3.2): a page that apps keep in a hidden frame and
//! ask whether the session is still the one they know. Its script answers; nothing reaches the server.

use actix_web::http::header::{self, ETag, EntityTag, IfNoneMatch};
use actix_web::web::Header;
use actix_web::{HttpResponse, Responder};

use crate::http::app::AppData;
use crate::http::error::{Error, Result};
use crate::oidc::secret;

const SCRIPT: &str = "js/check-session.js";

/// Any site may frame it, so that `frame-ancestors` and `X-Frame-Options` are missing.
const POLICY: &str = "default-src 'none'; script-src 'self'; form-action 'none'; base-uri 'none'";

/// `GET /check-session-iframe`
pub async fn show(app: AppData, if_none_match: Header<IfNoneMatch>) -> Result<impl Responder> {
    if !app.config.features.session_management {
        return Err(Error::NotFound);
    }
    let script =
        app.pages.assets().url(SCRIPT).ok_or_else(|| Error::Fault(format!("{SCRIPT} is missing")))?;
    // Neither can hold what HTML would take for more than text: the issuer's path, and letters and digits.
    let (script, cookie) = (app.path(&script), &app.config.cookies.browser_state);
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Session</title>\n\
         <script src=\"{script}\" data-cookie=\"{cookie}\"></script></head>\n<body></body>\n</html>\n"
    );
    let tag = EntityTag::new_strong(secret::hash(&page));
    let is_known = match &*if_none_match {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|one| one.weak_eq(&tag)),
    };
    let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::REFERRER_POLICY, "no-referrer"));
    if is_known {
        return Ok(answer.finish());
    }
    Ok(answer.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8")).body(page))
}
