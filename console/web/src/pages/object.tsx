/** One object: preview, what the probe found, its headers, and pictures made from it. */
import { useState } from 'preact/hooks';
import { del, get, post, seg } from '../lib/api';
import type { Me, ObjectDetail, Probe } from '../lib/api';
import * as f from '../lib/format';
import { go } from '../lib/router';
import { useLoaded, useNow, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { DamagedHere } from '../ui/damage';
import { ImageLab } from '../ui/imagelab';
import { ObjectLink } from '../ui/sharing';
import { Still } from '../ui/still';
import { Confirm, Copy, Facts, Failure, Missing, Skeleton, toastError } from '../ui/parts';

export function ObjectPage({ bucket, objectKey }: { me: Me; bucket: string; objectKey: string }) {
  const name = objectKey.split('/').at(-1) ?? objectKey;
  useTitle(name);
  const [deleting, setDeleting] = useState(false);
  const [sharing, setSharing] = useState(false);
  const path = `/api/buckets/${seg(bucket)}/object?key=${seg(objectKey)}`;
  const object = useLoaded(path, (s) => get<ObjectDetail>(path, s), 3000);
  const [base] = useStable(object.data?.urls.edge);
  const folder = objectKey.slice(0, objectKey.lastIndexOf('/') + 1);
  const o = object.data;
  if (object.error?.status === 404) return <Missing error={object.error} what={`of ${bucket}`} list={`/buckets/${seg(bucket)}`} />;
  return (
    <>
      <div class="page-head">
        <h1 class="clip">{name}</h1>
        {o?.type === 'APPENDABLE' && <span class={`badge ${o.sealed ? '' : 'live'}`}>{o.sealed ? 'Sealed' : 'Growing'}</span>}
        <div class="actions">
          {o && (
            <>
              <button type="button" class="btn" onClick={() => setSharing(true)}>
                <Icon name="share" size={15} /> Share
              </button>
              <button type="button" class="btn" onClick={() => void download(bucket, objectKey)}>
                <Icon name="download" size={15} /> Download
              </button>
            </>
          )}
          <button type="button" class="btn danger" onClick={() => setDeleting(true)}>
            Delete
          </button>
        </div>
        <p class="small">
          <a href={`/buckets/${seg(bucket)}${folder ? `?prefix=${seg(folder)}` : ''}`}>
            {bucket}/{folder}
          </a>
        </p>
      </div>
      {object.error && <Failure error={object.error} retry={() => void object.reload()} />}
      <DamagedHere bucket={bucket} objectKey={objectKey} />
      {!o && !object.error && (
        <section class="card">
          <Skeleton rows={8} />
        </section>
      )}
      {o && base && (
        <div class="cols">
          <div class="stack">
            <Preview o={o} base={base} />
          </div>
          <div class="stack">
            <ProbeCard o={o} />
            <section class="card">
              <div class="card-head">
                <h2>Object</h2>
              </div>
              <div class="card-body">
                <Facts
                  rows={[
                    ['Size', <span class="num">{`${f.bytes(o.sizeBytes)} (${f.count(o.sizeBytes)} bytes)`}</span>],
                    ['Type', o.contentType],
                    ['Changed', f.dateTime(o.lastModified)],
                    ['ETag', <code>{o.etag}</code>],
                    ['CRC-64', <code>{o.crc64}</code>],
                    ...Object.entries(o.headers),
                    ...Object.entries(o.metadata).map(([k, v]): [string, string] => [`meta ${k}`, v]),
                  ]}
                />
              </div>
            </section>
            <section class="card">
              <div class="card-head">
                <h2>Link through the edge</h2>
                <div class="actions">
                  <span class="badge">until {new Date(o.urls.expires).toTimeString().slice(0, 5)}</span>
                </div>
              </div>
              <div class="card-body">
                <Copy text={base} label="Link" />
              </div>
            </section>
          </div>
        </div>
      )}
      <ObjectLink open={sharing} onClose={() => setSharing(false)} bucket={bucket} objectKey={objectKey} />
      <Confirm
        open={deleting}
        title="Delete this object?"
        action="Delete"
        onClose={() => setDeleting(false)}
        run={async () => {
          await del(path);
          go(`/buckets/${seg(bucket)}${folder ? `?prefix=${seg(folder)}` : ''}`);
        }}
      >
        {objectKey} will be gone for good; there are no older versions to go back to.
      </Confirm>
    </>
  );
}

/** Saves the object under its name: the object door says that it is a file. */
async function download(bucket: string, key: string) {
  try {
    const { url } = await post<{ url: string }>('/api/origin-url', { bucket, key, download: true });
    const a = document.createElement('a');
    a.href = url;
    a.target = '_blank'; // a tab that closes at once: this page is not left, and uploads go on
    a.rel = 'noreferrer';
    a.click();
  } catch (e) {
    toastError(e);
  }
}

/** Keeps the first address, so that a picture is not fetched again at every reload of the facts. */
function useStable(value: string | undefined): [string | undefined] {
  const [kept, keep] = useState(value);
  if (value && (!kept || kept.split('?')[0] !== value.split('?')[0])) {
    keep(value);
    return [value];
  }
  return [kept];
}

function Preview({ o, base }: { o: ObjectDetail; base: string }) {
  const type = o.contentType;
  if (type.startsWith('image/') && type !== 'image/svg+xml') {
    return (
      <section class="card">
        <ImageLab base={base} />
      </section>
    );
  }
  if (/^video\/(mp4|webm|quicktime)/.test(type)) {
    return (
      <section class="card">
        <div class="preview">
          <video src={base} controls preload="metadata" />
        </div>
        <div class="card-body">
          <p class="small muted">Played with Range requests through the edge.</p>
          <Still base={base} seconds={o.probe?.durationSeconds ?? null} />
        </div>
      </section>
    );
  }
  if (type.startsWith('audio/')) {
    return (
      <section class="card card-body">
        <audio src={base} controls style={{ width: '100%' }} />
      </section>
    );
  }
  return (
    <section class="card">
      <div class="card-body">
        <div class="row muted">
          <Icon name="file" /> There is no preview for {type || 'this type'}. Download it to look inside.
        </div>
      </div>
    </section>
  );
}

function ProbeCard({ o }: { o: ObjectDetail }) {
  return (
    <section class="card" data-testid="probe">
      <div class="card-head">
        <h2>What is in it</h2>
        {!waits(o.probe) && <div class="actions">{probeBadge(o.probe)}</div>}
      </div>
      <div class="card-body">
        {waits(o.probe) ? <Unprobed o={o} /> : <ProbeFacts p={o.probe} />}
      </div>
    </section>
  );
}

/** A probe that is so late waits for something. */
const PROBE_SECONDS = 30;

function Unprobed({ o }: { o: ObjectDetail }) {
  const age = (useNow(1000) - Date.parse(o.lastModified)) / 1000;
  if (age > PROBE_SECONDS) return <p class="small muted">It was not looked at yet: the probes are behind, or ffmpeg is missing. The overview says so.</p>;
  return (
    <div class="row muted small">
      <span class="spin" style={{ width: '14px', height: '14px' }} /> {o.probe.message}
    </div>
  );
}

function waits(p: Probe) {
  return p.state === 'waiting';
}

function probeBadge(p: Probe) {
  return <span class={`badge ${p.state === 'ok' ? 'good' : p.state === 'failed' ? 'bad' : ''}`}>{p.state === 'ok' ? p.kind || 'probed' : p.state.replace('-', ' ')}</span>;
}

function ProbeFacts({ p }: { p: Probe }) {
  const rows: [string, string][] = [];
  if (p.format) rows.push(['Format', p.format]);
  if (p.width && p.height) rows.push(['Dimensions', `${p.width} × ${p.height}`]);
  if (p.durationSeconds !== null) rows.push(['Duration', f.clock(p.durationSeconds) + ` (${p.durationSeconds.toFixed(2)} s)`]);
  rows.push(...Object.entries(p.details));
  return (
    <>
      {p.message && <p class="small muted">{p.message}</p>}
      {rows.length > 0 ? <Facts rows={rows} /> : !p.message && <p class="small muted">No media was found in it.</p>}
    </>
  );
}
