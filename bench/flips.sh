#!/usr/bin/env bash
# Flipped bits: in data directories that a real server wrote and that a kill or a clean stop ended, one random bit of one file
# at a time. Each object must be exact or refused as damaged, verify must find the damage and change nothing, and after repair
# every object reads back or is named. The table says, for each kind of file: flips, openings refused, objects refused, directories
# whole again after repair, objects named as lost.
#
#   bench/flips.sh                40 flips in each of six kinds of file, about 6 minutes
#   FLIPS=200 bench/flips.sh      so many in each
#   SEED=123 bench/flips.sh       the same flips again
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
rm -f app/target/flips.txt
./millrace test -pl app -Dtest=FlipsTest "-Dmillrace.flips=${FLIPS:-40}" ${SEED:+"-Dmillrace.seed=$SEED"} >&2
cat app/target/flips.txt
