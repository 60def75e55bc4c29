/** Uploads as rows with their progress: those of one bucket, and the few that run shown on every page. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { seg } from '../lib/api';
import * as f from '../lib/format';
import { cancelUpload, forgetUnfinished, onUploads, pauseUpload, resumeUpload, unfinished, uploads } from '../lib/upload';
import type { Upload } from '../lib/upload';
import { iconFor } from './fileicon';
import { Icon } from './icons';
import { Failure } from './parts';

const STATES: Record<string, string> = { waiting: 'Waiting', running: 'Uploading', paused: 'Paused', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

/** Draws anew whenever an upload changes. */
function useUploads(changed?: () => void): Upload[] {
  const [, redraw] = useState(0);
  const latest = useRef(changed);
  latest.current = changed; // of the folder that is shown now
  useEffect(
    () =>
      onUploads(() => {
        redraw((n) => n + 1);
        latest.current?.();
      }),
    [],
  );
  return uploads();
}

export function Uploads({ bucket, reload, choose }: { bucket: string; reload: () => void; choose: () => void }) {
  const finished = useRef(0);
  const all = useUploads(() => {
    const done = uploads().filter((u) => u.state === 'done').length;
    if (done > finished.current) reload();
    finished.current = done;
  });
  const mine = all.filter((u) => u.bucket === bucket);
  const left = unfinished(bucket);
  if (mine.length + left.length === 0) return null;
  return (
    <section class="card" aria-label="Uploads">
      <div class="card-head">
        <h2>Uploads</h2>
      </div>
      {left.map((m) => (
        <div key={m.uploadId} class="upload-row">
          <div class="row">
            <Icon name="clock" size={16} />
            <span class="grow clip">
              {m.key} <span class="muted small">did not finish. Choose the same file again and it goes on where it stopped.</span>
            </span>
            <button type="button" class="btn small" onClick={choose}>
              Choose file
            </button>
            <button type="button" class="btn quiet small" onClick={() => void forgetUnfinished(m)}>
              Discard
            </button>
          </div>
        </div>
      ))}
      {mine.map((u) => (
        <UploadRow key={u.id} u={u} />
      ))}
    </section>
  );
}

function UploadRow({ u }: { u: Upload }) {
  const part = u.sizeBytes === 0 ? 1 : u.sentBytes / u.sizeBytes;
  const left = u.bytesPerSecond > 0 ? (u.sizeBytes - u.sentBytes) / u.bytesPerSecond : 0;
  return (
    <div class="upload-row" data-upload={u.state}>
      <div class="row">
        <Icon name={u.state === 'done' ? 'check' : iconFor(u.key)} size={16} />
        {u.state === 'done' ? (
          <a class="clip" href={`/buckets/${seg(u.bucket)}?object=${seg(u.key)}`}>
            {u.key}
          </a>
        ) : (
          <span class="clip">{u.key}</span>
        )}
        <span class="grow right muted small num">
          {u.state === 'running' ? `${f.bytes(u.sentBytes)} of ${f.bytes(u.sizeBytes)} · ${f.bytes(u.bytesPerSecond)}/s${left > 1 ? ` · ${f.duration(left)} left` : ''}` : `${STATES[u.state]} · ${f.bytes(u.sizeBytes)}`}
          {u.resumedBytes > 0 && u.state !== 'done' ? ` · went on from ${f.bytes(u.resumedBytes)}` : ''}
        </span>
        {u.state === 'running' && (
          <button type="button" class="btn small" onClick={() => pauseUpload(u.id)}>
            Pause
          </button>
        )}
        {(u.state === 'paused' || u.state === 'failed') && (
          <button type="button" class="btn small" onClick={() => resumeUpload(u.id)}>
            {u.state === 'paused' ? 'Go on' : 'Try again'}
          </button>
        )}
        <button type="button" class="btn quiet icon small" aria-label={u.state === 'done' ? 'Remove from this list' : `Cancel ${u.key}`} onClick={() => void cancelUpload(u.id)}>
          <Icon name="close" size={14} />
        </button>
      </div>
      {u.state !== 'done' && <Progress part={part} label={`Upload of ${u.key}`} />}
      {u.error && <Failure error={u.error} />}
    </div>
  );
}

function Progress({ part, label }: { part: number; label: string }) {
  return (
    <div class="bar" role="progressbar" aria-label={label} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100}>
      <i style={{ width: `${(part * 100).toFixed(1)}%` }} />
    </div>
  );
}

/** At the foot of every page while something is on its way; a link to the bucket that it goes to. */
export function UploadDock({ path }: { path: string }) {
  const open = useUploads().filter((u) => u.state !== 'done' && u.state !== 'cancelled');
  const first = open.find((u) => u.state === 'failed') ?? open[0];
  if (!first || path === `/buckets/${seg(first.bucket)}`) return null;
  const failed = open.filter((u) => u.state === 'failed').length;
  const total = open.reduce((sum, u) => sum + u.sizeBytes, 0);
  const sent = open.reduce((sum, u) => sum + u.sentBytes, 0);
  const text = failed > 0 ? `${f.plural(failed, 'upload')} failed: ${first.error?.message ?? ''}` : open.every((u) => u.state === 'paused') ? `${f.plural(open.length, 'upload')} paused` : `Uploading ${f.plural(open.length, 'file')}, ${f.bytes(sent)} of ${f.bytes(total)}`;
  return (
    <a class={`dock ${failed > 0 ? 'bad' : ''}`} href={`/buckets/${seg(first.bucket)}`} data-testid="dock">
      <Icon name={failed > 0 ? 'alert' : 'upload'} size={16} />
      <span class="grow clip" role="status">
        {text}
      </span>
      {failed === 0 && <Progress part={total === 0 ? 0 : sent / total} label="All uploads" />}
    </a>
  );
}
