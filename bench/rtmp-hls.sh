#!/usr/bin/env bash
# RTMP to HLS beside nginx-rtmp: bench/rtmp-hls.sh [publishers [seconds [rounds]]]
# Needs ffmpeg, nginx and its RTMP module (apt install ffmpeg nginx libnginx-mod-rtmp).
set -euo pipefail
cd "$(dirname "$0")/.."
: "${JAVA_HOME:?set JAVA_HOME to a JDK 25}"
classpath=$(mktemp)
trap 'rm -f "$classpath"' EXIT
mvn -q -B -pl bench -am compile dependency:build-classpath -Dmdep.outputFile="$classpath"
"$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -Xmx128m \
  -cp "bench/target/classes:$(cat "$classpath")" io.millrace.bench.live.RtmpToHlsBench "$@"
