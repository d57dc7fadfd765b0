#!/usr/bin/env bash
# Recreates the bundled fonts from Debian's fonts-noto-cjk: the glyphs of GB 2312, ASCII, the full-width forms,
# punctuation and the symbols the window draws. Same package and same fonttools in, same bytes out.
set -euo pipefail
cd "$(dirname "$0")"

package=fonts-noto-cjk
version="1:20220127+repack1-1"
fonttools=4.68.0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

(cd "$work" && apt-get download "$package=$version")
dpkg-deb -x "$work"/"$package"_*.deb "$work/root"
python3 -m venv "$work/venv"
"$work/venv/bin/pip" --quiet --disable-pip-version-check install "fonttools==$fonttools"

python3 - > "$work/unicodes.txt" <<'PY'
points = set(range(0x20, 0x7F))
for high in range(0xA1, 0xF8):
    for low in range(0xA1, 0xFF):
        try:
            points.add(ord(bytes([high, low]).decode("gb2312")))
        except (UnicodeDecodeError, TypeError):
            pass
ranges = [
    (0xA0, 0xFF),      # Latin-1: ¥ © × ÷ · «»
    (0x2010, 0x2027),  # dashes, quotes, bullets, ellipsis
    (0x2030, 0x205E),  # per mille, primes, angle quotes
    (0x2190, 0x2199),  # arrows
    (0x21A9, 0x21BB),  # return and refresh arrows
    (0x2460, 0x2473),  # circled digits
    (0x2500, 0x257F),  # box drawing
    (0x2580, 0x259F),  # blocks
    (0x25A0, 0x25FF),  # geometric shapes
    (0x2600, 0x2606),  # weather, stars
    (0x2713, 0x2718),  # ticks and crosses
    (0x3000, 0x303F),  # CJK punctuation
    (0xFF00, 0xFFEF),  # full-width and half-width forms
]
for low, high in ranges:
    points.update(range(low, high + 1))
points.update(ord(c) for c in "€™℃℉№⌘⌥⌫⏎↵⏱⚠√≈≠≤≥−∞")
print("\n".join(f"U+{p:04X}" for p in sorted(points)))
PY

for weight in Regular Bold; do
    SOURCE_DATE_EPOCH=0 "$work/venv/bin/pyftsubset" "$work/root/usr/share/fonts/opentype/noto/NotoSansCJK-$weight.ttc" \
        --font-number=2 --unicodes-file="$work/unicodes.txt" --layout-features=kern,liga,ccmp,locl \
        --no-hinting --desubroutinize --name-IDs=0,1,2,3,4,6,13,14 --output-file="NotoSansCJKsc-$weight.otf"
done

# The licence as Debian's copyright file states it, under the copyright lines that the fonts themselves carry.
{
    printf '%s\n' "Noto Sans CJK SC, subset for guitai (build.sh beside this file makes it)." \
        "(c) 2014-2021 Adobe (http://www.adobe.com/)." "Copyright 2010-2012 Google Corporation."
    sed -n '/^License: SIL-1.1$/,/^$/p' "$work/root/usr/share/doc/$package/copyright" |
        sed -e 1d -e 's/^ //' -e 's/^\.$//' -e '/^License:/d' -e '$d'
} > OFL.txt
sha256sum ./*.otf
