//! What the same bytes cost without Cardea, to hold a measurement against: fetches a document once and serves it with its
//! headers from a handler that does nothing else, at the same path of another port.
//! `cargo run --release --example bare_handler -- http://127.0.0.1:8080/jwks 8081`

use std::error::Error;

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Bytes};
use actix_web::{App, HttpResponse, HttpServer};

/// What actix writes by itself.
const OF_ACTIX: [&str; 2] = ["content-length", "date"];

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
    let mut headers = Vec::new();
    for (name, value) in response.headers().iter().filter(|(name, _)| !OF_ACTIX.contains(&name.as_str())) {
        headers.push((name.as_str().parse::<HeaderName>()?, HeaderValue::from_bytes(value.as_bytes())?));
    }
    let content = Bytes::from(response.body_mut().read_to_vec()?);

    let api = move || {
        let (headers, content) = (headers.clone(), content.clone());
        let answer = move || {
            let mut answer = HttpResponse::Ok();
            for header in &headers {
                answer.insert_header(header.clone());
            }
            let answer = answer.body(content.clone());
            async move { answer }
        };
        App::new().route(url.path(), web::get().to(answer))
    };
    HttpServer::new(api).bind(("127.0.0.1", port))?.run().await?;
    Ok(())
}
