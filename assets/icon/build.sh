#!/usr/bin/env bash
# Renders the icon's PNGs; the small sizes have a drawing of their own. Needs rsvg-convert (Debian: librsvg2-bin).
set -euo pipefail
cd "$(dirname "$0")"
for size in 16 24 32; do rsvg-convert --width "$size" --height "$size" --output "guitai-$size.png" guitai-small.svg; done
for size in 48 64 128 256; do rsvg-convert --width "$size" --height "$size" --output "guitai-$size.png" guitai.svg; done
