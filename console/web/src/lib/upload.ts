/**
 * Uploads from the browser straight to the object door: parts in parallel, each signed here with a
 * temporary token for the bucket and prefix only. An unfinished upload is remembered, and goes on
 * where it stopped once the same file is chosen again; which parts are there is asked of the server.
 */
import { ApiError, post } from './api';
import type { TemporaryCredentials } from './api';
import { encodePath, signedHeaders } from './sigv4';
import { serverNow } from './time';

const PART = 8 * 1024 * 1024;
const AT_ONCE = 3;
const TRIES = 6;
const STALL_SECONDS = 60;

export type UploadState = 'waiting' | 'running' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface Upload {
  id: number;
  bucket: string;
  key: string;
  sizeBytes: number;
  sentBytes: number;
  bytesPerSecond: number;
  state: UploadState;
  resumedBytes: number;
  error: ApiError | null;
}

interface Remembered {
  bucket: string;
  key: string;
  sizeBytes: number;
  modified: number;
  uploadId: string;
  partBytes: number;
}

interface Running {
  upload: Upload;
  file: File;
  stop: AbortController;
}

const listeners = new Set<() => void>();
const running: Running[] = [];
let ids = 0;

export function uploads(): Upload[] {
  return running.map((r) => r.upload);
}

export function onUploads(run: () => void): () => void {
  listeners.add(run);
  return () => listeners.delete(run);
}

/** Whether leaving now would break off what a person began. */
function underWay(): boolean {
  return running.some((r) => r.upload.state === 'running' || r.upload.state === 'waiting');
}

addEventListener('beforeunload', (e) => {
  if (underWay()) e.preventDefault(); // the browser asks, in its own words
});

function changed() {
  listeners.forEach((l) => l());
}

export function startUpload(bucket: string, prefix: string, file: File): void {
  const upload: Upload = {
    id: ++ids,
    bucket,
    key: prefix + file.name,
    sizeBytes: file.size,
    sentBytes: 0,
    bytesPerSecond: 0,
    state: 'waiting',
    resumedBytes: 0,
    error: null,
  };
  running.push({ upload, file, stop: new AbortController() });
  changed();
  pump();
}

/** Two files at a time; the rest wait. */
function pump() {
  const busy = running.filter((r) => r.upload.state === 'running').length;
  const next = running.find((r) => r.upload.state === 'waiting');
  if (busy >= 2 || !next) return;
  void run(next);
  pump();
}

async function run(r: Running) {
  const u = r.upload;
  r.stop = new AbortController();
  u.state = 'running';
  u.error = null;
  changed();
  const meter = startMeter(u);
  try {
    if (r.file.size <= PART) await putWhole(r);
    else await putParts(r);
    u.sentBytes = u.sizeBytes;
    u.state = 'done';
  } catch (e) {
    if (!r.stop.signal.aborted) {
      u.state = 'failed';
      u.error = e instanceof ApiError ? e : new ApiError(0, 'Error', String(e), 'Try again.');
    }
  } finally {
    meter();
    changed();
    pump();
  }
}

function startMeter(u: Upload): () => void {
  let last = u.sentBytes;
  const timer = setInterval(() => {
    u.bytesPerSecond = u.bytesPerSecond * 0.6 + Math.max(0, u.sentBytes - last) * 2 * 0.4;
    last = u.sentBytes;
    changed();
  }, 500);
  return () => clearInterval(timer);
}

export function pauseUpload(id: number) {
  const r = running.find((x) => x.upload.id === id);
  if (!r || r.upload.state !== 'running') return;
  r.upload.state = 'paused';
  r.stop.abort();
  changed();
}

export function resumeUpload(id: number) {
  const r = running.find((x) => x.upload.id === id);
  if (!r) return;
  r.upload.state = 'waiting';
  changed();
  pump();
}

export async function cancelUpload(id: number) {
  const at = running.findIndex((x) => x.upload.id === id);
  const r = running[at];
  if (!r) return;
  const active = r.upload.state !== 'done';
  r.upload.state = 'cancelled';
  r.stop.abort();
  running.splice(at, 1);
  changed();
  pump();
  const kept = active ? recall(r) : null;
  if (kept) await forgetUnfinished(kept);
}

/* ---- what is remembered between visits ---- */

const SHELF = 'millrace.uploads';

export function unfinished(bucket: string): Remembered[] {
  return shelf().filter((m) => m.bucket === bucket && !running.some((r) => r.upload.key === m.key && r.upload.bucket === bucket));
}

function shelf(): Remembered[] {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? '[]') as Remembered[];
  } catch {
    return [];
  }
}

function remember(m: Remembered) {
  saveShelf([...shelf().filter((x) => x.uploadId !== m.uploadId).slice(-99), m]);
}

function forget(uploadId: string) {
  saveShelf(shelf().filter((x) => x.uploadId !== uploadId));
}

function saveShelf(list: Remembered[]) {
  try {
    localStorage.setItem(SHELF, JSON.stringify(list));
  } catch {
    /* storage is full or blocked: uploads still work, they only can't go on after a reload */
  }
}

function recall(r: Running): Remembered | null {
  return shelf().find((m) => m.bucket === r.upload.bucket && m.key === r.upload.key && m.sizeBytes === r.file.size && m.modified === r.file.lastModified) ?? null;
}

/** Throws an unfinished upload's parts away. */
export async function forgetUnfinished(m: Remembered) {
  forget(m.uploadId);
  await send(m.bucket, m.key, 'DELETE', { uploadId: m.uploadId }, null, new AbortController().signal).catch(() => {});
  changed();
}

/* ---- the requests ---- */

async function putWhole(r: Running) {
  const { bucket, key } = r.upload;
  await retry(r, () =>
    send(bucket, key, 'PUT', {}, r.file, r.stop.signal, r.file.type, (sent) => {
      r.upload.sentBytes = sent;
    }),
  );
}

async function putParts(r: Running) {
  const { bucket, key } = r.upload;
  const signal = r.stop.signal;
  const [memory, done] = await findParts(r);
  const total = Math.ceil(r.file.size / memory.partBytes);
  const wanted = Array.from({ length: total }, (_, i) => i + 1).filter((n) => !done.has(n));
  const inFlight = new Map<number, number>();
  const size = (n: number) => Math.min(memory.partBytes, r.file.size - (n - 1) * memory.partBytes);
  const count = () => {
    let sum = 0;
    for (const n of done.keys()) sum += size(n);
    for (const v of inFlight.values()) sum += v;
    r.upload.sentBytes = sum;
  };
  count();
  r.upload.resumedBytes = r.upload.sentBytes;
  const worker = async () => {
    for (let n = wanted.shift(); n !== undefined && !signal.aborted; n = wanted.shift()) {
      const part = n;
      const from = (part - 1) * memory.partBytes;
      const slice = r.file.slice(from, from + size(part));
      const answer = await retry(r, () =>
        send(bucket, key, 'PUT', { partNumber: String(part), uploadId: memory.uploadId }, slice, signal, '', (sent) => {
          inFlight.set(part, sent);
          count();
        }),
      );
      inFlight.delete(part);
      done.set(part, answer.etag);
      count();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (signal.aborted) throw new DOMException('stopped', 'AbortError');
  const parts = [...done].sort(([a], [b]) => a - b);
  const xml = `<CompleteMultipartUpload>${parts.map(([n, etag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${etag.replace(/"/g, '&quot;')}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
  await retry(r, () => send(bucket, key, 'POST', { uploadId: memory.uploadId }, new Blob([xml]), signal, 'application/xml'));
  forget(memory.uploadId);
}

/** The parts that the server already has, from an earlier visit, or a new upload. */
async function findParts(r: Running): Promise<[Remembered, Map<number, string>]> {
  const { bucket, key } = r.upload;
  const known = recall(r);
  if (known) {
    try {
      return [known, await listParts(known, r.stop.signal)];
    } catch (e) {
      if (!(e instanceof ApiError) || e.status !== 404) throw e;
      forget(known.uploadId); // the server has dropped it: start again
    }
  }
  const answer = await retry(r, () => send(bucket, key, 'POST', { uploads: '' }, null, r.stop.signal, r.file.type));
  const uploadId = xmlText(answer.text, 'UploadId');
  if (!uploadId) throw new ApiError(0, 'BadAnswer', 'The server did not give an upload id.', 'Try again.');
  const partBytes = Math.max(PART, Math.ceil(r.file.size / 9000 / 1048576) * 1048576);
  const m: Remembered = { bucket, key, sizeBytes: r.file.size, modified: r.file.lastModified, uploadId, partBytes };
  remember(m);
  return [m, new Map()];
}

async function listParts(m: Remembered, signal: AbortSignal): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  let marker = '0';
  for (;;) {
    const page = await send(m.bucket, m.key, 'GET', { uploadId: m.uploadId, 'part-number-marker': marker }, null, signal);
    const doc = new DOMParser().parseFromString(page.text, 'application/xml');
    for (const part of doc.getElementsByTagNameNS('*', 'Part')) {
      const text = (name: string) => part.getElementsByTagNameNS('*', name)[0]?.textContent ?? '';
      const n = Number(text('PartNumber'));
      const expected = Math.min(m.partBytes, m.sizeBytes - (n - 1) * m.partBytes);
      if (Number(text('Size')) === expected) found.set(n, text('ETag'));
    }
    if (xmlText(page.text, 'IsTruncated') !== 'true') return found;
    marker = xmlText(page.text, 'NextPartNumberMarker') ?? marker;
  }
}

async function retry<T>(r: Running, run: () => Promise<T>): Promise<T> {
  for (let i = 0; ; i++) {
    try {
      return await run();
    } catch (e) {
      const final = e instanceof ApiError && (e.status === 507 || (e.status >= 400 && e.status < 500 && e.status !== 408 && e.status !== 429));
      if (r.stop.signal.aborted || final || i >= TRIES - 1) throw e;
      await new Promise((ok) => setTimeout(ok, Math.min(15000, 400 * 2 ** i) * (0.75 + Math.random() / 2)));
    }
  }
}

interface Answer {
  etag: string;
  text: string;
}

/** One signed request. XMLHttpRequest, because fetch does not report upload progress. */
async function send(
  bucket: string,
  key: string,
  method: string,
  query: Record<string, string>,
  body: Blob | null,
  signal: AbortSignal,
  type = '',
  progress?: (sent: number) => void,
): Promise<Answer> {
  const c = await credentials(bucket, key);
  const url = new URL(`${c.endpoint}/${bucket}/${encodePath(key)}`);
  for (const [k, v] of Object.entries(query)) url.searchParams.set(k, v);
  const headers = await signedHeaders(c, method, url, new Date(serverNow()));
  return new Promise((ok, fail) => {
    const x = new XMLHttpRequest();
    x.open(method, url);
    for (const [n, v] of Object.entries(headers)) x.setRequestHeader(n, v);
    if (type) x.setRequestHeader('Content-Type', type);
    if (progress) x.upload.onprogress = (e) => progress(e.loaded);
    x.onload = () => {
      if (x.status < 300) {
        progress?.(body?.size ?? 0);
        ok({ etag: x.getResponseHeader('ETag') ?? '', text: x.responseText });
      } else {
        if (x.status === 403) tokens.delete(scopeOf(bucket, key));
        fail(refusal(bucket, key, x));
      }
    };
    x.onerror = () => fail(new ApiError(0, 'Unreachable', 'The object door can’t be reached from this page.', 'Check that this bucket allows uploads from this page (CORS), and that the network is up.'));
    x.onabort = () => fail(new DOMException('stopped', 'AbortError'));
    signal.addEventListener('abort', () => x.abort());
    // what makes no headway for so long is broken off, and tried again by who called
    let watch = 0;
    const alive = () => {
      clearTimeout(watch);
      watch = window.setTimeout(() => {
        fail(new ApiError(0, 'Stalled', `Nothing went on for ${STALL_SECONDS} seconds.`, 'The network or the server stands still. Try again: what was sent is kept.'));
        x.abort();
      }, STALL_SECONDS * 1000);
    };
    x.upload.addEventListener('progress', alive);
    x.onloadend = () => clearTimeout(watch);
    alive();
    x.send(body);
  });
}

function refusal(bucket: string, key: string, x: XMLHttpRequest): ApiError {
  const code = xmlText(x.responseText, 'Code') ?? 'Error';
  const message = xmlText(x.responseText, 'Message') ?? `The object door answered ${x.status}.`;
  if (x.status === 507) return new ApiError(507, code, `The server’s disk is full: ${bucket}/${key} was not stored.`, 'Delete what is not needed, or add room; then press “Try again”, and it goes on where it stopped.');
  if (code !== 'AccessDenied') return new ApiError(x.status, code, message, '');
  return new ApiError(x.status, code, `You may not write ${bucket}/${key}.`, `${message.replace('Whoever issued these credentials may not do it: ', '')} An administrator can change your policies; a Deny is stronger than any Allow.`);
}

function xmlText(xml: string, name: string): string | null {
  return new DOMParser().parseFromString(xml, 'application/xml').getElementsByTagNameNS('*', name)[0]?.textContent ?? null;
}

/* ---- temporary tokens, one for each bucket and folder ---- */

const tokens = new Map<string, Promise<TemporaryCredentials>>();

function scopeOf(bucket: string, key: string): string {
  return `${bucket}/${key.slice(0, key.lastIndexOf('/') + 1)}`;
}

async function credentials(bucket: string, key: string): Promise<TemporaryCredentials> {
  const scope = scopeOf(bucket, key);
  const held = tokens.get(scope);
  if (held) {
    const c = await held.catch(() => null);
    if (c && Date.parse(c.expiration) - serverNow() > 120_000) return c;
  }
  const fresh = post<TemporaryCredentials>('/api/uploads/credentials', { bucket, prefix: key.slice(0, key.lastIndexOf('/') + 1) });
  tokens.set(scope, fresh);
  fresh.catch(() => tokens.delete(scope));
  return fresh;
}
