//! The guard itself, as middleware.

use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::Method;
use actix_web::{HttpMessage, HttpResponse, web};
use futures_util::future::LocalBoxFuture;

use super::bearer::{Bearer, in_header};
use super::needs::{Needs, Rules};
use super::refusal::{Challenge, Refusal};
use super::resource::Resource;
use super::token::Token;
use super::verifier::Verifier;
use crate::clock::Clock;

/// Stands before an app, scope or resource of actix: `.wrap(guard)`.
///
/// Make one and clone it: clones share the verifier and what it keeps. Until something else is said, any good token
/// that is meant for the resource will do.
#[derive(Clone)]
pub struct Guard {
    verifier: Arc<dyn Verifier>,
    resource: Arc<Resource>,
    realm: Option<String>,
    audiences: Vec<String>,
    rules: Rules,
    clock: Clock,
}

impl Guard {
    /// Only tokens that are meant for `resource` will do.
    pub fn new(verifier: impl Verifier, resource: Resource) -> Self {
        Self {
            verifier: Arc::new(verifier),
            resource: Arc::new(resource),
            realm: None,
            audiences: Vec::new(),
            rules: Rules::open(),
            clock: Clock::System,
        }
    }

    /// Whatever the method: all of these scopes, or one of several sets: `["read"]`, or
    /// `Needs::all(["read"]).or(["admin"])`.
    #[must_use]
    pub fn scopes(mut self, needs: impl Into<Needs>) -> Self {
        self.rules.any(needs.into());
        self
    }

    /// `read` for safe methods (GET, HEAD, OPTIONS, TRACE), `write` for all others.
    #[must_use]
    pub fn read_write(mut self, read: impl Into<Needs>, write: impl Into<Needs>) -> Self {
        self.rules.read_write(read.into(), write.into());
        self
    }

    /// For this method, whatever holds for the others. Where nothing has been said of those, they are refused.
    #[must_use]
    pub fn method(mut self, method: Method, needs: impl Into<Needs>) -> Self {
        self.rules.method(method, needs.into());
        self
    }

    /// Takes tokens for this audience too. Tokens for which no app named a resource are for Cardea's issuer: naming it
    /// here lets every app in whose tokens have the scopes.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        self.audiences.push(audience.into());
        self
    }

    /// What the challenge calls this API; the resource's URL unless you say otherwise.
    #[must_use]
    pub fn realm(mut self, realm: &str) -> Self {
        self.realm = Some(realm.into());
        self
    }

    /// Another time than the system's, for tests.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The document that tells apps where tokens come from (RFC 9728), at its path below
    /// `/.well-known/oauth-protected-resource`. Refusals point to it; put it outside of what is guarded.
    pub fn metadata(&self) -> actix_web::Resource {
        let document = self.resource.document(&self.rules.scopes());
        let answer = move || ready(HttpResponse::Ok().json(&document));
        web::resource(self.resource.metadata_path().to_owned()).route(web::get().to(answer))
    }

    async fn judge(&self, request: &ServiceRequest) -> Result<Bearer, Refusal> {
        let (text, now) = (in_header(request.headers())?, self.clock.now());
        let token = self.verifier.verify(text, now).await.map_err(Refusal::Fault)?;
        let unknown = Refusal::Invalid("the access token is unknown, expired or revoked");
        let token = token.filter(|token| token.is_live(now)).ok_or(unknown)?;
        if !self.is_for_us(&token) {
            return Err(Refusal::Invalid("the access token is for another resource"));
        }
        self.rules.check(request.method(), token.scope()).map_err(|_| Refusal::Lacking)?;
        Ok(Bearer(Arc::new(token)))
    }

    fn is_for_us(&self, token: &Token) -> bool {
        let mut audiences = token.audiences().iter();
        audiences.any(|aud| *aud == self.resource.identifier || self.audiences.contains(aud))
    }

    fn refuse(&self, method: &Method, refusal: &Refusal) -> HttpResponse {
        refusal.answer(&Challenge {
            realm: self.realm.as_ref().unwrap_or(&self.resource.identifier),
            scope: self.rules.wanted(method),
            metadata_url: &self.resource.metadata_url,
        })
    }
}

impl<S, B> Transform<S, ServiceRequest> for Guard
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type InitError = ();
    type Transform = Guarded<S>;
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Guarded { guard: Rc::new(self.clone()), service: Rc::new(service) }))
    }
}

/// What actix makes of a [`Guard`].
pub struct Guarded<S> {
    guard: Rc<Guard>,
    service: Rc<S>,
}

impl<S, B> Service<ServiceRequest> for Guarded<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (guard, service) = (self.guard.clone(), self.service.clone());
        Box::pin(async move {
            match guard.judge(&request).await {
                Ok(bearer) => {
                    request.extensions_mut().insert(bearer);
                    Ok(service.call(request).await?.map_into_left_body())
                }
                // As an answer, not as an `Err`: that would pass by middleware outside, such as CORS.
                Err(refusal) => {
                    let answer = guard.refuse(request.method(), &refusal);
                    Ok(request.into_response(answer).map_into_right_body())
                }
            }
        })
    }
}
