//! Hashing and checking passwords: pure, slow.
