/** Cameras: devices seen as pictures, with the bytes of their growing objects. */
import { useRef, useState } from 'preact/hooks';
import { get, seg } from '../lib/api';
import type { Camera } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { useLoaded, usePages, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { Empty, Facts, Failure, Missing, Notice, Pager, Skeleton } from '../ui/parts';
import { Player } from '../ui/player';
import type { PlayerNumbers } from '../ui/player';
import { Sharing } from '../ui/sharing';
import { Number, playlist } from './live';

export function CamerasPage() {
  useTitle('Cameras');
  const pages = usePages('cameras');
  const list = useLoaded(
    `cameras ${pages.after}`,
    (s) => get<{ cameras: Camera[]; disabled: number; next: string | null }>(`/api/cameras?limit=24&after=${seg(pages.after)}`, s),
    2000,
  );
  return (
    <>
      <div class="page-head">
        <h1>Cameras</h1>
        <div class="actions">
          <a class="btn" href="/devices">
            <Icon name="plus" size={15} /> Register a device
          </a>
        </div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      {!list.data && !list.error && (
        <section class="card">
          <Skeleton />
        </section>
      )}
      {list.data?.cameras.length === 0 && !pages.back && !list.data.next && (
        <section class="card">
          {list.data.disabled > 0 ? (
            <Empty icon="camera" title="No camera is enabled" action={<a class="btn primary" href="/devices">Go to devices</a>}>
              {list.data.disabled === 1 ? 'One device is disabled.' : `${f.count(list.data.disabled)} devices are disabled.`} What they recorded stays in its bucket; enable them to see them here.
            </Empty>
          ) : (
            <Empty icon="camera" title="No cameras yet" action={<a class="btn primary" href="/devices">Register a device</a>}>
              Register a device and give it the code. It gets a token for its own prefix and appends its stream straight to an object, which plays here while it grows.
            </Empty>
          )}
        </section>
      )}
      <div class="cards">
        {list.data?.cameras.map((c) => (
          <a key={c.id} class="card media-card" data-row href={`/cameras/${seg(c.id)}`}>
            {c.recording ? (
              <Player id={c.id} flush compact source={() => playlist({ device: c.id })} />
            ) : (
              <div class="player flush">
                <div class="message">
                  <Icon name="camera" size={26} />
                  <p class="small">{c.lastAppend ? `Last bytes ${f.ago(c.lastAppend)}` : 'Has not sent anything yet'}</p>
                </div>
              </div>
            )}
            <div class="foot">
              <strong class="clip">{c.id}</strong>
              <span class="grow right num muted small">{f.bytes(c.bytes)}</span>
              <CameraBadge c={c} />
            </div>
          </a>
        ))}
      </div>
      <Pager pages={pages} next={list.data?.next} />
    </>
  );
}

function CameraBadge({ c }: { c: Camera }) {
  if (!c.recording) return <span class="badge">Silent</span>;
  if (c.health.length > 0) return <span class="badge warn">{c.health.length === 1 ? 'One warning' : `${c.health.length} warnings`}</span>;
  return (
    <span class="badge live">
      <i class="dot" /> Recording
    </span>
  );
}

/** Bytes a second from successive counts. */
export function useGrowth(bytes: number | undefined): number {
  const seen = useRef<{ bytes: number; at: number }[]>([]);
  const list = seen.current;
  const now = Date.now();
  if (bytes !== undefined && (list.length === 0 || list.at(-1)?.bytes !== bytes || now - (list.at(-1)?.at ?? 0) > 900)) {
    if (bytes < (list.at(-1)?.bytes ?? 0)) list.length = 0;
    list.push({ bytes, at: now });
    if (list.length > 12) list.shift();
  }
  const [a, b] = [list[0], list.at(-1)];
  return a && b && b.at > a.at ? ((b.bytes - a.bytes) * 1000) / (b.at - a.at) : 0;
}

export function CameraPage({ id }: { id: string }) {
  useTitle(id);
  const path = `/api/cameras/${seg(id)}`;
  const camera = useLoaded(path, (s) => get<Camera>(path, s), 1000);
  const [numbers, setNumbers] = useState<PlayerNumbers | null>(null);
  const [sharing, setSharing] = useState(false);
  useKey('s', 'Share', () => setSharing(true));
  const c = camera.data;
  const growth = useGrowth(c?.bytes);
  const silentSince = c && !c.recording ? c.lastAppend : null;
  if (camera.error?.status === 404) return <Missing error={camera.error} what="cameras" list="/cameras" />;
  const nothing = c && !c.recording && c.segments === 0 ? 'It has sent nothing that plays yet.' : null;
  return (
    <>
      <div class="page-head">
        <h1>{id}</h1>
        {c && <CameraBadge c={c} />}
        <div class="actions">
          <button type="button" class="btn" onClick={() => setSharing(true)}>
            <Icon name="share" size={15} /> Share
          </button>
        </div>
      </div>
      {camera.error && <Failure error={camera.error} retry={() => void camera.reload()} />}
      {c && (
        <div class="cols">
          <div class="stack">
            <Player id={id} source={() => playlist({ device: id })} nothing={nothing} silentSince={silentSince} onNumbers={setNumbers} />
            <div class="tiles">
              <Number label="Object’s bytes" value={f.count(c.bytes)} sub={c.recording ? `growing by ${f.bits(growth)}` : 'not growing'} />
              <Number
                label="Behind reality"
                value={silentSince || numbers?.delaySeconds == null ? '–' : numbers.delaySeconds.toFixed(1)}
                unit="s"
                sub={silentSince ? `silent since ${f.dateTime(silentSince)}` : 'its clock to now'}
              />
              <Number label="Playable pieces" value={f.count(c.segments)} sub={c.segmentSeconds ? `the latest ${c.segmentSeconds.toFixed(1)} s long` : 'cut at keyframes'} />
              <Number label="Last bytes" value={f.ago(c.lastAppend)} sub={c.codecs} />
            </div>
          </div>
          <div class="stack">
            {c.health.map((h) => (
              <Notice key={h} kind="warn">
                {h}
              </Notice>
            ))}
            <section class="card">
              <div class="card-head">
                <h2>Recording</h2>
              </div>
              <div class="card-body">
                <Facts
                  rows={[
                    ['Object', c.object ? <a href={`/buckets/${seg(c.bucket)}?object=${seg(c.object)}`}>{c.object}</a> : 'none yet'],
                    ['Archive', <a href={`/buckets/${seg(c.bucket)}?prefix=${seg(c.prefix)}`}>{`${c.bucket}/${c.prefix}`}</a>],
                    ['Picture', [c.width ? `${c.width} × ${c.height}` : '', c.codecs].filter(Boolean).join(' · ') || 'unknown yet'],
                    ['Device', <a href="/devices">{c.id}</a>],
                  ]}
                />
              </div>
            </section>
          </div>
        </div>
      )}
      <Sharing open={sharing} onClose={() => setSharing(false)} what={{ device: id }} />
    </>
  );
}
