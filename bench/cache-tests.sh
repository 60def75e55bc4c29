#!/usr/bin/env bash
# Runs the public suite http-tests/cache-tests before an edge alone and counts what passes.
#   CACHE_TESTS=CHECKOUT ./millrace bench cache-tests    (git clone https://github.com/http-tests/cache-tests; npm i in it; Node 20)
# The suite's server tells requests apart by a field that an edge doesn't pass (docs/adr/114): a copy of the checkout is
# changed so that its client, in the same process, tells it the number.
set -euo pipefail
suite=${CACHE_TESTS:?name a checkout of http-tests/cache-tests with its packages installed}
home=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${PORT:-31510}
work=$(mktemp -d)
edge=
trap '[ -z "$edge" ] || kill "$edge" 2>/dev/null || true; rm -rf "$work"' EXIT

cp -r "$suite"/. "$work/"
cd "$work"
sed -i "s/parseInt(request.headers\['req-num'\])/parseInt(request.headers['req-num'] ?? globalThis.numbers?.[uuid])/" test-engine/server/handle-test.mjs
sed -i 's/\(const init = fetching.init(idx, .*)\)$/\1; (globalThis.numbers ??= {})[uuid] = idx + 1/' test-engine/client/test.mjs
grep -q globalThis.numbers test-engine/server/handle-test.mjs && grep -q globalThis.numbers test-engine/client/test.mjs ||
  { echo "this version of the suite looks different: see what changed in handle-test.mjs and test.mjs" >&2; exit 2; }
cat > run.mjs <<'END'
await import('./test-engine/server/server.mjs')
const { runTests, getResults } = await import('./test-engine/client/runner.mjs')
const suites = (await import('./tests/index.mjs')).default
await runTests(suites, false, process.env.EDGE)
const results = getResults()
const counts = {}
for (const test of suites.flatMap(suite => suite.tests)) {
  if (test.browser_only) continue
  const kind = test.kind ?? 'required'
  counts[kind] ??= [0, 0]
  counts[kind][1]++
  if (results[test.id] === true) counts[kind][0]++
  else if (kind !== 'check') console.log(kind, test.id, JSON.stringify(results[test.id]))
}
for (const [kind, [passed, all]] of Object.entries(counts)) console.log(`${kind}: ${passed} of ${all}`)
process.exit(0)
END
"$home/millrace" edge --data "$work/edge" --origin "http://127.0.0.1:$port" --set bind=127.0.0.1 \
  --set doors.edge.port=$((port + 1)) --set doors.console.port=$((port + 2)) \
  --set "edge.headers=${HEADERS-abc,authorization}" > edge.log 2>&1 &
edge=$!
for _ in $(seq 120); do curl -fs -o /dev/null "http://127.0.0.1:$((port + 2))/healthz" && break; sleep 0.5; done
npm_config_protocol=http npm_config_port=$port npm_config_pidfile="$work/pid" EDGE="http://127.0.0.1:$((port + 1))" \
  node --no-warnings run.mjs
