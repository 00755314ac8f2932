//! The one door to randomness.

/// `N` bytes from the operating system's generator through OpenSSL.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    openssl::rand::rand_bytes(&mut bytes).expect("the operating system gives randomness");
    bytes
}
