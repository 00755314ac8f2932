//! What the same bytes cost without Cardea, to hold a measurement against: fetches a document once and serves it from
//! a handler that does nothing else, at the same path of another port.
//! `cargo run --release --example bare_handler -- http://127.0.0.1:8080/jwks 8081`

use std::error::Error;

use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let url: url::Url = arguments.next().ok_or("which document?")?.parse()?;
    let port: u16 = arguments.next().ok_or("which port?")?.parse()?;
    let authorization = arguments.next();

    let mut request = ureq::get(url.as_str());
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    let mut response = request.call()?;
    let content_type = response.headers()["content-type"].to_str()?.to_owned();
    let content = Bytes::from(response.body_mut().read_to_vec()?);

    let api = move || {
        let (content_type, content) = (content_type.clone(), content.clone());
        let answer = move || {
            let (content_type, content) = (content_type.clone(), content.clone());
            async move { HttpResponse::Ok().content_type(content_type).body(content) }
        };
        App::new().route(url.path(), web::get().to(answer))
    };
    HttpServer::new(api).bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}
