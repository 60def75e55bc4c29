#!/usr/bin/env bash
# CPU per request of an edge hit beside nginx's proxy_cache: same origin, same client (wrk,
# keep-alive), alternating rounds in one run. The medians of CPU microseconds per request (user and
# system, all threads, from /proc/PID/stat) and their ratio are what counts; requests per second
# depend on what else the machine does.
#
#   bench/edge-vs-nginx.sh                 7 rounds of 3 s at 1 KiB, 100 KiB, 1 MiB and 10 MiB
#   ROUNDS=3 SECONDS_EACH=2 SIZES="1024 102400" WORKERS=1 bench/edge-vs-nginx.sh
#
# Needs nginx, wrk and curl; the project must be built (./millrace bench builds it).
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-7}
each=${SECONDS_EACH:-3}
sizes=${SIZES:-1024 102400 1048576 10485760}
workers=${WORKERS:-2}
connections=${CONNECTIONS:-16}
warm=${WARM_SECONDS:-8}
classpath=${MILLRACE_CLASSPATH:-$home/bench/target/classes:$home/app/target/lib/*}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
for tool in nginx wrk curl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install nginx-light wrk curl" >&2; exit 2; }
done

work=$(mktemp -d)
pids=()
finish() {
  [ -z "${KEEP_LOG:-}" ] || cp "$work/edge.log" "$KEEP_LOG"
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() {
  local port
  while port=$((20000 + RANDOM % 20000)) && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
  echo "$port"
}
origin_port=$(free_port)
nginx_port=$(free_port)
edge_port=$(free_port)

mkdir -p "$work/www" "$work/cache" "$work/edge"
chmod -R 755 "$work"
for size in $sizes; do head -c "$size" /dev/urandom >"$work/www/$size.bin"; done

cat >"$work/origin.conf" <<CONF
daemon off; worker_processes 1; pid $work/origin.pid; error_log $work/origin.log;
events { worker_connections 1024; }
http {
  access_log off; sendfile on;
  server { listen 127.0.0.1:$origin_port; root $work/www; add_header Cache-Control "max-age=86400"; }
}
CONF
cat >"$work/peer.conf" <<CONF
daemon off; worker_processes $workers; pid $work/peer.pid; error_log $work/peer.log;
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nopush off; tcp_nodelay on;
  keepalive_timeout 75s; keepalive_requests 1000000000;
  proxy_cache_path $work/cache levels=1:2 keys_zone=hits:16m max_size=1g inactive=1d use_temp_path=off;
  server {
    listen 127.0.0.1:$nginx_port;
    location / {
      proxy_pass http://127.0.0.1:$origin_port; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_cache hits; proxy_cache_key \$uri; add_header X-Cache-Status \$upstream_cache_status;
    }
  }
}
CONF

nginx -p "$work" -c "$work/origin.conf" & pids+=($!)
nginx -p "$work" -c "$work/peer.conf" & pids+=($!)
nginx_master=$!
"$java" -XX:+UseSerialGC -Xms24m -Xmx512m -XX:MaxDirectMemorySize=512m -XX:ReservedCodeCacheSize=96m \
  --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -Dio.netty.tryReflectionSetAccessible=true \
  ${MILLRACE_JAVA_OPTS:-} -cp "$classpath" io.millrace.bench.EdgeAlone \
  "http://127.0.0.1:$origin_port" "$edge_port" "$work/edge" "$workers" >"$work/edge.log" 2>&1 & pids+=($!)
edge_pid=$!
for _ in $(seq 100); do
  curl -sf -o /dev/null "http://127.0.0.1:$edge_port/.millrace/health" &&
    curl -s -o /dev/null "http://127.0.0.1:$nginx_port/" && break
  sleep 0.2
done

echo "nginx: $(nginx -v 2>&1 | cut -d/ -f2), $(uname -sr), $(nproc) cores, wrk -t1 -c$connections, $rounds rounds of $each s"
sed 's/^/  | /' "$work/peer.conf"

# Clock ticks of all threads: of the edge's one process, or of nginx's workers.
ticks() {
  local total=0 pid line
  for pid in $1; do
    line=$(sed 's/.*) //' "/proc/$pid/stat")
    # shellcheck disable=SC2086
    set -- $line
    total=$((total + ${12} + ${13}))
  done
  echo "$total"
}
hertz=$(getconf CLK_TCK)

# One round: microseconds of CPU per request and requests per second.
round() {
  local url=$1 pids_of=$2 before after out requests
  before=$(ticks "$pids_of")
  out=$(nice -n 1 wrk -t1 -c"$connections" -d"${each}s" "$url")
  after=$(ticks "$pids_of")
  requests=$(awk '/requests in/ {print $1}' <<<"$out")
  if grep -q "Non-2xx\|Socket errors" <<<"$out"; then echo "errors: $out" >&2; fi
  awk -v t=$((after - before)) -v h="$hertz" -v r="$requests" -v s="$each" 'BEGIN {printf "%.2f %.0f\n", t / h * 1e6 / r, r / s}'
}
median() { sort -g | awk '{v[NR] = $1} END {print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2)}'; }

# The workers alone: the cache loader ends after a minute.
nginx_pids=$(pgrep -P "$nginx_master" -f "nginx: worker process" | tr "\n" " ")
worst=0
printf '%10s %14s %14s %8s   %s\n' bytes "edge µs/req" "nginx µs/req" ratio "requests/s edge, nginx (medians)"
for size in $sizes; do
  path="/$size.bin"
  for port in "$edge_port" "$nginx_port"; do
    got=$(curl -s "http://127.0.0.1:$port$path" | sha256sum | cut -d' ' -f1)
    [ "$got" = "$(sha256sum <"$work/www/$size.bin" | cut -d' ' -f1)" ] || { echo "port $port serves other bytes" >&2; exit 1; }
  done
  curl -s -o /dev/null -D - "http://127.0.0.1:$edge_port$path" | grep -qi '^cache-status: .*hit' || { echo "no hit at the edge" >&2; exit 1; }
  curl -s -o /dev/null -D - "http://127.0.0.1:$nginx_port$path" | grep -qi '^x-cache-status: HIT' || { echo "no hit at nginx" >&2; exit 1; }
  wrk -t1 -c"$connections" -d"${warm}s" "http://127.0.0.1:$edge_port$path" >/dev/null
  wrk -t1 -c"$connections" -d1s "http://127.0.0.1:$nginx_port$path" >/dev/null
  : >"$work/e" && : >"$work/n"
  for _ in $(seq "$rounds"); do
    round "http://127.0.0.1:$edge_port$path" "$edge_pid" >>"$work/e"
    round "http://127.0.0.1:$nginx_port$path" "$nginx_pids" >>"$work/n"
  done
  e=$(cut -d' ' -f1 "$work/e" | median)
  n=$(cut -d' ' -f1 "$work/n" | median)
  ratio=$(awk -v a="$e" -v b="$n" 'BEGIN {printf "%.2f", a / b}')
  printf '%10s %14s %14s %8s   %s, %s\n' "$size" "$e" "$n" "$ratio" \
    "$(cut -d' ' -f2 "$work/e" | median)" "$(cut -d' ' -f2 "$work/n" | median)"
  worst=$(awk -v a="$worst" -v b="$ratio" 'BEGIN {print (a > b ? a : b)}')
done
echo "floor: every ratio at most 1.05; the worst is $worst"
awk -v w="$worst" 'BEGIN {exit !(w <= 1.05)}'
