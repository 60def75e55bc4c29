#!/usr/bin/env bash
# Two servers on one PostgreSQL under random operations and a contested stream, with kill −9, pauses (SIGSTOP), commits that come late
# (the line to the database is held up) and resumes. An observer in the database notes each commit of fenced work and whose lease it
# was. Prints operations, disturbances, what clients were refused, what was freed, how often leases changed hands, and what was
# wrong: nothing. Ends with an error otherwise.
#
#   bench/two-nodes.sh                                    10,000 operations, pauses of up to 60 s: about 20 minutes
#   OPERATIONS=2000 PAUSE=15 bench/two-nodes.sh           a shorter one
#   SEED=123 bench/two-nodes.sh                           the same choices again
#   FENCE=GUARD bench/two-nodes.sh                        servers without the lease's guard in their commits: the observer must notice
#   FENCE=GUARD,CLOCK KINDS=PAUSE bench/two-nodes.sh      … and without the look at the clock before, with pauses alone
#   FENCE=CLOCK bench/two-nodes.sh                        … without that look alone: the guard is enough, nothing must be noticed
set -euo pipefail

home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$home"
if [ -n "${FENCE:-}" ]; then
  result=e2e/target/fence-taken-out.txt
  run=(-Dtest=FenceTakenOutTest "-Dmillrace.nodes.fence=$FENCE" "-Dmillrace.nodes.kinds=${KINDS:-LATE}"
    "-Dmillrace.nodes.disturbances=${DISTURBANCES:-40}")
else
  result=e2e/target/two-nodes.txt
  run=(-Dtest=KilledAndPausedTest "-Dmillrace.nodes.operations=${OPERATIONS:-10000}" "-Dmillrace.nodes.pause=${PAUSE:-60}")
fi
rm -f "$result"
./millrace test -pl e2e "${run[@]}" ${SEED:+"-Dmillrace.seed=$SEED"} >&2 || { cat "$result"; exit 1; }
cat "$result"
