//! An API that lets in whoever shows an access token of Cardea; see docs/protecting-an-api.md:
//! `cargo run --example protected_api -- https://id.example https://berths.example/`, then
//! `curl -i -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/berths`.

use std::error::Error;

use actix_web::http::Method;
use actix_web::{App, HttpServer, web};
use cardea::guard::{Bearer, Guard, Jwt, Needs, Resource};
use cardea::outbound::{Options, Outbound};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let issuer = arguments.next().ok_or("which issuer?")?;
    let resource = arguments.next().ok_or("which resource?")?;

    let verifier = Jwt::new(Outbound::new(&Options::default())?, &issuer, &format!("{issuer}/jwks"));
    let guard = Guard::new(verifier, Resource::new(&resource, &issuer)?)
        .read_write(["berths:read"], ["berths:write"])
        .method(Method::DELETE, Needs::all(["berths:write", "berths:remove"]).or(["admin"]));
    let api = move || {
        App::new()
            .service(guard.metadata())
            .service(web::resource("/berths").wrap(guard.clone()).route(web::to(berths)))
    };
    HttpServer::new(api).bind("127.0.0.1:3000")?.run().await?;
    Ok(())
}

async fn berths(bearer: Bearer) -> String {
    match bearer.person() {
        Some(person) => format!("Here are the berths of {person}.\n"),
        None => format!("Here are the berths of {}.\n", bearer.client_id().unwrap_or("an app")),
    }
}
