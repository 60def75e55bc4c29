#!/usr/bin/env bash
# CPU of an 8 MiB PUT and GET beside the digests that the request asks for, which are computed alone in the same run and with the
# same options of the JVM: the whole server as ./millrace serve starts it, strict durability, a client whose CPU is not counted.
# Medians of CPU milliseconds per operation (user and system, all threads, from /proc/PID/stat). The last line says what the kernel
# takes for the same bytes in one thread that does nothing else: part of each difference that no server can save. Large bodies go
# past the page cache, so whoever reads one first reads the disk: those GETs have a line of their own.
# Where TCP is set to BBR, which paces loopback with a timer for each send, bench/cubic-loopback.sh gives it a loopback of its own.
#
#   bench/cubic-loopback.sh bench/put8m.sh UNSIGNED
#   bench/put8m.sh                                       7 rounds of 24 PUTs and 96 GETs for each way of signing
#   WARM=1200 ROUNDS=3 OPERATIONS=16 CONNECTIONS=2 bench/put8m.sh UNSIGNED SIGNED CHUNKS TRAILER OSS
#
# Needs curl; the project must be built (./millrace bench builds it).
set -euo pipefail

source "$(dirname "${BASH_SOURCE[0]}")/lib-server.sh"
bench=${BENCH_CLASSPATH:-$home/bench/target/classes:$home/app/target/lib/*}
need curl
serve "${jvm[@]}"
echo "$(machine), $(congestion), ${CONNECTIONS:-2} connections"
"$java" "${jvm[@]}" -Dwarm="${WARM:-1200}" -Ddirectory="$work" -cp "$bench" io.millrace.bench.large.LargeObjects $((9000 + offset)) "$server" "$key" "$secret" \
  "$(getconf CLK_TCK)" "${ROUNDS:-7}" "${OPERATIONS:-24}" "${CONNECTIONS:-2}" "$@"
