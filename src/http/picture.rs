//! Pictures that people send: decoded with limits and written anew, so that what is served is ours to the last byte.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use crate::oidc::secret;
use crate::store::logos::Logo;

/// Bytes of a file that is looked at.
const LARGEST: usize = 200 * 1024;
/// Pixels in each direction, before and after.
const WIDEST: u32 = 4096;
const SIDE: u32 = 256;

/// A logo as it is kept: PNG, at most 256 by 256. Says how to mend it if it is no such picture. Slow.
pub fn logo(file: &[u8]) -> Result<Logo, String> {
    if file.len() > LARGEST {
        return Err("This file is larger than 200 kB; choose a smaller picture.".into());
    }
    fetched_logo(file)
}

/// The same for a file that whoever fetched it has bounded.
pub fn fetched_logo(file: &[u8]) -> Result<Logo, String> {
    let picture =
        decode(file).ok_or("This is no PNG, WebP, JPEG or GIF picture of at most 4096 by 4096 pixels.")?;
    let picture =
        if picture.width().max(picture.height()) > SIDE { picture.thumbnail(SIDE, SIDE) } else { picture };
    let mut png = Cursor::new(Vec::new());
    picture
        .to_rgba8()
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|_| "This picture cannot be written anew.")?;
    let picture = png.into_inner();
    let hash = openssl::sha::sha256(&picture);
    let logo_hash = secret::opaque(hash).chars().take(12).collect();
    Ok(Logo { logo_hash, media_type: "image/png".into(), picture })
}

fn decode(file: &[u8]) -> Option<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(WIDEST);
    limits.max_image_height = Some(WIDEST);
    limits.max_alloc = Some(128 * 1024 * 1024);
    reader.limits(limits);
    reader.decode().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut file, ImageFormat::Png).unwrap();
        file.into_inner()
    }

    #[test]
    fn a_picture_is_made_small_and_written_anew() {
        let logo = logo(&png(600, 300)).unwrap();
        let again = decode(&logo.picture).unwrap();
        assert_eq!((again.width(), again.height()), (256, 128));
        assert_eq!(logo.media_type, "image/png");
        assert_eq!(logo.logo_hash.len(), 12);
    }

    #[test]
    fn what_hides_behind_a_picture_is_gone() {
        let mut file = png(8, 8);
        file.extend_from_slice(b"<script>alert(1)</script>");
        let logo = logo(&file).unwrap();
        assert!(!logo.picture.windows(7).any(|part| part == b"<script"));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for file in
            [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"\x89PNG\r\n\x1a\n", &[0; 300 * 1024]]
        {
            assert!(logo(file).is_err());
        }
        assert!(logo(&png(5000, 1)).is_err());
    }
}
