//! Who may see a page. The one place where something like an extractor asks the database, so that no page of account
//! or console can forget it.

use std::rc::Rc;

use actix_session::SessionExt;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use std::future::{Ready, ready};

use super::app::AppData;
use super::browser::Browser;
use super::error::Error;
use super::html::see_other;
use super::login;
use crate::oidc::session::Session;
use crate::oidc::user::User;
use crate::store::sessions;

/// Who is signed in, as the guard found them.
#[derive(Clone)]
pub struct Me(Rc<Own>);

pub struct Own {
    pub user: User,
    pub session: Session,
}

impl std::ops::Deref for Me {
    type Target = Own;

    fn deref(&self) -> &Own {
        &self.0
    }
}

impl FromRequest for Me {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let me = request.extensions().get::<Self>().cloned();
        ready(me.ok_or_else(|| Error::Fault("a page asks who is there outside of the guard".into())))
    }
}

/// Lets those in who are signed in; sends others to the sign-in page and back.
pub async fn signed_in<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<EitherBody<B>>> {
    enter(request, next, false).await
}

/// Lets administrators in.
pub async fn admin<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<EitherBody<B>>> {
    enter(request, next, true).await
}

async fn enter<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
    is_for_admins: bool,
) -> actix_web::Result<ServiceResponse<EitherBody<B>>> {
    let app = request.app_data::<AppData>().expect("every scope has the app").clone();
    let (sid, now) = (request.get_session().get::<String>("sid").ok().flatten(), app.now());
    let found = match sid {
        // A page is use of the session, too.
        Some(sid) => app.store.write(move |db| {
            let own = sessions::find(db, &sid, now)?;
            if let Some(own) = &own {
                sessions::note_use(db, own, now)?;
            }
            Ok::<_, crate::store::Error>(own)
        }),
        None => return Ok(to_login(&app, request)),
    };
    // As an answer, not as an `Err`: that would pass by the middleware that makes a page of it.
    let refuse = |request: ServiceRequest, error: Error| request.error_response(error).map_into_right_body();
    let own = match found.await {
        Ok(Some(own)) => own,
        Ok(None) => {
            let browser = Browser::of(request.request());
            browser.sid().inspect(|sid| browser.forget(sid));
            return Ok(to_login(&app, request));
        }
        Err(error) => return Ok(refuse(request, error.into())),
    };
    if is_for_admins && !own.user.is_admin {
        return Ok(refuse(request, Error::Forbidden));
    }
    request.extensions_mut().insert(Me(Rc::new(Own { user: own.user, session: own.session })));
    Ok(next.call(request).await?.map_into_left_body())
}

fn to_login<B: MessageBody>(app: &AppData, request: ServiceRequest) -> ServiceResponse<EitherBody<B>> {
    // A form cannot be sent again after the sign-in; its page can be opened again.
    let asked =
        request.uri().path_and_query().filter(|_| matches!(*request.method(), Method::GET | Method::HEAD));
    let path = asked.map_or_else(|| app.path("/account"), ToString::to_string);
    let location = login::login_url_to(app, &path);
    request.into_response(see_other(&location)).map_into_right_body()
}
