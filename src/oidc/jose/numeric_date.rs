//! Times in the claims of others.

use serde_json::{Map, Value};

use super::JwtError;
use crate::oidc::time::UnixTime;

/// The last second of the year 9999: later than any honest token, and safe to add to.
const LAST: i64 = 253_402_300_799;

/// The claim `name` as a time; `None` when it is absent.
///
/// A NumericDate (RFC 7519, 2) may carry a fraction, which is dropped. Anything else, and a time outside
/// 1970 to 9999, is an error: a token whose `exp` cannot be read must not count as one without `exp`.
pub fn numeric_date(claims: &Map<String, Value>, name: &'static str) -> Result<Option<UnixTime>, JwtError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    match seconds(value) {
        Some(seconds) if (0..=LAST).contains(&seconds) => Ok(Some(UnixTime(seconds))),
        _ => Err(JwtError::Time(name)),
    }
}

fn seconds(value: &Value) -> Option<i64> {
    // `as` stops at the ends of i64 and makes NaN 0; JSON knows neither NaN nor infinity.
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Option<UnixTime>, JwtError> {
        numeric_date(&serde_json::from_str(json).unwrap(), "exp")
    }

    #[test]
    fn whole_and_broken_seconds_are_times() {
        assert_eq!(read(r#"{"exp":1795190956}"#), Ok(Some(UnixTime(1_795_190_956))));
        assert_eq!(read(r#"{"exp":1795190956.9}"#), Ok(Some(UnixTime(1_795_190_956))));
        assert_eq!(read(r#"{"exp":1.795190956e9}"#), Ok(Some(UnixTime(1_795_190_956))));
        assert_eq!(read(r#"{"exp":0}"#), Ok(Some(UnixTime(0))));
        assert_eq!(read(r#"{"iat":1}"#), Ok(None));
    }

    #[test]
    fn what_is_no_time_is_an_error_and_never_absent() {
        for exp in
            ["9223372036854775807", "18446744073709551615", "1e300", "-1", "-0.5", "253402300800", "null"]
        {
            assert_eq!(read(&format!(r#"{{"exp":{exp}}}"#)), Err(JwtError::Time("exp")), "{exp}");
        }
        for exp in [r#""1795190956""#, "[1]", "true", "{}"] {
            assert_eq!(read(&format!(r#"{{"exp":{exp}}}"#)), Err(JwtError::Time("exp")), "{exp}");
        }
    }
}
