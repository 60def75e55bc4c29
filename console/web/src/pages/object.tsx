/** One object: preview, what the probe found, its headers, and pictures made from it. */
import { useState } from 'preact/hooks';
import { del, get, seg } from '../lib/api';
import type { Me, ObjectDetail, Probe } from '../lib/api';
import * as f from '../lib/format';
import { go } from '../lib/router';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { DamagedHere } from '../ui/damage';
import { ImageLab } from '../ui/imagelab';
import { Confirm, Copy, Facts, Failure, Skeleton } from '../ui/parts';

export function ObjectPage({ bucket, objectKey }: { me: Me; bucket: string; objectKey: string }) {
  const name = objectKey.split('/').at(-1) ?? objectKey;
  useTitle(name);
  const [deleting, setDeleting] = useState(false);
  const path = `/api/buckets/${seg(bucket)}/object?key=${seg(objectKey)}`;
  const object = useLoaded(path, (s) => get<ObjectDetail>(path, s), 3000);
  const [base] = useStable(object.data?.urls.edge);
  const folder = objectKey.slice(0, objectKey.lastIndexOf('/') + 1);
  const o = object.data;
  return (
    <>
      <div class="page-head">
        <h1 class="clip">{name}</h1>
        {o?.type === 'APPENDABLE' && <span class={`badge ${o.sealed ? '' : 'live'}`}>{o.sealed ? 'Sealed' : 'Growing'}</span>}
        <div class="actions">
          {base && (
            <a class="btn" href={base} download={name}>
              <Icon name="download" size={15} /> Download
            </a>
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
          <Snapshot base={base} />
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

function Snapshot({ base }: { base: string }) {
  const [at, setAt] = useState(0);
  const url = `${base}&x-oss-process=video/snapshot,t_${at},f_jpg,w_480`;
  const [show, setShow] = useState(false);
  return (
    <div class="stack tight">
      <div class="row">
        <label class="row small">
          Still at
          <input class="input small" style={{ width: '92px' }} type="number" min={0} step={500} value={at} onChange={(e) => setAt(e.currentTarget.valueAsNumber || 0)} /> ms
        </label>
        <button type="button" class="btn small" onClick={() => setShow(true)}>
          Take it
        </button>
      </div>
      {show && (
        <>
          <img src={url} alt={`Still at ${at} ms`} style={{ maxWidth: '100%', borderRadius: '8px' }} />
          <Copy text={url} label="Address of this still" />
        </>
      )}
    </div>
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
        {waits(o.probe) ? (
          <div class="row muted small">
            <span class="spin" style={{ width: '14px', height: '14px' }} /> {o.probe.message}
          </div>
        ) : (
          <ProbeFacts p={o.probe} />
        )}
      </div>
    </section>
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
