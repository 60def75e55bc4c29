#!/usr/bin/env bash
# Durable PUTs of 4 KiB a second: the whole server with its defaults (strict durability), presigned
# SigV4 URLs from our own signer, wrk with 64 keep-alive connections on the same machine.
#
#   bench/put4k.sh                                   7 rounds of 5 s after a warm-up
#   ROUNDS=3 SECONDS_EACH=3 CONNECTIONS=64 bench/put4k.sh
#
# Needs wrk and curl; the project must be built (./millrace bench builds it).
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
rounds=${ROUNDS:-7}
each=${SECONDS_EACH:-5}
warm=${WARM_SECONDS:-15}
connections=${CONNECTIONS:-64}
urls=${URL_COUNT:-40000}
need wrk curl
serve -XX:+UseSerialGC -Xmx1g
"$java" -cp "$classpath" io.millrace.bench.PutUrls "$host" bench "$key" "$secret" "$urls" >"$work/urls"
export URLS=$work/urls

hertz=$(getconf CLK_TCK)
ticks() { sed 's/.*) //' "/proc/$server/stat" | awk '{print $12 + $13}'; }
run() { wrk -t2 -c"$connections" -d"${1}s" -s "$home/bench/put4k.lua" "http://$host" | awk '/^RESULT/ {print $2, $3, $4, $5}'; }
median() { sort -g | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2)}'; }

echo "$(machine), wrk -t2 -c$connections, $rounds rounds of $each s"
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
