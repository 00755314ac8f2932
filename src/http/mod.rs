//! Floor 3: requests in, pages and JSON out. actix and Tera are imported only here.

pub mod assets;
pub mod pages;
