#!/usr/bin/env bash
# What honest clients notice while 10,000 hostile connections from 256 addresses of loopback stand before a door: of one client's
# 50 mixed requests a second and of 200 users behind one address, before, meanwhile and 5 s after the attackers have left; the
# server's resident memory then, and its full collections. Hostile connections are opened again as the server closes them, 2,000 a
# second at the most: more would measure who has the cores, which server, clients and attackers share here. Each door is warmed first,
# as one that has been running for a while.
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
source "$(dirname "${BASH_SOURCE[0]}")/lib-doors.sh"
doors=("$@")
[ ${#doors[@]} -gt 0 ] || doors=(object console edge edge-tls rtmp)

export MILLRACE_DOORS_CONNECTIONS=${MILLRACE_DOORS_CONNECTIONS:-12000}
stand_doors
echo "$(machine), ${HOSTILE:-10000} hostile connections"
echo "door      attack           meanwhile: good, p50 and p99 ms, p99 to idle's; users good | after: good, p99 | MiB before, in, after | full GCs"
echo "          columns:            good    p99idle     p50     p99  ratio  users    after     p99"
# shellcheck disable=SC2086
for door in "${doors[@]}"; do attack "$door" ${ATTACKS:-}; done
healthy
