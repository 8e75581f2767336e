//! The look of the page, and the policy that lets nothing else in.
//!
//! The policy names the digest of exactly this style text: a style that came in with a name is not applied.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

const RULES: &str = include_str!("style.css");
const REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
const SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");

/// The text of the style element, fonts included. Chinese falls back to the reader's own fonts.
pub fn sheet() -> String {
    let face = |weight: u32, font: &[u8]| {
        let data = BASE64_STANDARD.encode(font);
        format!("@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{data}) format(\"opentype\")}}\n")
    };
    face(400, REGULAR) + &face(600, SEMI_BOLD) + RULES
}

/// The content-security policy of a page with this style: no script, no request, no other style.
pub fn policy(sheet: &str) -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(sheet));
    format!("default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; base-uri 'none'; form-action 'none'")
}
