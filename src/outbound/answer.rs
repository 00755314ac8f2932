//! What somebody answered, taken in no further than was agreed.

use reqwest::Response;
use reqwest::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};

use super::error::{Error, Fault};

/// An answer, read in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The host that answered, as it stands in the URL.
    pub host: String,
    pub status: u16,
    /// The media type in small letters, without its parameters.
    pub content_type: Option<String>,
    pub body: Vec<u8>,
    /// For how many seconds `Cache-Control` lets it be kept; 0 for what must not be.
    pub max_age: Option<i64>,
}

impl Fetched {
    /// The answer if its status is 200; nothing else stands for a document.
    pub fn success(self) -> Result<Self, Error> {
        if self.status == 200 { Ok(self) } else { Err(self.refused()) }
    }

    /// That its status is not the one hoped for.
    pub fn refused(&self) -> Error {
        Error::new(&self.host, Fault::Status(self.status))
    }

    /// That it is complete and yet of no use, with the reason.
    pub fn useless(&self, why: impl Into<String>) -> Error {
        Error::new(&self.host, Fault::Content(why.into()))
    }
}

pub(super) async fn read(host: &str, mut response: Response, max_bytes: usize) -> Result<Fetched, Error> {
    let refuse = |fault| Err(Error::new(host, fault));
    // Asked for nothing of the kind, and what is packed small may be large.
    if header(response.headers(), &CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return refuse(Fault::Content("it is compressed".to_owned()));
    }
    let is_too_long = |length: u64| usize::try_from(length).map_or(true, |length| length > max_bytes);
    if response.content_length().is_some_and(is_too_long) {
        return refuse(Fault::TooLarge(max_bytes));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::from_reqwest(host, &error))? {
        if body.len() + chunk.len() > max_bytes {
            return refuse(Fault::TooLarge(max_bytes));
        }
        body.extend_from_slice(&chunk);
    }
    let content_type = header(response.headers(), &CONTENT_TYPE)
        .and_then(|value| value.split(';').next())
        .map(|media_type| media_type.trim().to_ascii_lowercase());
    let max_age = header(response.headers(), &CACHE_CONTROL).and_then(max_age);
    Ok(Fetched { host: host.to_owned(), status: response.status().as_u16(), content_type, body, max_age })
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// RFC 9111, 5.2.2. Of several the shortest time counts.
fn max_age(cache_control: &str) -> Option<i64> {
    let seconds = cache_control.split(',').filter_map(|directive| {
        let directive = directive.trim().to_ascii_lowercase();
        match directive.split_once('=') {
            Some(("max-age", seconds)) => {
                seconds.trim_matches('"').parse().ok().filter(|seconds| *seconds >= 0)
            }
            Some(("no-cache", _)) => Some(0),
            None if directive == "no-store" || directive == "no-cache" => Some(0),
            _ => None,
        }
    });
    seconds.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cache_control_is_read_cautiously() {
        for (header, seconds) in [
            ("max-age=300", Some(300)),
            ("public, Max-Age=\"60\", must-revalidate", Some(60)),
            ("max-age=60, max-age=30", Some(30)),
            ("no-store", Some(0)),
            ("max-age=300, no-cache", Some(0)),
            ("s-maxage=300, private", None),
            ("max-age=soon", None),
            ("max-age=-1", None),
            ("", None),
        ] {
            assert_eq!(max_age(header), seconds, "{header}");
        }
    }
}
