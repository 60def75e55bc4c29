#!/usr/bin/env bash
# Durable PUTs of 4 KiB a second: the whole server with its defaults (strict durability), presigned
# SigV4 URLs from our own signer, wrk with 64 keep-alive connections on the same machine.
#
#   bench/put4k.sh                                   7 rounds of 5 s after a warm-up
#   ROUNDS=3 SECONDS_EACH=3 CONNECTIONS=64 bench/put4k.sh
#
# Needs wrk and curl; the project must be built (./millrace bench builds it).
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-7}
each=${SECONDS_EACH:-5}
warm=${WARM_SECONDS:-15}
connections=${CONNECTIONS:-64}
urls=${URL_COUNT:-40000}
classpath=${MILLRACE_CLASSPATH:-$home/bench/target/classes:$home/app/target/classes:$home/app/target/lib/*}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
for tool in wrk curl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install wrk curl" >&2; exit 2; }
done

work=$(mktemp -d "${BENCH_DIR:-/tmp}/put4k.XXXXXX")
server=
finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

offset=$((20000 + RANDOM % 10000))
key=BENCHKEY000000000000
secret=bench-secret-0123456789abcdef0123456789
# shellcheck disable=SC2086
env -u MILLRACE_CLASSPATH -u MILLRACE_JAVA_OPTS "$java" ${MILLRACE_JAVA_OPTS:--XX:+UseSerialGC -Xmx1g} --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow -cp "$classpath" io.millrace.app.Main serve \
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
"$java" -cp "$classpath" io.millrace.bench.PutUrls "$host" bench "$key" "$secret" "$urls" >"$work/urls"
export URLS=$work/urls

hertz=$(getconf CLK_TCK)
ticks() { sed 's/.*) //' "/proc/$server/stat" | awk '{print $12 + $13}'; }
run() { wrk -t2 -c"$connections" -d"${1}s" -s "$home/bench/put4k.lua" "http://$host" | awk '/^RESULT/ {print $2, $3, $4, $5}'; }
median() { sort -g | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2)}'; }

echo "$(uname -sr), $(nproc) cores, load before: $(cut -d' ' -f1-3 /proc/loadavg), $(stat -f -c %T "$work"), wrk -t2 -c$connections, $rounds rounds of $each s"
run "$warm" >/dev/null
: >"$work/rates" && : >"$work/cpu"
for _ in $(seq "$rounds"); do
  before=$(ticks)
  read -r rate refused p50 p99 <<<"$(run "$each")"
  after=$(ticks)
  [ "$refused" = 0 ] || { echo "$refused requests were refused" >&2; exit 1; }
  cpu=$(awk -v t=$((after - before)) -v h="$hertz" -v r="$rate" -v s="$each" 'BEGIN {printf "%.0f", t / h * 1e6 / (r * s)}')
  echo "$rate durable PUT/s, $cpu µs of server CPU each, p50 $p50 ms, p99 $p99 ms"
  echo "$rate" >>"$work/rates"
  echo "$cpu" >>"$work/cpu"
done
rate=$(median <"$work/rates")
echo "median: $rate durable PUT/s, $(median <"$work/cpu") µs of server CPU each; floor 6000/s on an otherwise idle machine of two cores"
