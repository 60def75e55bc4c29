#!/usr/bin/env bash
# Two servers on one PostgreSQL under random operations and a contested stream, with kill −9, pauses (SIGSTOP) and resumes. An
# observer in the database notes each commit of fenced work and whose lease it was. Prints operations, disturbances, what clients
# were refused, what was freed, how often leases changed hands, and what was wrong: nothing. Ends with an error otherwise.
#
#   bench/two-nodes.sh                                    10,000 operations, pauses of up to 60 s: about 20 minutes
#   OPERATIONS=2000 PAUSE=15 bench/two-nodes.sh           a shorter one
#   SEED=123 bench/two-nodes.sh                           the same choices again
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
rm -f e2e/target/two-nodes.txt
./millrace test -pl e2e -Dtest=KilledAndPausedTest "-Dmillrace.nodes.operations=${OPERATIONS:-10000}" \
  "-Dmillrace.nodes.pause=${PAUSE:-60}" ${SEED:+"-Dmillrace.seed=$SEED"} >&2 || { cat e2e/target/two-nodes.txt; exit 1; }
cat e2e/target/two-nodes.txt
