#!/usr/bin/env bash
# Cameras: 100 of them roll over 1,000 times, append late and lose the server to kill -9. Then each byte from each object's first
# keyframe on must be in the playlists exactly once, read through the edge by pages, and each backfill where the camera said.
#
#   bench/cameras.sh                          100 cameras, 1,000 roll-overs, 8 kills
#   CAMERAS=20 ROLLOVERS=200 KILLS=3 bench/cameras.sh
#   SEED=123 bench/cameras.sh                 the same recordings again
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
rm -f e2e/target/cameras.txt
./millrace test -pl e2e -Dtest=ManyCamerasTest "-Dmillrace.cameras=${CAMERAS:-100}" \
  "-Dmillrace.camera.rollovers=${ROLLOVERS:-1000}" "-Dmillrace.camera.kills=${KILLS:-8}" \
  ${SEED:+"-Dmillrace.seed=$SEED"} >&2
cat e2e/target/cameras.txt
