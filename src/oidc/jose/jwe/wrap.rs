//! Content keys wrapped with a shared key: AES Key Wrap (RFC 3394; RFC 7518, 4.4).

use openssl::aes::{AesKey, KeyError, unwrap_key, wrap_key};

/// Both lengths are multiples of eight.
pub(super) fn wrap(with: &[u8], key: &[u8]) -> Result<Vec<u8>, KeyError> {
    let mut wrapped = vec![0; key.len() + 8];
    wrap_key(&AesKey::new_encrypt(with)?, None, &mut wrapped, key)?;
    Ok(wrapped)
}

/// The key of this `length` that was wrapped `with` the other one.
pub(super) fn unwrap(with: &[u8], wrapped: &[u8], length: usize) -> Option<Vec<u8>> {
    if wrapped.len() != length + 8 {
        return None;
    }
    let mut key = vec![0; length];
    unwrap_key(&AesKey::new_decrypt(with).ok()?, None, &mut key, wrapped).ok()?;
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3394, 4.1 and 4.6.
    #[test]
    fn keys_are_wrapped_as_in_the_specification() {
        let number = |from: u8, length: u8| (from..from + length).collect::<Vec<_>>();
        let key: Vec<u8> = (0..8).map(|n| n * 0x11).chain((8..16).map(|n| n * 0x11)).collect();
        let wrapped = [
            0x1f, 0xa6, 0x8b, 0x0a, 0x81, 0x12, 0xb4, 0x47, 0xae, 0xf3, 0x4b, 0xd8, 0xfb, 0x5a, 0x7b, 0x82,
            0x9d, 0x3e, 0x86, 0x23, 0x71, 0xd2, 0xcf, 0xe5,
        ];
        assert_eq!(wrap(&number(0, 16), &key).unwrap(), wrapped);
        assert_eq!(unwrap(&number(0, 16), &wrapped, 16), Some(key));
    }

    #[test]
    fn a_changed_or_cut_key_is_refused() {
        let (with, key) = ([1; 32], [2; 32]);
        let wrapped = wrap(&with, &key).unwrap();
        assert_eq!(unwrap(&with, &wrapped, 32), Some(key.to_vec()));
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1;
            assert_eq!(unwrap(&with, &changed, 32), None, "{at}");
        }
        for length in 0..wrapped.len() {
            assert_eq!(unwrap(&with, &wrapped[..length], 32), None, "{length}");
        }
        assert_eq!(unwrap(&with, &wrapped, 16), None);
        assert_eq!(unwrap(&[1; 16], &wrapped, 32), None);
        assert_eq!(unwrap(&[1; 5], &wrapped, 32), None);
    }
}
