# Sourced by the benchmarks that run the whole server: a directory of its own, the server on free doors with a root key, and their end.
#
#   source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
#   need wrk curl               ends with what to install
#   serve [JVM OPTION …]        sets $server (the process), $host (the object door), makes the bucket "bench"
#   millrace [JVM OPTION …] -- COMMAND …      runs any command of the program
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
classpath=${MILLRACE_CLASSPATH:-$home/bench/target/classes:$home/app/target/classes:$home/app/target/lib/*}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
key=BENCHKEY000000000000
secret=bench-secret-0123456789abcdef0123456789
offset=$((20000 + RANDOM % 10000))
host=127.0.0.1:$((9000 + offset))
work=$(mktemp -d "${BENCH_DIR:-/tmp}/bench.XXXXXX")
server=
# As the launcher starts the program (run_java in ./millrace).
jvm=(-XX:+UseSerialGC -Xms24m -XX:MaxRAMPercentage="${RAM_PERCENT:-25}" -XX:MinHeapFreeRatio=15 -XX:MaxHeapFreeRatio=40
  -XX:-ShrinkHeapInSteps -XX:ReservedCodeCacheSize=96m --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow
  -Dio.netty.tryReflectionSetAccessible=true)

finish() {
  if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap finish EXIT

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: apt-get install $*" >&2; exit 2; }
  done
}

# Replaces the shell that calls it: run it in the background, or in ( ).
millrace() {
  local options=()
  while [ "$1" != -- ]; do options+=("$1"); shift; done
  shift
  # shellcheck disable=SC2086
  exec env -u MILLRACE_CLASSPATH -u MILLRACE_JAVA_OPTS "$java" "${options[@]}" ${MILLRACE_JAVA_OPTS:-} --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -cp "$classpath" io.millrace.app.Main "$@"
}

# A PUT to the object door as root: the arguments of curl.
put() {
  curl -sf -o /dev/null -X PUT -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --aws-sigv4 aws:amz:local:s3 --user "$key:$secret" "$@"
}

serve() {
  millrace "$@" -- serve --data "$work/data" --root-key "$key:$secret" --port-offset "$offset" >"$work/log" 2>&1 &
  server=$!
  for _ in $(seq 600); do
    curl -sf -o /dev/null "http://127.0.0.1:$((9001 + offset))/readyz" && break
    kill -0 "$server" 2>/dev/null || { tail -20 "$work/log" >&2; exit 1; }
    sleep 0.1
  done
  put "http://$host/bench" || { echo "can't make a bucket" >&2; tail -20 "$work/log" >&2; exit 1; }
}

# The machine and what else it does, for the first line of a report.
machine() {
  echo "$(uname -sr), $(nproc) cores, load before: $(cut -d' ' -f1-3 /proc/loadavg), $(stat -f -c %T "$work")"
}

# How the kernel paces what is sent on loopback: by the route where it says so.
congestion() {
  ip route show table local 2>/dev/null | sed -n 's/.*127\.0\.0\.1 .*congctl \([a-z]*\).*/\1/p' | grep . ||
    cat /proc/sys/net/ipv4/tcp_congestion_control
}
