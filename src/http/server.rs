//! The server: listeners, workers and TLS around the routes.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::path::Path;

use actix_web::dev::{Server, Service};
use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{App as ActixApp, HttpServer, web};
use futures_util::future::Either;
use openssl::error::ErrorStack;
use openssl::ssl::{SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod, SslVersion};

use super::app::{AppData, SharedApp};
use super::{metrics, plain, routes};
use crate::config::Config;

/// A form with a logo is the largest thing that anybody sends.
const LARGEST_BODY: usize = 512 * 1024;

/// Serves `app` on `listener` until it is told to stop.
pub fn start(app: &SharedApp, listener: TcpListener) -> io::Result<Server> {
    let (config, shared) = (&app.config, app.clone());
    let assets = web::Data::from(app.pages.assets());
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(AppData::from(shared.clone()))
            .app_data(assets.clone())
            .app_data(web::PayloadConfig::new(LARGEST_BODY))
            .configure(|routes| routes::add(routes, &shared))
            .wrap_fn(|request, service| match plain::refusal(&request) {
                None => Either::Left(service.call(request)),
                Some(refusal) => Either::Right(ready(Ok(request.into_response(refusal)))),
            })
            .wrap(always(&shared.config))
            .wrap_fn(|request, service| {
                let answer = service.call(request);
                async { answer.await.inspect(metrics::note) }
            })
    })
    .workers(config.workers)
    // An answer in two writes, as over TLS, would wait for the other side to acknowledge the first.
    .tcp_nodelay(true)
    .shutdown_timeout(u64::try_from(config.shutdown_grace).unwrap_or(0))
    .disable_signals();
    let server = match config.tls.files() {
        Some((certificate, private_key)) => {
            let acceptor = acceptor(certificate, private_key)?;
            server.listen_openssl(listener, acceptor)?
        }
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

/// Headers of every answer.
fn always(config: &Config) -> DefaultHeaders {
    let headers = DefaultHeaders::new().add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    // The issuer is https for good: apps store it.
    if config.issuer.is_https() {
        headers.add((header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"))
    } else {
        headers
    }
}

/// TLS 1.2 and 1.3 with the cipher suites of Mozilla's intermediate profile.
fn acceptor(certificate: &Path, private_key: &Path) -> io::Result<SslAcceptorBuilder> {
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server())?;
    acceptor.set_min_proto_version(Some(SslVersion::TLS1_2))?;
    acceptor.set_certificate_chain_file(certificate).map_err(|error| unfit("tls.certificate", &error))?;
    acceptor
        .set_private_key_file(private_key, SslFiletype::PEM)
        .map_err(|error| unfit("tls.private_key", &error))?;
    acceptor.check_private_key().map_err(|error| unfit("tls.private_key", &error))?;
    Ok(acceptor)
}

/// What was well formed when the settings were checked, and yet is nothing that OpenSSL would use.
fn unfit(key: &str, error: &ErrorStack) -> io::Error {
    let reason = error.errors().iter().find_map(openssl::error::Error::reason);
    let reason = reason.unwrap_or("OpenSSL gives no reason");
    io::Error::other(format!("{key} cannot be used ({reason}); name a file that can"))
}
