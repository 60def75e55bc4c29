#!/usr/bin/env bash
# What a backup costs: MB/s of the first one, time and bytes of the second, the server's CPU meanwhile, and how many durable PUTs of 4 KiB a
# second there are without and with a backup running. The whole server with its defaults, a target in a directory of the same disk.
#
#   bench/backup.sh                     2 GiB in objects of 8 MiB
#   MIB=512 SECONDS_EACH=10 KEY=1 bench/backup.sh      KEY=1: encrypted
#
# Needs wrk and curl; the project must be built (./millrace bench builds it).
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
mib=${MIB:-2048}
each=${SECONDS_EACH:-10}
jvm=(-XX:+UseSerialGC -Xmx1g)
need wrk curl
serve "${jvm[@]}"
for i in $(seq $((mib / 8))); do
  head -c 8388608 /dev/urandom >"$work/object"
  put -T "$work/object" "http://$host/bench/$i"
done
"$java" -cp "$classpath" io.millrace.bench.PutUrls "$host" bench "$key" "$secret" 20000 >"$work/urls"
export URLS=$work/urls

hertz=$(getconf CLK_TCK)
cpu() { sed 's/.*) //' "/proc/$server/stat" | awk -v h="$hertz" '{printf "%.2f", ($12 + $13) / h}'; }
puts() { wrk -t2 -c16 -d"${each}s" -s "$home/bench/put4k.lua" "http://$host" | awk '/^RESULT/ {print $2}'; }
options=(--data "$work/data" --port-offset "$offset" --json)
if [ -n "${KEY:-}" ]; then echo "a passphrase of the benchmark" >"$work/key"; options+=(--key-file "$work/key"); fi
field() { sed -n 's/.*"event":"done".*"'"$1"'":\([0-9]*\).*/\1/p' "$work/report"; }
backup() {
  local before after
  before=$(cpu)
  (millrace "${jvm[@]}" -- backup "$1" "${options[@]}" >"$work/report") || { cat "$work/report"; exit 1; }
  after=$(cpu)
  awk -v w="$2" -v s="$(field sizeBytes)" -v r="$(field readBytes)" -v n="$(field writtenBytes)" -v t="$(field millis)" -v b="$before" -v a="$after" \
    'BEGIN {printf "%s: %.0f MB held, %.0f MB read, %.1f MB written in %.1f s (%.0f MB/s), %.2f s of server CPU\n", w, s / 1e6, r / 1e6, n / 1e6, t / 1e3, s / 1e3 / t, a - b}'
}

echo "$(machine)${KEY:+, encrypted}"
backup "$work/target" "first"
backup "$work/target" "again, nothing new"
echo "alone: $(puts) durable PUTs of 4 KiB a second"
(backup "$work/target2" "first, during PUTs" >"$work/during") &
copying=$!
sleep 1
echo "during a backup: $(puts) a second"
wait "$copying"
cat "$work/during"
backup "$work/target" "again, after the PUTs"
begun=$(date +%s%N)
(millrace "${jvm[@]}" -- restore "$work/target" ${KEY:+--key-file "$work/key"} --data "$work/restored" >/dev/null)
awk -v n=$((($(date +%s%N) - begun) / 1000000)) -v s="$(du -sb "$work/restored" | cut -f1)" 'BEGIN {printf "restore: %.0f MB in %.1f s (%.0f MB/s)\n", s / 1e6, n / 1e3, s / 1e3 / n}'
