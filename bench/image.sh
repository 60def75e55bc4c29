#!/usr/bin/env bash
# CPU of a 12-MP JPEG to 400 pixels, and of a GIF of 2,000 frames to 100, beside vipsthumbnail: ./millrace bench image, or
# bench/image.sh [rounds [images [rounds of the GIF]]]
# Needs ffmpeg and libvips-tools; the jars that ./millrace builds.
set -euo pipefail
home=$(cd "$(dirname "$0")/.." && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec "$java" -Xmx256m --class-path "$home/app/target/lib/*" \
  "$home/bench/src/main/java/io/millrace/bench/image/ImageBench.java" "$@"
