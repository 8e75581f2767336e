//! The bundled fonts: how wide a text is, and the database the rasteriser draws with.
//!
//! No system font is ever looked up, so that a picture is the same on every machine.

use std::sync::{Arc, OnceLock};

use resvg::usvg::fontdb::{Database, Source};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::raw::TableProvider;
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// Family of the Latin face; the first name in every picture.
pub const FAMILY: &str = "Inter";
/// What a viewer without the bundled fonts should use, best first.
pub const FAMILIES: &str =
    "Inter, 'Noto Sans CJK SC', 'Noto Sans SC', 'Helvetica Neue', Arial, 'PingFang SC', 'Microsoft YaHei', sans-serif";

static REGULAR: &[u8] = include_bytes!("../../assets/fonts/Inter-Regular.otf");
static SEMI_BOLD: &[u8] = include_bytes!("../../assets/fonts/Inter-SemiBold.otf");
static CHINESE: &[u8] = include_bytes!("../../assets/fonts/NotoSansCJKsc-Regular.otf");

/// Thickness of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// For reading.
    Regular,
    /// For finding.
    SemiBold,
}

impl Weight {
    /// As CSS writes it.
    pub fn css(self) -> &'static str {
        match self {
            Self::Regular => "400",
            Self::SemiBold => "600",
        }
    }
}

/// How wide `text` is at `size`. Kerning is left out: it makes text narrower, so a label that fits here fits in the picture.
pub fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let faces = FACES.get_or_init(Faces::read);
    let latin = match weight {
        Weight::Regular => &faces.regular,
        Weight::SemiBold => &faces.semi_bold,
    };
    let advance = |c| match (latin, &faces.chinese) {
        (Some(latin), Some(chinese)) => latin.advance(c).or_else(|| chinese.advance(c)).unwrap_or_else(|| latin.missing()),
        _ => 1.0, // a face we cannot read: an em is wide enough for anything
    };
    text.chars().map(advance).sum::<f64>() * size
}

/// The fonts the rasteriser may use: these and no others.
pub fn database() -> Arc<Database> {
    static DATABASE: OnceLock<Arc<Database>> = OnceLock::new();
    let load = || {
        let mut database = Database::new();
        for face in [REGULAR, SEMI_BOLD, CHINESE] {
            database.load_font_source(Source::Binary(Arc::new(face)));
        }
        database.set_sans_serif_family(FAMILY);
        database.set_serif_family(FAMILY);
        Arc::new(database)
    };
    DATABASE.get_or_init(load).clone()
}

static FACES: OnceLock<Faces> = OnceLock::new();

struct Faces {
    regular: Option<Face>,
    semi_bold: Option<Face>,
    chinese: Option<Face>,
}

struct Face {
    characters: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f64,
}

impl Faces {
    fn read() -> Self {
        Self { regular: Face::read(REGULAR), semi_bold: Face::read(SEMI_BOLD), chinese: Face::read(CHINESE) }
    }
}

impl Face {
    fn read(bytes: &'static [u8]) -> Option<Self> {
        let font = FontRef::new(bytes).ok()?;
        let metrics = font.glyph_metrics(Size::unscaled(), LocationRef::default());
        let units_per_em = f64::from(font.head().ok()?.units_per_em());
        Some(Self { characters: font.charmap(), metrics, units_per_em })
    }

    /// Of a character this face has, at size 1.
    fn advance(&self, c: char) -> Option<f64> {
        Some(f64::from(self.metrics.advance_width(self.characters.map(c)?)?) / self.units_per_em)
    }

    /// Of the box that stands for any other.
    fn missing(&self) -> f64 {
        self.metrics.advance_width(GlyphId::NOTDEF).map_or(1.0, |width| f64::from(width) / self.units_per_em)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_those_of_the_font_files() {
        // Read from the hmtx tables with fontTools: Inter has 2,816 units to the em, '0' is 1,760 wide and 1,878 in semibold;
        // every character of the Chinese face is one em wide.
        assert!((width("00", 10.0, Weight::Regular) - 20.0 * 1760.0 / 2816.0).abs() < 1e-4);
        assert!((width("0", 10.0, Weight::SemiBold) - 10.0 * 1878.0 / 2816.0).abs() < 1e-4);
        assert!((width("字节跳动", 10.0, Weight::Regular) - 40.0).abs() < 1e-4);
    }

    #[test]
    fn a_character_no_face_has_is_as_wide_as_its_box() {
        assert!((width("🚀", 10.0, Weight::Regular) - width("ع", 10.0, Weight::Regular)).abs() < 1e-12);
        assert!(width("🚀", 10.0, Weight::Regular) > 1.0);
    }

    #[test]
    fn the_database_has_the_three_bundled_faces_only() {
        assert_eq!(database().len(), 3);
    }

    #[test]
    fn french_and_the_names_of_the_trade_have_glyphs() {
        let faces = Faces::read();
        let (latin, chinese) = (faces.regular.unwrap(), faces.chinese.unwrap());
        assert!("ÀÂÆÇÉÈÊËÎÏÔŒÙÛÜŸàâæçéèêëîïôœùûüÿ«»–—’…×±≥→".chars().all(|c| latin.advance(c).is_some()));
        assert!("字节跳动阿里巴巴腾讯百度华为昇腾寒武纪台積電騰訊".chars().all(|c| chinese.advance(c).is_some()));
    }
}
