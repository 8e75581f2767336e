"""Makes the bundled fonts from Debian's `fonts-inter` and `fonts-noto-cjk` (unpacked side by side in one folder).

    pip install fonttools opencc-python-reimplemented
    python3 subset.py FOLDER

Names and licences stay in the fonts; hinting and typographic extras the charts do not use are left out.
"""

import sys
from pathlib import Path

from fontTools import subset
from opencc import OpenCC

OUT = Path(__file__).parent


def decode(codec, rows, cells):
    for row in rows:
        for cell in cells:
            try:
                yield bytes([row, cell]).decode(codec)
            except UnicodeDecodeError:
                pass


def latin():
    """Latin-1, Latin Extended-A, Greek, punctuation, arrows, super- and subscripts, and the signs of arithmetic."""
    ranges = [(0x20, 0x7E), (0xA0, 0x17F), (0x218, 0x21B), (0x2D8, 0x2DD), (0x391, 0x3C9), (0x2070, 0x208E), (0x2190, 0x2199)]
    points = {p for first, last in ranges for p in range(first, last + 1)}
    return points | set(map(ord, "ˆˇẞ\u2002\u2003\u2007\u2009\u202f‐‑‒–—―‘’‚‛“”„†‡•…‰′″‹›⁄€№™∂∆∑−∓√∞≈≠≤≥●○■□▲▼✓✗"))


def chinese():
    """GB 2312 level 1 (3,755 characters), the traditional forms of those that Big5 counts as common, and the names of this trade."""
    simplified = set(decode("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)))
    common = set(decode("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)]))
    to_traditional = OpenCC("s2t").convert
    traditional = {to_traditional(c) for c in simplified} & common
    names = set("昇鲲鹏晟鑫淼燚翀骁鲸寒武纪曙沐曦壁仞燧摩尔爾")
    punctuation = {*range(0x3000, 0x3020), *range(0xFF01, 0xFF5F), 0xFFE5, 0x30FB, 0xFFFD}
    return punctuation | set(map(ord, simplified | traditional | names))


def make(source, name, points, features=(), number=-1):
    options = subset.Options()
    options.font_number = number
    options.layout_features = list(features)
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True  # the visible box for what no font here has
    options.name_IDs = ["*"]
    options.name_languages = [0x409]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "meta", "DSIG", "STAT"]
    font = subset.load_font(source, options)
    font.recalcTimestamp = False
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    subset.save_font(font, OUT / name, options)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for weight in ("Regular", "SemiBold"):
        source = next(folder.rglob(f"Inter-{weight}.otf"))
        make(source, f"Inter-{weight}.otf", latin(), ("kern", "ccmp", "mark", "mkmk", "locl"))
    make(next(folder.rglob("NotoSansCJK-Regular.ttc")), "NotoSansCJKsc-Regular.otf", chinese(), number=2)
