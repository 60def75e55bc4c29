/**
 * Signs requests to the object door with AWS Signature Version 4, in the browser. WebCrypto is
 * there only on https and localhost; a console opened by an address on the local network uses the
 * small SHA-256 below, which hashes nothing but a few hundred bytes of header.
 * Source: the Signature Version 4 reference of the S3 API.
 */
import type { TemporaryCredentials } from './api';

const encoder = new TextEncoder();

export async function signedHeaders(
  c: TemporaryCredentials,
  method: string,
  url: URL,
  now: Date,
): Promise<Record<string, string>> {
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/g, '');
  const day = stamp.slice(0, 8);
  const scope = `${day}/${c.region}/s3/aws4_request`;
  const payload = 'UNSIGNED-PAYLOAD';
  const headers: [string, string][] = [
    ['host', url.host],
    ['x-amz-content-sha256', payload],
    ['x-amz-date', stamp],
    ['x-amz-security-token', c.securityToken],
  ];
  const names = headers.map(([n]) => n).join(';');
  const query = [...url.searchParams].map(([k, v]) => [encode(k), encode(v)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  const canonical = [
    method,
    url.pathname,
    query.map(([k, v]) => `${k}=${v}`).join('&'),
    ...headers.map(([n, v]) => `${n}:${v}`),
    '',
    names,
    payload,
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, hex(await sha256(encoder.encode(canonical)))].join('\n');
  let key: Uint8Array = encoder.encode(`AWS4${c.accessKeySecret}`);
  for (const part of [day, c.region, 's3', 'aws4_request']) key = await hmac(key, encoder.encode(part));
  const signature = hex(await hmac(key, encoder.encode(toSign)));
  return {
    'x-amz-content-sha256': payload,
    'x-amz-date': stamp,
    'x-amz-security-token': c.securityToken,
    Authorization: `AWS4-HMAC-SHA256 Credential=${c.accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** RFC 3986 encoding, as the signature's canonical form wants it. */
export function encode(s: string): string {
  return encodeURIComponent(s).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

export function encodePath(key: string): string {
  return key.split('/').map(encode).join('/');
}

function hex(b: Uint8Array): string {
  return [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
}

async function sha256(data: Uint8Array): Promise<Uint8Array> {
  if (globalThis.crypto?.subtle) return new Uint8Array(await crypto.subtle.digest('SHA-256', data as BufferSource));
  return sha256Plain(data);
}

async function hmac(key: Uint8Array, data: Uint8Array): Promise<Uint8Array> {
  const block = new Uint8Array(64);
  block.set(key.length > 64 ? await sha256(key) : key);
  const inner = await sha256(join(block.map((b) => b ^ 0x36), data));
  return sha256(join(block.map((b) => b ^ 0x5c), inner));
}

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** The first 32 bits of the fractional parts of the roots of the first primes (FIPS 180-4). */
function roots(count: number, power: number): Uint32Array {
  const out = new Uint32Array(count);
  for (let n = 2, i = 0; i < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (prime) out[i++] = (Math.pow(n, power) % 1) * 2 ** 32;
  }
  return out;
}

const K = roots(64, 1 / 3);
const H = roots(8, 1 / 2);

/** SHA-256 (FIPS 180-4, section 6.2). */
export function sha256Plain(data: Uint8Array): Uint8Array {
  const padded = new Uint8Array(((data.length + 8) >> 6) * 64 + 64);
  padded.set(data);
  padded[data.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(data.length / 2 ** 29));
  view.setUint32(padded.length - 4, data.length << 3);
  const h = H.slice();
  const w = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!;
      const b = w[i - 2]!;
      w[i] = w[i - 16]! + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7]! + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10));
    }
    compress(h, w);
  }
  const out = new Uint8Array(32);
  h.forEach((v, i) => new DataView(out.buffer).setUint32(i * 4, v));
  return out;
}

function compress(h: Uint32Array, w: Uint32Array) {
  let [a, b, c, d, e, f, g, z] = h as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const t1 = (z + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    z = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  [a, b, c, d, e, f, g, z].forEach((v, i) => (h[i] = h[i]! + v));
}

function turn(x: number, n: number): number {
  return (x >>> n) | (x << (32 - n));
}
