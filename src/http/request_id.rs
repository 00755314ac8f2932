//! The name of a request: in the log, on error pages and in the audit log.

use actix_web::{HttpMessage, HttpRequest};

use crate::dice;

#[derive(Clone)]
struct RequestId(String);

/// The id of `request`; made when it is first asked for.
pub fn of(request: &HttpRequest) -> String {
    if let Some(RequestId(id)) = request.extensions().get::<RequestId>() {
        return id.clone();
    }
    let id = random();
    request.extensions_mut().insert(RequestId(id.clone()));
    id
}

/// 20 characters that people can read to each other: Crockford's alphabet has no I, L, O and U.
pub fn random() -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes: [u8; 20] = dice::bytes();
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}
