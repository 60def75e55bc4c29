# Sourced by the benchmarks that put hostile clients before doors: lib-server.sh, then a server with its usual options, a lone edge
# before it, and objects to ask for.
#
#   stand_doors            starts both: $server, $edge (processes), $host, $edge_port, $work/gc.log, $work/edge-gc.log
#   door_of NAME           sets $port, $pid and $gc of a door: object console edge edge-tls rtmp
#   attack NAME [KIND …]   one row for each kind (all: none named)
#   healthy                fails if a server has died or ran out of memory
ulimit -n "$(ulimit -Hn)"
[ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt 16000 ] || { echo "16,000 open files are needed: ulimit -n" >&2; exit 2; }
source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
need curl
# Below the ports that the attackers' own ends have.
offset=$((10000 + RANDOM % 10000))
host=127.0.0.1:$((9000 + offset))
edge=

stop_doors() {
  if [ -n "$edge" ]; then kill "$edge" 2>/dev/null || true; wait "$edge" 2>/dev/null || true; fi
  if [ -n "${KEEP_LOGS:-}" ]; then mkdir -p "$KEEP_LOGS"; cp "$work"/*log* "$KEEP_LOGS" 2>/dev/null || true; fi
  finish
}
trap stop_doors EXIT

stand_doors() {
  local size
  serve "${jvm[@]}" "-Xlog:gc:file=$work/gc.log"
  put -H 'x-amz-acl: public-read' "http://$host/public" || put "http://$host/public"
  for size in small:4096 middle:100000 other:100000 large:6000000; do
    head -c "${size#*:}" /dev/urandom | put -H 'Cache-Control: max-age=86400' --data-binary @- "http://$host/public/${size%:*}"
  done
  millrace "${jvm[@]}" "-Xlog:gc:file=$work/edge-gc.log" -- edge --data "$work/alone" --origin "http://$host" --port-offset "$((offset + 4))" \
    --set doors.edge.tls-port=8443 >"$work/edge.log" 2>&1 &
  edge=$!
  edge_port=$((8080 + offset + 4))
  for _ in $(seq 300); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$edge_port/public/small")" = 200 ] && return
    kill -0 "$edge" 2>/dev/null || { tail -20 "$work/edge.log" >&2; exit 1; }
    sleep 0.1
  done
  echo "the edge does not answer" >&2
  exit 1
}

door_of() {
  case $1 in
    object) port=$((9000 + offset)) pid=$server gc=$work/gc.log ;;
    console) port=$((9001 + offset)) pid=$server gc=$work/gc.log ;;
    rtmp) port=$((1935 + offset)) pid=$server gc=$work/gc.log ;;
    edge) port=$edge_port pid=$edge gc=$work/edge-gc.log ;;
    edge-tls) port=$((8443 + offset + 4)) pid=$edge gc=$work/edge-gc.log ;;
    *) echo "no door $1" >&2; exit 2 ;;
  esac
}

attack() {
  door_of "$1"
  "$java" -Xmx1g --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dhostile="${HOSTILE:-10000}" \
    -Dattack="${ATTACK:-20}" -Dquiet="${QUIET:-10}" -Dwarm="${WARM:-15}" -cp "$classpath" io.millrace.bench.doors.Doors \
    "$1" "$port" "$pid" "$gc" "$host" "$key" "$secret" "${@:2}"
}

healthy() {
  local pid
  if grep -l OutOfMemory "$work"/log "$work"/edge.log 2>/dev/null; then
    echo "OutOfMemoryError in a log" >&2
    return 1
  fi
  for pid in "$server" "$edge"; do kill -0 "$pid" || { echo "a server has died" >&2; return 1; }; done
}
