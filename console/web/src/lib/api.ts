/** The admin API: one function to call it, and the shapes it answers with. */

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

let csrf = '';
let onSignedOut: () => void = () => {};

export function setCsrf(token: string) {
  csrf = token;
}

export function whenSignedOut(run: () => void) {
  onSignedOut = run;
}

/** Longer than any answer of a server that is well takes; after that a person is told. */
const PATIENCE_SECONDS = 15;

export async function api<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET') headers['Millrace-Csrf'] = csrf;
  const late = AbortSignal.timeout(PATIENCE_SECONDS * 1000);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    text = await answer.text();
  } catch (e) {
    if (signal?.aborted) throw e;
    if (late.aborted) throw new ApiError(0, 'Late', `The server has not answered for ${PATIENCE_SECONDS} seconds.`, method === 'GET' ? 'It may be busy, or the network is slow. Try again.' : 'Whether it was done is not known: look before you try again.');
    throw new ApiError(0, 'Unreachable', 'The server does not answer.', 'Check that Millrace is running, then try again.');
  }
  let parsed: unknown = null;
  try {
    parsed = text ? JSON.parse(text) : null;
  } catch {
    throw new ApiError(answer.status, 'BadAnswer', `The server answered ${answer.status} with something that is not JSON.`, 'Reload the page.');
  }
  if (!answer.ok) {
    const e = (parsed ?? {}) as { code?: string; message?: string; hint?: string };
    if (answer.status === 401 && !path.startsWith('/api/session') && path !== '/api/me') onSignedOut();
    throw new ApiError(answer.status, e.code ?? 'Error', e.message ?? `The server answered ${answer.status}.`, e.hint ?? '');
  }
  return parsed as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => api<T>('GET', path, undefined, signal);
export const post = <T>(path: string, body: unknown = {}) => api<T>('POST', path, body);
export const put = <T>(path: string, body: unknown = {}) => api<T>('PUT', path, body);
export const del = <T>(path: string) => api<T>('DELETE', path);

export const seg = encodeURIComponent;

export interface Doors {
  console: string;
  object: string;
  edge: string;
  rtmp: string;
  region: string;
}
export interface Me {
  name: string;
  kind: string;
  csrf: string;
  version: string;
  doors: Doors;
  demo: boolean;
}
export interface Point {
  requests: number;
  bytesIn: number;
  bytesOut: number;
  edgeRequests: number;
  edgeBytes: number;
  hitRatio: number | null;
  storageBytes: number;
}
export interface Overview {
  now: string;
  uptimeSeconds: number;
  version: string;
  storageBytes: number;
  objects: number;
  buckets: number;
  streams: number;
  liveStreams: number;
  cameras: number;
  camerasRecording: number;
  edges: number;
  disk: Disk;
  concerns: Concern[];
  latest: Point;
}
/** What somebody should look at now. */
export interface Concern {
  kind: string;
  severe: boolean;
  title: string;
  text: string;
  link: string;
}
export interface DamagedPlace {
  kind: string;
  file: string;
  offset: number;
  text: string;
}
export interface DamagedObject {
  bucket: string;
  key: string;
  /** Of an open upload; 0 for an object. */
  part: number;
  found: string;
  places: DamagedPlace[];
}
export interface DamageReport {
  scrub: {
    running: boolean;
    pass: number;
    started: string | null;
    doneBytes: number;
    totalBytes: number;
    finished: string | null;
    found: number;
    waitsFor: string | null;
  };
  progress: number;
  objects: number;
  listed: DamagedObject[];
  files: DamagedPlace[];
}
/** How the disks stand; `full`: what brings bytes is refused. */
export interface Disk {
  level: 'plenty' | 'short' | 'full';
  freeingBytes: number;
  disks: { device: string; level: Disk['level']; totalBytes: number; freeBytes: number; reserveBytes: number }[];
}
export interface History {
  stepSeconds: number;
  times: number[];
  points: Point[];
}
export interface Bucket {
  name: string;
  owner: string;
  /** The owner's name; the id itself when nobody has it any more. */
  ownerName: string;
  created: string;
  acl: 'private' | 'public-read' | 'public-read-write';
  cors: CorsRule[];
  objects: number;
  bytes: number;
}
export interface CorsRule {
  origins: string[];
  methods: string[];
  headers: string[];
  exposeHeaders: string[];
  maxAgeSeconds: number;
}
export interface ObjectRow {
  key: string;
  sizeBytes: number;
  lastModified: string;
  etag: string;
  type: 'NORMAL' | 'APPENDABLE' | 'MULTIPART';
}
export interface ObjectPage {
  entries: ObjectRow[];
  prefixes: string[];
  next: string | null;
}
export interface ObjectDetail extends ObjectRow {
  contentType: string;
  crc64: string;
  sealed: boolean;
  headers: Record<string, string>;
  metadata: Record<string, string>;
  probe: Probe;
  urls: { edge: string; expires: string };
}
export interface Probe {
  /** Only while it is waiting does asking again tell more. */
  state: 'ok' | 'no-media' | 'failed' | 'growing' | 'live-segment' | 'waiting';
  kind: string;
  format: string;
  width: number | null;
  height: number | null;
  durationSeconds: number | null;
  details: Record<string, string>;
  message: string | null;
}
export interface Stream {
  name: string;
  bucket: string;
  prefix: string;
  created: string;
  live: boolean;
  /** LIVE, SILENT (a publisher is there and brings nothing), WAITING (it may come back) or OFFLINE. */
  state: 'LIVE' | 'SILENT' | 'WAITING' | 'OFFLINE';
  since: string | null;
  bitrate: number;
  video: string;
  audio: string;
  width: number;
  height: number;
  fps: number;
  segments: number;
  dropped: number;
  note: string;
  troubles: Trouble[];
  publish?: { url: string; obsServer: string; obsKey: string; ffmpeg: string };
}
/** Why a publisher was refused or dropped, or why segments are not stored. */
export interface Trouble {
  kind: 'REFUSED' | 'DROPPED' | 'NOT_STORED';
  reason: string;
  publisher: string | null;
  at: string;
  times: number;
}
export interface Stranger {
  name: string;
  trouble: Trouble;
}
export interface Device {
  id: string;
  bucket: string;
  prefix: string;
  created: string;
  state: 'registered' | 'enrolled' | 'disabled';
  lastSeen: string | null;
  /** Whose rights bound it: root, user/name or role/name; null when an older version registered it. */
  issuer: string | null;
  /** False when that issuer is gone or disabled: the device writes nothing. */
  vouched: boolean;
}
/** Whom the server calls; `queue`: what it is told waits until it arrives. */
export interface OutgoingTarget {
  name: string;
  kind: 'queue' | 'question';
  /** Scheme, host and port; null when it is set no more and messages are left. */
  address: string | null;
  signed: boolean;
  state: 'new' | 'well' | 'failing' | 'unset';
  waiting: number;
  oldest: string | null;
  dead: number;
  lastSuccess: string | null;
  lastFailure: string | null;
  reason: string;
}
export interface DeadLetter {
  number: number;
  id: string;
  type: string;
  subject: string;
  created: string;
  attempts: number;
  tried: string;
  reason: string;
}
export interface Enrolment {
  id: string;
  code: string;
  expires: string;
  link: string;
  command: string;
}
export interface Camera {
  id: string;
  bucket: string;
  prefix: string;
  recording: boolean;
  object: string | null;
  bytes: number;
  segments: number;
  segmentSeconds: number;
  bitsPerSecond: number;
  lastAppend: string | null;
  codecs: string;
  width: number;
  height: number;
  health: string[];
}
export interface Playback {
  url: string;
  expires: string;
  share: string;
  embed: string;
  /** A recording as one file; null for what is none. */
  download: string | null;
}
export interface Recording {
  session: string;
  started: string;
  ended: string | null;
  seconds: number;
  segments: number;
  bytes: number;
}
export interface RecordingPage {
  recordings: Recording[];
  next: string | null;
  keepHours: number | null;
}
export interface Domain {
  host: string;
  origin: { type: 'bucket'; bucket: string; prefix: string } | { type: 'stream'; stream: string } | { type: 'camera'; device: string };
  auth: { type: 'A'; key: string; backupKey: string | null; validitySeconds: number } | null;
  ttlSeconds: number | null;
  certificate: { subject: string; expires: string } | null;
  created: string;
  /** Whether pages stored there run scripts. */
  website: boolean;
  stats: DomainStats;
}
export interface DomainStats {
  requests: number;
  hits: number;
  misses: number;
  revalidated: number;
  bytes: number;
  originRequests: number;
  requestsPerSecond: number;
  bytesPerSecond: number;
  hitRatio: number | null;
}
export interface Domains {
  domains: Domain[];
  defaultDomain: DomainStats;
  edges: { id: string; lastReport: string; alive: boolean }[];
  /** Whether an edge that is alive listens for TLS. */
  tls: boolean;
}
export interface Purge {
  id: number;
  kind: 'url' | 'prefix' | 'all';
  host: string | null;
  path: string | null;
  time: string;
  by: string;
}
export interface DemoInfo {
  stream: string | null;
  device: string | null;
  bucket: string | null;
  imageKey: string | null;
}
export interface TemporaryCredentials {
  accessKeyId: string;
  accessKeySecret: string;
  securityToken: string;
  expiration: string;
  endpoint: string;
  region: string;
}
