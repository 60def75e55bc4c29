/** The demo: the whole mission on one page, without a click. Every number is measured here, now. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, post, put, seg } from '../lib/api';
import type { Bucket, Camera, DemoInfo, Me, ObjectDetail } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { ImageLab, withProcess } from '../ui/imagelab';
import { Empty, Failure, toast, toastError } from '../ui/parts';
import { Player } from '../ui/player';
import type { PlayerNumbers } from '../ui/player';
import { useGrowth } from './cameras';
import { playlist } from './live';

export function DemoPage({ me }: { me: Me }) {
  useTitle('Demo');
  const demo = useLoaded('demo', (s) => get<DemoInfo>('/api/demo', s), 5000);
  const d = demo.data;
  const nothing = d && !d.stream && !d.device && !d.imageKey;
  return (
    <>
      <div class="page-head">
        <h1>Demo</h1>
        <p>Everything on this page runs on your machine now. Each number is measured in this browser; nothing is scripted.</p>
      </div>
      {demo.error && <Failure error={demo.error} retry={() => void demo.reload()} />}
      {nothing && (
        <section class="card">
          <Empty icon="demo" title="This server runs without the demo">
            Start it with <code>./millrace demo</code> to see a live stream, a simulated camera and sample pictures here.
          </Empty>
        </section>
      )}
      {d && !nothing && (
        <>
          <div class="cols even">
            {d.stream && <LiveCard stream={d.stream} />}
            {d.device && <CameraCard device={d.device} />}
          </div>
          {d.bucket && d.imageKey && <Picture bucket={d.bucket} imageKey={d.imageKey} />}
          {d.stream && <NoToken stream={d.stream} edge={me.doors.edge} />}
        </>
      )}
    </>
  );
}

function Title({ children, href, link }: { children: string; href: string; link: string }) {
  return (
    <div class="card-head">
      <h2>{children}</h2>
      <div class="actions">
        <a class="btn quiet small" href={href}>
          {link} <Icon name="chevron" size={13} />
        </a>
      </div>
    </div>
  );
}

function Big({ value, unit, label }: { value: string; unit?: string; label: string }) {
  return (
    <div>
      <div class="big-number">
        {value} {unit && value !== '–' && <small class="muted" style={{ fontSize: '15px', fontWeight: 500, letterSpacing: 0 }}>{unit}</small>}
      </div>
      <div class="small muted">{label}</div>
    </div>
  );
}

function LiveCard({ stream }: { stream: string }) {
  const [n, setN] = useState<PlayerNumbers | null>(null);
  return (
    <section class="card" data-testid="demo-live">
      <Title href={`/live/${seg(stream)}`} link="Publish and share">
        A live stream
      </Title>
      <Player id={stream} flush source={() => playlist({ stream })} onNumbers={setN} />
      <div class="card-body row-body">
        <Big value={n?.delaySeconds == null ? '–' : n.delaySeconds.toFixed(1)} unit="s" label="behind the encoder’s clock, from PROGRAM-DATE-TIME" />
        <span class="small muted num">
          ffmpeg → RTMP → edge → here
          <br />
          {n && n.width > 0 ? `${n.width} × ${n.height}, ${n.bufferSeconds.toFixed(1)} s buffered` : ''}
        </span>
      </div>
    </section>
  );
}

function CameraCard({ device }: { device: string }) {
  const path = `/api/cameras/${seg(device)}`;
  const camera = useLoaded(path, (s) => get<Camera>(path, s), 500);
  const [n, setN] = useState<PlayerNumbers | null>(null);
  const growth = useGrowth(camera.data?.bytes);
  return (
    <section class="card" data-testid="demo-camera">
      <Title href={`/cameras/${seg(device)}`} link="Camera">
        A camera, while its object is being written
      </Title>
      <Player id={device} flush source={() => playlist({ device })} onNumbers={setN} />
      <div class="card-body row-body">
        <Big value={camera.data ? f.count(camera.data.bytes) : '–'} unit="bytes" label={camera.data?.recording ? `in its object, growing by ${f.bits(growth)}` : 'in its object'} />
        <span class="small muted num">
          {n?.delaySeconds == null ? '' : `${n.delaySeconds.toFixed(1)} s behind`}
          <br />
          {camera.data ? `${f.count(camera.data.segments)} playable pieces found` : ''}
        </span>
      </div>
    </section>
  );
}

function Picture({ bucket, imageKey }: { bucket: string; imageKey: string }) {
  const path = `/api/buckets/${seg(bucket)}/object?key=${seg(imageKey)}`;
  const object = useLoaded(path, (s) => get<ObjectDetail>(path, s));
  const [process, setProcess] = useState('');
  const base = object.data?.urls.edge;
  return (
    <div class="cols even">
      <section class="card">
        <Title href={`/buckets/${seg(bucket)}?object=${seg(imageKey)}`} link="Object">
          A picture and the address that makes it
        </Title>
        {object.error && (
          <div class="card-body">
            <Failure error={object.error} retry={() => void object.reload()} />
          </div>
        )}
        {base && <ImageLab base={base} onProcess={setProcess} />}
        {object.data?.probe?.width && (
          <p class="small muted" style={{ padding: '0 16px 14px' }}>
            Made from {object.data.probe.width} × {object.data.probe.height}, {f.bytes(object.data.sizeBytes)}.
          </p>
        )}
      </section>
      {base && process && <Race bucket={bucket} imageKey={imageKey} base={base} process={process} />}
    </div>
  );
}

interface Lap {
  origin: number;
  edge: number;
  hit: boolean;
  status: string;
}

/** The same picture from the origin and from the edge, in turn, timed in this browser. */
function Race({ bucket, imageKey, base, process }: { bucket: string; imageKey: string; base: string; process: string }) {
  const [laps, setLaps] = useState<Lap[]>([]);
  const [error, setError] = useState('');
  const [bytes, setBytes] = useState(0);
  const edgeUrl = withProcess(base, process);
  const kick = useRef<() => void>(() => {});
  useEffect(() => {
    setLaps([]);
    setError('');
    let stopped = false;
    let timer = 0;
    let allowed = false;
    const lap = async () => {
      if (document.hidden) return;
      if (!allowed) await allowThisPage(bucket);
      allowed = true;
      const signed = await post<{ url: string }>('/api/origin-url', { bucket, key: imageKey, process });
      const origin = await time(signed.url);
      const edge = await time(edgeUrl);
      if (stopped) return;
      if (!origin.ok || !edge.ok) throw new Error(`The ${origin.ok ? 'edge' : 'origin'} answered ${origin.ok ? edge.status : origin.status}.`);
      setBytes(edge.bytes);
      setError('');
      setLaps((l) => [...l.slice(-39), { origin: origin.ms, edge: edge.ms, hit: /;\s*hit/.test(edge.cache) && !/fwd=/.test(edge.cache), status: edge.cache }]);
    };
    const loop = async () => {
      try {
        await lap();
      } catch (e) {
        if (!stopped) setError((e as Error).message);
      }
      if (!stopped) timer = window.setTimeout(() => void loop(), 1500);
    };
    kick.current = () => {
      clearTimeout(timer);
      void loop();
    };
    timer = window.setTimeout(() => void loop(), 600);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, [edgeUrl, bucket, imageKey, process]);
  const median = useCallback((pick: (l: Lap) => number, list: Lap[]) => {
    const sorted = list.map(pick).sort((a, b) => a - b);
    return sorted.length ? (sorted[Math.floor(sorted.length / 2)] ?? null) : null;
  }, []);
  const hits = laps.filter((l) => l.hit);
  const o = useMemo(() => median((l) => l.origin, laps), [laps]);
  const e = useMemo(() => median((l) => l.edge, hits.length ? hits : laps), [laps]);
  const longest = Math.max(o ?? 0, e ?? 0, 0.001);
  const last = laps.at(-1);
  return (
    <section class="card" data-testid="demo-race">
      <div class="card-head">
        <h2>Origin against edge</h2>
        <div class="actions">
          <button
            type="button"
            class="btn small"
            onClick={() =>
              void post('/api/purges', { kind: 'url', host: null, path: new URL(base).pathname })
                .then(() => toast('Purged.', 'Watch for the next miss.'))
                .then(() => setTimeout(() => kick.current(), 600))
                .catch(toastError)
            }
          >
            <Icon name="refresh" size={14} /> Purge
          </button>
        </div>
      </div>
      <div class="card-body">
        <div class="row" style={{ gap: '36px', alignItems: 'flex-end', flexWrap: 'wrap' }}>
          <Big value={laps.length ? f.percent(hits.length / laps.length) : '–'} label={`hits of ${laps.length} fetches`} />
          <Big value={o && e ? `${(o / e).toFixed(o / e < 10 ? 1 : 0)}×` : '–'} label="sooner from the edge" />
        </div>
        <div class="race">
          <div class="lane">
            <span class="muted">Origin</span>
            <div class="track">
              <i style={{ width: `${((o ?? 0) / longest) * 100}%` }} />
            </div>
            <span class="num right">{o === null ? '–' : `${o.toFixed(1)} ms`}</span>
          </div>
          <div class="lane">
            <span class="muted">Edge</span>
            <div class="track">
              <i class="edge" style={{ width: `${((e ?? 0) / longest) * 100}%` }} />
            </div>
            <span class="num right">{e === null ? '–' : `${e.toFixed(1)} ms`}</span>
          </div>
        </div>
        <div class="ticks" role="img" aria-label={`${hits.length} hits, ${laps.length - hits.length} misses`}>
          {laps.map((l, i) => (
            <i key={i} class={l.hit ? 'hit' : ''} title={`${l.edge.toFixed(1)} ms · ${l.status}`} />
          ))}
        </div>
        <p class="small muted">
          Medians of whole fetches of {bytes ? f.bytes(bytes) : 'the picture'} in this browser; the origin makes it anew each time. Blue: from the edge’s cache. Brass: the edge had to ask.
        </p>
        {last && (
          <p class="small">
            <code>Cache-Status: {last.status || '(none)'}</code>
          </p>
        )}
        {error && (
          <p class="small" style={{ color: 'var(--bad)' }}>
            {error}
          </p>
        )}
      </div>
    </section>
  );
}

/** Timing the origin needs a CORS rule on its bucket for this page's address. */
async function allowThisPage(bucket: string): Promise<void> {
  const b = await get<Bucket>(`/api/buckets/${seg(bucket)}`);
  if (b.cors.some((r) => r.methods.includes('GET') && r.origins.some((o) => o === '*' || o === location.origin))) return;
  await put(`/api/buckets/${seg(bucket)}/cors/console`, { origin: location.origin });
  await new Promise((ok) => setTimeout(ok, 600)); // the door keeps bucket settings for half a second
}

async function time(url: string) {
  const started = performance.now();
  const answer = await fetch(url, { cache: 'no-store' });
  const body = await answer.arrayBuffer();
  return { ms: performance.now() - started, ok: answer.ok, status: answer.status, bytes: body.byteLength, cache: answer.headers.get('Cache-Status') ?? '' };
}

/** Asks the edge for the stream without its proof, and shows what it says. */
function NoToken({ stream, edge }: { stream: string; edge: string }) {
  const url = `${edge}/_live/${seg(stream)}/index.m3u8`;
  const [answer, setAnswer] = useState<{ status: number; reason: string; body: string; ms: number } | null>(null);
  const run = useCallback(async () => {
    const started = performance.now();
    const a = await fetch(url, { cache: 'no-store' });
    const body = (await a.text()).slice(0, 400);
    setAnswer({ status: a.status, reason: a.headers.get('Millrace-Reason') ?? '', body, ms: performance.now() - started });
  }, [url]);
  useEffect(() => void run().catch(() => {}), [run]);
  return (
    <section class="card" data-testid="demo-refused">
      <div class="card-head">
        <h2>The same stream without a token</h2>
        <div class="actions">
          <button type="button" class="btn small" onClick={() => void run().catch(toastError)}>
            Try again
          </button>
        </div>
      </div>
      <div class="card-body">
        <code class="clip">GET {url}</code>
        {answer && (
          <>
            <div class="row">
              <span class={`badge ${answer.status === 403 ? 'good' : 'bad'}`}>
                <Icon name="shield" size={13} /> {answer.status} {answer.status === 403 ? 'Forbidden' : ''}
              </span>
              <span class="small muted num">{answer.ms.toFixed(1)} ms</span>
              <span class="grow">{answer.reason}</span>
            </div>
            <pre class="block">{answer.body}</pre>
          </>
        )}
      </div>
    </section>
  );
}
