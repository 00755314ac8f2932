//! Static files: style sheet, icons, scripts. They live in the binary; the operator's directory wins by name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fs, io};

use actix_web::http::header::{self, ETag, EntityTag, IfNoneMatch};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Responder};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "static/"]
struct Embedded;

/// One static file.
#[derive(Clone, Debug)]
pub struct Asset {
    pub bytes: Bytes,
    pub media_type: &'static str,
    /// Changes with the content: it is the `v` of the address and the `ETag`.
    pub hash: String,
}

/// All static files by name, such as `js/console.js`.
#[derive(Debug)]
pub struct Assets(BTreeMap<String, Asset>);

impl Assets {
    /// The embedded files, and over them those in `overrides` (a directory with names as in `static/`).
    pub fn load(overrides: Option<&Path>) -> Result<Self, ReadError> {
        let mut assets = BTreeMap::new();
        for name in Embedded::iter() {
            let file = Embedded::get(&name).expect("the name was just listed");
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            assets.insert(name.clone().into_owned(), Asset::new(&name, bytes));
        }
        for (name, bytes) in files_below(overrides)? {
            let asset = Asset::new(&name, Bytes::from(bytes));
            assets.insert(name, asset);
        }
        Ok(Self(assets))
    }

    /// Names of the embedded files.
    pub(super) fn built_in() -> impl Iterator<Item = Cow<'static, str>> {
        Embedded::iter()
    }

    pub fn find(&self, name: &str) -> Option<&Asset> {
        self.0.get(name)
    }

    /// Where `name` is served, below the mount prefix; the address changes when the file does.
    pub fn url(&self, name: &str) -> Option<String> {
        self.find(name).map(|asset| format!("/static/{name}?v={}", asset.hash))
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Asset {
    fn new(name: &str, bytes: Bytes) -> Self {
        let digest = openssl::sha::sha256(&bytes);
        Self { media_type: media_type(name), hash: URL_SAFE_NO_PAD.encode(&digest[..9]), bytes }
    }
}

/// `GET` and `HEAD /static/{name:.*}`.
pub async fn serve(
    request: HttpRequest,
    name: web::Path<String>,
    if_none_match: web::Header<IfNoneMatch>,
    assets: web::Data<Assets>,
) -> impl Responder {
    let Some(asset) = assets.find(&name) else {
        return HttpResponse::NotFound().finish();
    };
    let tag = EntityTag::new_strong(asset.hash.clone());
    let known = match &*if_none_match {
        IfNoneMatch::Any => true,
        IfNoneMatch::Items(tags) => tags.iter().any(|one| one.weak_eq(&tag)),
    };
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header(ETag(tag))
        .insert_header((header::CACHE_CONTROL, cache_control(request.query_string(), asset)));
    if known {
        return answer.finish();
    }
    answer.insert_header((header::CONTENT_TYPE, asset.media_type)).body(asset.bytes.clone())
}

/// An address with the right `v` never changes its content. The images that the style sheet names come without.
fn cache_control(query: &str, asset: &Asset) -> &'static str {
    if query.strip_prefix("v=") == Some(asset.hash.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "public, max-age=300"
    }
}

fn media_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("txt" | "LICENSE") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// A file or directory of the operator's that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct ReadError {
    pub(super) path: PathBuf,
    pub(super) source: io::Error,
}

/// Every file below `root` with its name relative to it. A directory that is not there has none.
pub(super) fn files_below(root: Option<&Path>) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
    let mut found = Vec::new();
    let Some(root) = root.filter(|root| root.is_dir()) else {
        return Ok(found);
    };
    let mut waiting = vec![root.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        let failed = |source| ReadError { path: directory.clone(), source };
        for entry in fs::read_dir(&directory).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) else {
                continue;
            };
            let bytes = fs::read(&path).map_err(|source| ReadError { path: path.clone(), source })?;
            found.push((name.replace('\\', "/"), bytes));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::{Method, StatusCode};
    use actix_web::{App, test};

    async fn ask(method: Method, uri: &str, tag: Option<&str>) -> actix_web::dev::ServiceResponse {
        let assets = web::Data::new(Assets::load(None).unwrap());
        let route =
            web::resource("/static/{name:.*}").route(web::get().to(serve)).route(web::head().to(serve));
        let app = test::init_service(App::new().app_data(assets).service(route)).await;
        let mut request = test::TestRequest::with_uri(uri).method(method);
        if let Some(tag) = tag {
            request = request.insert_header((header::IF_NONE_MATCH, tag));
        }
        test::call_service(&app, request.to_request()).await
    }

    fn header_of(answer: &actix_web::dev::ServiceResponse, name: header::HeaderName) -> String {
        answer.headers().get(name).unwrap().to_str().unwrap().to_owned()
    }

    #[actix_web::test]
    async fn a_file_at_its_own_version_never_expires() {
        let url = Assets::load(None).unwrap().url("cardea.css").unwrap();
        let answer = ask(Method::GET, &url, None).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(header_of(&answer, header::CONTENT_TYPE), "text/css; charset=utf-8");
        assert!(header_of(&answer, header::CACHE_CONTROL).contains("immutable"));
        assert!(!test::read_body(answer).await.is_empty());
    }

    #[actix_web::test]
    async fn a_file_at_another_version_is_asked_for_again() {
        for uri in ["/static/img/tick.svg", "/static/img/tick.svg?v=old"] {
            let answer = ask(Method::GET, uri, None).await;
            assert_eq!(header_of(&answer, header::CACHE_CONTROL), "public, max-age=300");
        }
    }

    #[actix_web::test]
    async fn a_known_file_is_not_sent_again() {
        let first = ask(Method::GET, "/static/icons.svg", None).await;
        let tag = header_of(&first, header::ETAG);
        let again = ask(Method::GET, "/static/icons.svg", Some(&tag)).await;
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert!(test::read_body(again).await.is_empty());
        let other = ask(Method::GET, "/static/icons.svg", Some("\"other\"")).await;
        assert_eq!(other.status(), StatusCode::OK);
    }

    #[actix_web::test]
    async fn head_is_answered_and_an_unknown_name_is_not_found() {
        let head = ask(Method::HEAD, "/static/js/console.js", None).await;
        assert_eq!(head.status(), StatusCode::OK);
        assert_eq!(header_of(&head, header::CONTENT_TYPE), "text/javascript; charset=utf-8");
        for uri in ["/static/none.css", "/static/../Cargo.toml", "/static/"] {
            assert_eq!(ask(Method::GET, uri, None).await.status(), StatusCode::NOT_FOUND);
        }
    }

    #[::core::prelude::v1::test]
    fn the_operators_file_wins_by_name() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("img")).unwrap();
        fs::write(directory.path().join("img/mark.svg"), "<svg/>").unwrap();
        let assets = Assets::load(Some(directory.path())).unwrap();
        assert_eq!(assets.find("img/mark.svg").unwrap().bytes, "<svg/>");
        assert_ne!(assets.url("img/mark.svg"), Assets::load(None).unwrap().url("img/mark.svg"));
        assert!(assets.find("cardea.css").is_some());
    }
}
