#!/usr/bin/env bash
# Runs a command in a network namespace of its own whose loopback uses CUBIC. BBR, where a machine is set to it, paces loopback with a
# timer for each send: on a virtual machine that costs more than the bytes, for whatever server. Nothing of the machine is changed.
#
#   bench/cubic-loopback.sh bench/put8m.sh UNSIGNED
#
# Needs root and iproute2.
set -euo pipefail
[ $# -gt 0 ] || { sed -n '2,7p' "$0"; exit 2; }
exec unshare --net bash -c '
  ip link set lo up
  ip route replace local 127.0.0.1 dev lo table local congctl cubic proto kernel scope host src 127.0.0.1
  exec "$@"' -- "$@"
