// Builds the page into the directory given: npm ci when the lock changed, the type check, Vite.
// Does nothing when neither sources nor lock changed since the last build into that directory.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const out = resolve(process.argv[2] ?? join(here, 'dist'));
const stamp = `${out}.stamp`;
const installed = join(here, 'node_modules', '.millrace-lock');

function* sources(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else yield path;
  }
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of [...files].sort()) hash.update(relative(here, file)).update('\0').update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

/** What every page loads, as it goes over the wire; the player's library comes when something plays. */
const MOST_KIB = 120;

function weigh() {
  const page = readFileSync(join(out, 'index.html'), 'utf8');
  const loaded = [...page.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map((m) => m[1]);
  const kib = loaded.reduce((sum, file) => sum + gzipSync(readFileSync(join(out, file)), { level: 9 }).length, 0) / 1024;
  if (loaded.length === 0 || kib > MOST_KIB) {
    console.error(`The page loads ${kib.toFixed(1)} KiB of ${loaded.join(', ') || 'nothing'}, compressed; ${MOST_KIB} KiB are the most.`);
    process.exit(1);
  }
}

function same(file, content) {
  return existsSync(file) && readFileSync(file, 'utf8') === content;
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
  if (done.error) {
    console.error(`Can't run ${command}: ${done.error.message}. Install Node 20 or newer with npm, or build with -Dskip.web.`);
    process.exit(1);
  }
  if (done.status !== 0) process.exit(done.status ?? 1);
}

const wanted = hashOf(sources(here));
if (same(stamp, wanted) && existsSync(join(out, 'index.html'))) process.exit(0);

const lock = hashOf([join(here, 'package-lock.json'), join(here, 'package.json')]);
if (!same(installed, lock)) {
  run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(installed, lock);
}
const bin = (name) => join(here, 'node_modules', '.bin', name);
run(bin('tsc'), ['--noEmit']);
run(bin('vite'), ['build', '--logLevel', 'error', '--emptyOutDir', '--outDir', out]);
weigh();
mkdirSync(dirname(stamp), { recursive: true });
writeFileSync(stamp, wanted);
