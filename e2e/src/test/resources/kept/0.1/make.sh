#!/usr/bin/env bash
# make.sh HOME: makes the directories anew with the built checkout of Millrace 0.1 in HOME (app/target/lib).
set -euo pipefail
home=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
ls "$home"/app/target/lib/millrace-app-0.1.0.jar >/dev/null
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo '<configuration><root level="OFF"/></configuration>' > "$work/logback.xml"
"${JAVA_HOME:?}/bin/java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -Dlogback.configurationFile="$work/logback.xml" -Dkept.source="$here/Generate.java" -cp "$home/app/target/lib/*" "$here/Generate.java" "$work" "$here"
ls -l "$here"
