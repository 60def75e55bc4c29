#!/usr/bin/env bash
# CPU of an 8 MiB PUT and GET beside the digests that the request asks for, which are computed alone in the same run and with the
# same options of the JVM: the whole server as ./millrace serve starts it, strict durability, a client whose CPU is not counted.
# Medians of CPU milliseconds per operation (user and system, all threads, from /proc/PID/stat).
#
#   bench/put8m.sh                                       7 rounds of 24 PUTs and 96 GETs for each way of signing
#   ROUNDS=3 OPERATIONS=16 CONNECTIONS=2 bench/put8m.sh UNSIGNED SIGNED CHUNKS TRAILER OSS
#
# Needs curl; the project must be built (./millrace bench builds it).
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bench=${BENCH_CLASSPATH:-$home/bench/target/classes:$home/app/target/lib/*}
classpath=${MILLRACE_CLASSPATH:-$home/app/target/classes:$home/app/target/lib/*}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v curl >/dev/null || { echo "curl is missing: apt-get install curl" >&2; exit 2; }

work=$(mktemp -d "${BENCH_DIR:-/tmp}/put8m.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

offset=$((20000 + RANDOM % 10000))
key=BENCHKEY000000000000
secret=bench-secret-0123456789abcdef0123456789
options=(-XX:+UseSerialGC -Xms24m -XX:MaxRAMPercentage=25 -XX:MinHeapFreeRatio=15 -XX:MaxHeapFreeRatio=40
  -XX:MaxDirectMemorySize=512m -XX:ReservedCodeCacheSize=96m --enable-native-access=ALL-UNNAMED
  --sun-misc-unsafe-memory-access=allow -Dio.netty.tryReflectionSetAccessible=true)
# shellcheck disable=SC2086
env -u MILLRACE_CLASSPATH -u MILLRACE_JAVA_OPTS "$java" "${options[@]}" ${MILLRACE_JAVA_OPTS:-} -cp "$classpath" io.millrace.app.Main serve \
  --data "$work/data" --root-key "$key:$secret" --port-offset "$offset" >"$work/log" 2>&1 &
server=$!
host=127.0.0.1:$((9000 + offset))
for _ in $(seq 300); do
  curl -sf -o /dev/null "http://127.0.0.1:$((9001 + offset))/readyz" && break
  kill -0 "$server" 2>/dev/null || { tail -20 "$work/log" >&2; exit 1; }
  sleep 0.1
done
curl -sf -o /dev/null -X PUT -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' \
  --aws-sigv4 aws:amz:local:s3 --user "$key:$secret" "http://$host/bench" ||
  { echo "can't make a bucket" >&2; tail -20 "$work/log" >&2; exit 1; }

echo "$(uname -sr), $(nproc) cores, load before: $(cut -d' ' -f1-3 /proc/loadavg), $(stat -f -c %T "$work"), ${CONNECTIONS:-2} connections"
"$java" "${options[@]}" -cp "$bench" io.millrace.bench.large.LargeObjects $((9000 + offset)) "$server" "$key" "$secret" \
  "$(getconf CLK_TCK)" "${ROUNDS:-7}" "${OPERATIONS:-24}" "${CONNECTIONS:-2}" "$@"
