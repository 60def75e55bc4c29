#!/usr/bin/env bash
# What honest clients notice while 10,000 hostile connections from 256 addresses of loopback stand before a door: of one client's
# 50 mixed requests a second and of 200 users behind one address, before, meanwhile and 5 s after the attackers have left; the
# server's resident memory then, and its full collections. Hostile connections are opened again as the server closes them, 2,000 a
# second at the most: more would measure who has the cores, which server, clients and attackers share here.
#
#   bench/doors.sh                            each door under each kind of attack: some 20 minutes
#   bench/doors.sh object edge                these doors
#   ATTACKS="IDLE SLOW_READER" HOSTILE=2000 ATTACK=10 bench/doors.sh console
#
# Each door has 12,000 places unless MILLRACE_DOORS_CONNECTIONS says otherwise: with fewer than there are attackers each of their new
# connections takes another one's, and what is measured is what 2,000 connections and requests a second cost.
# Doors: object console edge edge-tls rtmp. Attacks: IDLE SLOW_HEADER SLOW_BODY SLOW_READER FLOOD.
# Needs curl and 16,000 open files (ulimit -n); the project must be built (./millrace bench builds it).
set -euo pipefail

ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt 16000 ] || { echo "16,000 open files are needed: ulimit -n" >&2; exit 2; }
source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
need curl
# Below the ports that the attackers' own ends have.
offset=$((10000 + RANDOM % 10000))
host=127.0.0.1:$((9000 + offset))
options=(${GC:--XX:+UseSerialGC -Xms24m} -XX:MaxRAMPercentage="${RAM_PERCENT:-25}" -XX:MinHeapFreeRatio=15 -XX:MaxHeapFreeRatio=40
  -XX:ReservedCodeCacheSize=96m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -Dio.netty.tryReflectionSetAccessible=true)
doors=("$@")
[ ${#doors[@]} -gt 0 ] || doors=(object console edge edge-tls rtmp)
edge=
stop() {
  if [ -n "$edge" ]; then kill "$edge" 2>/dev/null || true; wait "$edge" 2>/dev/null || true; fi
  if [ -n "${KEEP_LOGS:-}" ]; then mkdir -p "$KEEP_LOGS"; cp "$work"/*log* "$KEEP_LOGS" 2>/dev/null || true; fi
  finish
}
trap stop EXIT

export MILLRACE_DOORS_CONNECTIONS=${MILLRACE_DOORS_CONNECTIONS:-12000}
serve "${options[@]}" "-Xlog:gc:file=$work/gc.log"
put -H 'x-amz-acl: public-read' "http://$host/public" || put "http://$host/public"
for size in small:4096 middle:100000 other:100000 large:6000000; do
  head -c "${size#*:}" /dev/urandom | put -H 'Cache-Control: max-age=86400' --data-binary @- "http://$host/public/${size%:*}"
done
millrace "${options[@]}" "-Xlog:gc:file=$work/edge-gc.log" -- edge --data "$work/alone" --origin "http://$host" --port-offset "$((offset + 4))" \
  --set doors.edge.tls-port=8443 >"$work/edge.log" 2>&1 &
edge=$!
edge_port=$((8080 + offset + 4))
for _ in $(seq 300); do
  [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$edge_port/public/small")" = 200 ] && break
  kill -0 "$edge" 2>/dev/null || { tail -20 "$work/edge.log" >&2; exit 1; }
  sleep 0.1
done

echo "$(machine), ${HOSTILE:-10000} hostile connections"
echo "door      attack           meanwhile: good, p50 and p99 ms, p99 to idle's; users good | after: good, p99 | MiB before, in, after | full GCs"
echo "          columns:            good    p99idle     p50     p99  ratio  users    after     p99"
for door in "${doors[@]}"; do
  case $door in
    object) port=$((9000 + offset)) pid=$server log=$work/gc.log ;;
    console) port=$((9001 + offset)) pid=$server log=$work/gc.log ;;
    rtmp) port=$((1935 + offset)) pid=$server log=$work/gc.log ;;
    edge) port=$edge_port pid=$edge log=$work/edge-gc.log ;;
    edge-tls) port=$((8443 + offset + 4)) pid=$edge log=$work/edge-gc.log ;;
    *) echo "no door $door" >&2; exit 2 ;;
  esac
  # shellcheck disable=SC2086
  "$java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow ${DOORS_OPTS:-} -Dhostile="${HOSTILE:-10000}" \
    -Dattack="${ATTACK:-20}" -Dquiet="${QUIET:-10}" -cp "$classpath" io.millrace.bench.doors.Doors \
    "$door" "$port" "$pid" "$log" "$host" "$key" "$secret" ${ATTACKS:-}
done
grep -l OutOfMemory "$work"/log "$work"/edge.log 2>/dev/null && { echo "OutOfMemoryError in a log" >&2; exit 1; }
for pid in "$server" "$edge"; do kill -0 "$pid" || { echo "a server has died" >&2; exit 1; }; done
