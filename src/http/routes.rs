//! Every route on one page.

use actix_web::dev::HttpServiceFactory;
use actix_web::guard::{Any, Get, Head};
use actix_web::http::header;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, ServiceConfig};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Route};

use super::app::{AppData, SharedApp};
use super::assets;
use super::error::{Error, Result, as_json, as_page};
use super::html::see_other;
use super::protocol::{
    authorize, check_session, discovery, health, introspection, logo, posted, revocation, token, userinfo,
};
use super::{browser_state, consent, cors, guard, login, logout, metrics, session_store, setup};
use crate::config::RegistrationMode;

pub fn add(routes: &mut ServiceConfig, app: &SharedApp) {
    let prefix = app.config.prefix();
    if !prefix.is_empty() {
        // RFC 8414 3.1: with a path in the issuer, the well-known part comes first.
        let path = format!("/.well-known/oauth-authorization-server{prefix}");
        each(routes, &path, |resource| document(resource, discovery::show));
        // RFC 9728 3.1 likewise.
        let path = format!("/.well-known/oauth-protected-resource{prefix}/userinfo");
        each(routes, &path, |resource| document(resource, discovery::protected_resource));
    }
    programs(routes, prefix);
    if app.config.registration.mode != RegistrationMode::Off {
        registration(routes, prefix);
    }
    people(routes, app);
    routes.default_service(nowhere());
}

/// What programs ask. Each path may end in a slash.
fn programs(routes: &mut ServiceConfig, prefix: &str) {
    let at = |path: &str| format!("{prefix}{path}");
    each(routes, &at("/jwks"), |resource| document(resource, discovery::jwks));
    let metadata = |resource| document(resource, discovery::show);
    each(routes, &at("/.well-known/openid-configuration"), metadata);
    each(routes, &at("/.well-known/oauth-authorization-server"), metadata);
    each(routes, &at("/.well-known/oauth-protected-resource/userinfo"), |resource| {
        document(resource, discovery::protected_resource)
    });
    each(routes, &at("/token"), |resource| of_clients(resource, web::post().to(token::create)));
    each(routes, &at("/introspect"), |resource| of_clients(resource, web::post().to(introspection::create)));
    each(routes, &at("/revoke"), |resource| of_clients(resource, web::post().to(revocation::create)));
    each(routes, &at("/userinfo"), |resource| {
        resource
            .route(get().to(userinfo::show))
            .route(web::post().to(userinfo::create))
            .route(web::method(actix_web::http::Method::OPTIONS).to(cors::preflight))
            .default_service(web::to(only_get_or_post))
            .wrap(from_fn(as_json))
            .wrap(from_fn(cors::echo))
    });
    each(routes, &at("/check-session-iframe"), |resource| {
        resource
            .route(get().to(check_session::show))
            .default_service(web::to(only_get))
            .wrap(from_fn(as_json))
    });
    each(routes, &at("/healthz"), |resource| resource.route(get().to(health::live)));
    each(routes, &at("/readyz"), |resource| resource.route(get().to(health::ready)).wrap(from_fn(as_json)));
    each(routes, &at("/metrics"), |resource| resource.route(get().to(metrics::show)).wrap(from_fn(as_json)));
    routes
        .service(
            web::scope(&at("/logos"))
                .service(web::resource("/{client_id}").route(get().to(logo::show)).wrap(from_fn(as_json)))
                .default_service(nowhere()),
        )
        .service(
            web::scope(&at("/static"))
                .service(web::resource("/{name:.*}").route(get().to(assets::serve)))
                .default_service(nowhere())
                .wrap(Compress::default()),
        );
}

/// Serves a path, and the same with a slash at its end. These are two routes, because one with both would be found by
/// a regular expression, which takes longer than many a handler. So do paths with a name in them; they have a scope.
fn each<F: HttpServiceFactory + 'static>(
    routes: &mut ServiceConfig,
    path: &str,
    serve: impl Fn(Resource) -> F,
) {
    for path in [path.to_owned(), format!("{path}/")] {
        routes.service(serve(web::resource(path)));
    }
}

/// RFC 7591 and RFC 7592; nothing is there where nobody may register.
fn registration(routes: &mut ServiceConfig, prefix: &str) {
    use super::protocol::registration::{self, manage};
    let path = format!("{prefix}/register");
    each(routes, &path, |resource| {
        resource
            .route(web::post().to(registration::create))
            .default_service(web::to(only_registration))
            .wrap(from_fn(as_json))
    });
    let one = |resource: Resource| {
        resource
            .route(get().to(manage::show))
            .route(web::put().to(manage::replace))
            .route(web::delete().to(manage::remove))
            .default_service(web::to(only_management))
            .wrap(from_fn(as_json))
    };
    let each_client = |routes: &mut ServiceConfig| each(routes, "/{client_id}", one);
    routes.service(web::scope(&path).configure(each_client).default_service(nowhere()));
}

/// What clients ask with their credentials.
fn of_clients(resource: Resource, post: Route) -> impl HttpServiceFactory + use<> {
    resource
        .route(post)
        .route(web::method(actix_web::http::Method::OPTIONS).to(cors::preflight))
        .default_service(web::to(only_post))
        .wrap(from_fn(as_json))
        .wrap(from_fn(cors::own))
}

/// A public document. Its handler cannot fail and lets everybody read it, so that nothing stands before it.
fn document<H, T>(resource: Resource, show: H) -> Resource
where
    H: Handler<T, Output = HttpResponse> + Copy,
    T: FromRequest + 'static,
{
    let other = web::to(only_get).wrap(from_fn(as_json)).wrap(from_fn(cors::open));
    resource.route(get().to(show)).default_service(other)
}

/// What people see, with the cookie of their browser. With a slash at its end a path leads to the one without.
fn people(routes: &mut ServiceConfig, app: &SharedApp) {
    routes.service(
        web::scope(app.config.prefix())
            .configure(|routes| each(routes, "", |resource| resource.route(get().to(front_door))))
            .configure(asked_by_apps)
            .service(web::resource("/authorize/posted/{id}").route(get().to(posted::resume)))
            .service(web::resource("/authorize/{flow}").route(get().to(authorize::resume)))
            .service(
                web::resource("/login").route(get().to(login::show)).route(web::post().to(login::create)),
            )
            .service(
                web::resource("/login/account")
                    .route(get().to(login::choose))
                    .route(web::post().to(login::save_choice)),
            )
            .service(
                web::resource("/consent")
                    .route(get().to(consent::show))
                    .route(web::post().to(consent::create)),
            )
            .service(
                web::resource("/setup").route(get().to(setup::show)).route(web::post().to(setup::create)),
            )
            .service(web::resource("/logout/done").route(get().to(logout::done)))
            .configure(account)
            .configure(admin)
            .default_service(web::to(without_slash))
            .wrap(from_fn(browser_state::keep))
            .wrap(session_store::middleware(app))
            .wrap(from_fn(as_page))
            .wrap(Compress::default()),
    );
}

/// Where apps send browsers.
fn asked_by_apps(routes: &mut ServiceConfig) {
    each(routes, "/authorize", |resource| {
        resource
            .route(get().to(authorize::show))
            .route(web::post().to(posted::create))
            .default_service(web::to(only_get_or_post))
    });
    each(routes, "/logout", |resource| {
        resource.route(get().to(logout::show)).route(web::post().to(logout::create))
    });
}

fn account(routes: &mut ServiceConfig) {
    use super::account::{apps, password, profile, sessions};
    routes.service(
        web::scope("/account")
            .service(web::resource("").route(get().to(profile::show)).route(web::post().to(profile::save)))
            .service(web::resource("/apps").route(get().to(apps::show)))
            .service(web::resource("/apps/{client_id}/removal").route(web::post().to(apps::remove)))
            .service(web::resource("/sessions").route(get().to(sessions::show)))
            .service(web::resource("/sessions/end").route(web::post().to(sessions::end_others)))
            .service(web::resource("/sessions/{sid}/end").route(web::post().to(sessions::end)))
            .service(
                web::resource("/password")
                    .route(get().to(password::show))
                    .route(web::post().to(password::save)),
            )
            .default_service(web::to(without_slash))
            .wrap(from_fn(guard::signed_in)),
    );
}

fn admin(routes: &mut ServiceConfig) {
    use super::admin::clients::{delete, edit, secret};
    use super::admin::{audit, clients, consents, dashboard, deliveries, sessions, settings};
    routes.service(
        web::scope("/admin")
            .service(web::resource("").route(get().to(dashboard::show)))
            .service(
                web::resource("/clients").route(get().to(clients::index)).route(web::post().to(edit::create)),
            )
            .service(web::resource("/clients/new").route(get().to(edit::new)))
            .configure(admin_registration_tokens)
            .service(
                web::resource("/clients/{client_id}")
                    .route(get().to(edit::show))
                    .route(web::post().to(edit::save)),
            )
            .service(
                web::resource("/clients/{client_id}/secret")
                    .route(get().to(secret::ask))
                    .route(web::post().to(secret::create)),
            )
            .service(
                web::resource("/clients/{client_id}/secrets/{id}/delete")
                    .route(web::post().to(secret::delete)),
            )
            .service(
                web::resource("/clients/{client_id}/delete")
                    .route(get().to(delete::ask))
                    .route(web::post().to(delete::delete)),
            )
            .service(web::resource("/consents").route(get().to(consents::index)))
            .service(
                web::resource("/consents/{user_id}/{client_id}/delete")
                    .route(web::post().to(consents::delete)),
            )
            .service(web::resource("/sessions").route(get().to(sessions::index)))
            .service(web::resource("/sessions/{sid}/delete").route(web::post().to(sessions::delete)))
            .service(web::resource("/logout-deliveries").route(get().to(deliveries::index)))
            .service(web::resource("/logout-deliveries/{id}/retry").route(web::post().to(deliveries::retry)))
            .service(web::resource("/audit").route(get().to(audit::index)))
            .configure(admin_scopes)
            .configure(admin_users)
            .configure(admin_keys)
            .service(
                web::resource("/settings")
                    .route(get().to(settings::show))
                    .route(web::post().to(settings::save)),
            )
            .default_service(web::to(without_slash))
            .wrap(from_fn(guard::admin)),
    );
}

/// Before the pages of clients, whose ID could be the same word.
fn admin_registration_tokens(routes: &mut ServiceConfig) {
    use super::admin::clients::registration_tokens;
    routes
        .service(
            web::resource("/clients/registration-tokens")
                .route(get().to(registration_tokens::index))
                .route(web::post().to(registration_tokens::create)),
        )
        .service(
            web::resource("/clients/registration-tokens/{id}/delete")
                .route(web::post().to(registration_tokens::delete)),
        );
}

fn admin_scopes(routes: &mut ServiceConfig) {
    use super::admin::scopes;
    routes
        .service(
            web::resource("/scopes").route(get().to(scopes::index)).route(web::post().to(scopes::create)),
        )
        .service(web::resource("/scopes/new").route(get().to(scopes::new)))
        .service(
            web::resource("/scopes/{name}").route(get().to(scopes::show)).route(web::post().to(scopes::save)),
        )
        .service(
            web::resource("/scopes/{name}/delete")
                .route(get().to(scopes::ask))
                .route(web::post().to(scopes::delete)),
        );
}

fn admin_users(routes: &mut ServiceConfig) {
    use super::admin::users::{self, access, edit, new, show};
    routes
        .service(web::resource("/users").route(get().to(users::index)).route(web::post().to(new::create)))
        .service(web::resource("/users/new").route(get().to(new::new)))
        .service(web::resource("/users/{id}").route(get().to(show::show)))
        .service(
            web::resource("/users/{id}/edit").route(get().to(edit::show)).route(web::post().to(edit::save)),
        )
        .service(
            web::resource("/users/{id}/password")
                .route(get().to(access::ask_password))
                .route(web::post().to(access::set_password)),
        )
        .service(
            web::resource("/users/{id}/disable")
                .route(get().to(access::ask_disable))
                .route(web::post().to(access::disable)),
        )
        .service(
            web::resource("/users/{id}/sessions/delete")
                .route(get().to(access::ask_sign_out))
                .route(web::post().to(access::sign_out)),
        )
        .service(
            web::resource("/users/{id}/sessions/{sid}/delete").route(web::post().to(access::end_session)),
        )
        .service(
            web::resource("/users/{id}/consents/{client_id}/delete")
                .route(web::post().to(access::revoke_consent)),
        )
        .service(web::resource("/users/{id}/pause/delete").route(web::post().to(access::end_pause)));
}

fn admin_keys(routes: &mut ServiceConfig) {
    use super::admin::keys::{self, encryption, new, rotate};
    routes
        .service(web::resource("/keys").route(get().to(keys::index)).route(web::post().to(new::create)))
        .service(web::resource("/keys/new").route(get().to(new::new)))
        .service(
            web::resource("/keys/rotate").route(get().to(rotate::ask)).route(web::post().to(rotate::rotate)),
        )
        .service(
            web::resource("/keys/import").route(get().to(new::ask_import)).route(web::post().to(new::import)),
        )
        .service(
            web::resource("/keys/{kid}/retire")
                .route(get().to(rotate::ask_retire))
                .route(web::post().to(rotate::retire)),
        )
        .service(
            web::resource("/encryption-keys/{kid}")
                .route(get().to(encryption::ask))
                .route(web::post().to(encryption::replace)),
        );
}

/// RFC 9110 9.1: what answers GET answers HEAD too. The server leaves the content out.
fn get() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

/// Where nothing else is named, people see their account.
async fn front_door(app: AppData) -> HttpResponse {
    see_other(&app.path("/account"))
}

/// A page that is asked for with a slash at its end is found without it.
async fn without_slash(request: HttpRequest) -> Result<HttpResponse> {
    let (path, query) = (request.uri().path(), request.uri().query());
    // A path that began with two of them would name another host.
    let is_ours = |path: &&str| path.len() > 1 && !path[1..].starts_with(['/', '\\']) && !path.ends_with('/');
    let path = path.strip_suffix('/').filter(is_ours).ok_or(Error::NotFound)?;
    let location = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    Ok(HttpResponse::PermanentRedirect().insert_header((header::LOCATION, location)).finish())
}

fn nowhere() -> Route {
    web::to(nothing).wrap(from_fn(as_page))
}

async fn nothing() -> Result<HttpResponse> {
    Err(Error::NotFound)
}

async fn only_get() -> Result<HttpResponse> {
    Err(Error::MethodNotAllowed("GET, HEAD"))
}

async fn only_post() -> Result<HttpResponse> {
    Err(Error::MethodNotAllowed("POST, OPTIONS"))
}

async fn only_registration() -> Result<HttpResponse> {
    Err(Error::MethodNotAllowed("POST"))
}

async fn only_management() -> Result<HttpResponse> {
    Err(Error::MethodNotAllowed("GET, HEAD, PUT, DELETE"))
}

async fn only_get_or_post() -> Result<HttpResponse> {
    Err(Error::MethodNotAllowed("GET, HEAD, POST, OPTIONS"))
}
