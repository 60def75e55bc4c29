/** One bucket: its folders and objects, uploads, and who may do what. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { api, del, get, put, seg } from '../lib/api';
import type { Bucket, Me, ObjectPage as Listing } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { go } from '../lib/router';
import { measureClock } from '../lib/time';
import { cancelUpload, forgetUnfinished, onUploads, pauseUpload, resumeUpload, startUpload, unfinished, uploads } from '../lib/upload';
import type { Upload } from '../lib/upload';
import { useLoaded, usePages, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import type { IconName } from '../ui/icons';
import { ActionForm, Confirm, Dialog, Empty, Failure, Field, Notice, Pager, Skeleton, toast, toastError } from '../ui/parts';

export function iconFor(key: string): IconName {
  if (/\.(jpe?g|png|gif|webp|avif|heic|tiff?|svg|bmp)$/i.test(key)) return 'image';
  if (/\.(mp4|m4v|mov|mkv|webm|ts|flv|m4s|m3u8)$/i.test(key)) return 'video';
  return 'file';
}

export function BucketPage({ bucket, prefix }: { me: Me; bucket: string; prefix: string }) {
  useTitle(bucket);
  const info = useLoaded(`bucket ${bucket}`, (s) => get<Bucket>(`/api/buckets/${seg(bucket)}`, s));
  const pages = usePages(`${bucket}/${prefix}`);
  const list = useLoaded(
    `objects ${bucket} ${prefix} ${pages.after}`,
    (s) => get<Listing>(`/api/buckets/${seg(bucket)}/objects?prefix=${seg(prefix)}&after=${seg(pages.after)}&limit=100`, s),
    8000,
  );
  const [settings, setSettings] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  useKey('u', 'Upload files', () => chooser.current?.click());
  useEffect(() => void measureClock(), []);
  const [over, setOver] = useState(false);
  const add = (files: Iterable<File>) => {
    for (const file of files) startUpload(bucket, folder(prefix), file);
  };
  const needsCors = info.data !== null && !allows(info.data);
  const uploadButton = (
    <button type="button" class="btn primary" disabled={needsCors} onClick={() => chooser.current?.click()}>
      <Icon name="upload" size={15} /> Upload
    </button>
  );
  return (
    <div
      class="stack"
      style={{ gap: '20px' }}
      onDragOver={(e) => (e.preventDefault(), setOver(true))}
      onDragLeave={(e) => e.currentTarget === e.target && setOver(false)}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        if (!needsCors && e.dataTransfer) add(e.dataTransfer.files);
      }}
    >
      <div class="page-head">
        <h1>{bucket}</h1>
        {info.data && <span class={`badge ${info.data.acl === 'private' ? '' : 'warn'}`}>{info.data.acl === 'private' ? 'Private' : 'Public'}</span>}
        <div class="actions">
          <button type="button" class="btn" onClick={() => setSettings(true)}>
            Settings
          </button>
          {uploadButton}
        </div>
      </div>
      <input
        ref={chooser}
        type="file"
        multiple
        class="hidden"
        tabIndex={-1}
        aria-label="Files to upload"
        data-testid="files"
        onChange={(e) => {
          add(e.currentTarget.files ?? []);
          e.currentTarget.value = '';
        }}
      />
      {info.error && <Failure error={info.error} retry={() => void info.reload()} />}
      {needsCors && <CorsOffer bucket={bucket} done={() => void info.reload()} />}
      <Uploads bucket={bucket} reload={() => void list.reload()} choose={() => chooser.current?.click()} />
      <section class={`card ${over ? 'drop over' : ''}`} style={over ? { padding: 0, textAlign: 'left' } : undefined}>
        <div class="card-head">
          <Prefix bucket={bucket} prefix={prefix} />
          <div class="actions">
            <PrefixFilter bucket={bucket} prefix={prefix} />
          </div>
        </div>
        {list.error && (
          <div class="card-body">
            <Failure error={list.error} retry={() => void list.reload()} />
          </div>
        )}
        {!list.data && !list.error && <Skeleton rows={6} />}
        {list.data && list.data.entries.length + list.data.prefixes.length === 0 && (
          <Empty icon="upload" title={prefix ? 'Nothing under this prefix' : 'This bucket is empty'} action={uploadButton}>
            Drop files here, press <kbd>u</kbd>, or send them with any OSS or S3 client.
          </Empty>
        )}
        {list.data && list.data.entries.length + list.data.prefixes.length > 0 && <Rows bucket={bucket} prefix={prefix} list={list.data} reload={() => void list.reload()} />}
        <Pager pages={pages} next={list.data?.next} />
      </section>
      {info.data && <Settings open={settings} onClose={() => setSettings(false)} bucket={info.data} reload={() => void info.reload()} />}
    </div>
  );
}

/** The folder that a prefix leads into: what a person typed may end in the midst of a name. */
function folder(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

function allows(b: Bucket): boolean {
  return b.cors.some((r) => r.origins.some((o) => o === '*' || o === location.origin) && r.methods.includes('PUT') && r.methods.includes('POST'));
}

function CorsOffer({ bucket, done }: { bucket: string; done: () => void }) {
  const [busy, setBusy] = useState(false);
  return (
    <Notice
      title="This bucket does not take uploads from this page yet."
      action={
        <button
          type="button"
          class="btn small primary"
          disabled={busy}
          onClick={() => {
            setBusy(true);
            put(`/api/buckets/${seg(bucket)}/cors/console`, { origin: location.origin })
              .then(() => (toast('Uploads from this page are allowed.'), done()))
              .catch(toastError)
              .finally(() => setBusy(false));
          }}
        >
          Allow uploads
        </button>
      }
    >
      Files go straight to the object door, so the bucket needs a CORS rule for {location.origin}. It adds one rule and changes nothing else.
    </Notice>
  );
}

function Prefix({ bucket, prefix }: { bucket: string; prefix: string }) {
  const parts = folder(prefix).split('/').filter(Boolean);
  return (
    <nav aria-label="Folder" class="row wrap small" style={{ gap: '4px' }}>
      <a href={`/buckets/${seg(bucket)}`}>{bucket}</a>
      {parts.map((p, i) => (
        <span key={i} class="row" style={{ gap: '4px' }}>
          <span class="faint">/</span>
          <a href={`/buckets/${seg(bucket)}?prefix=${seg(`${parts.slice(0, i + 1).join('/')}/`)}`}>{p}</a>
        </span>
      ))}
    </nav>
  );
}

function PrefixFilter({ bucket, prefix }: { bucket: string; prefix: string }) {
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        const text = String(new FormData(e.currentTarget).get('prefix') ?? '');
        go(`/buckets/${seg(bucket)}${text ? `?prefix=${seg(text)}` : ''}`);
      }}
    >
      <input key={prefix} class="input small" name="prefix" aria-label="Prefix" placeholder="Prefix, then Enter" defaultValue={prefix} autocomplete="off" />
    </form>
  );
}

function Rows({ bucket, prefix, list, reload }: { bucket: string; prefix: string; list: Listing; reload: () => void }) {
  const [deleting, setDeleting] = useState<string | null>(null);
  return (
    <div class="table-wrap">
      <table>
        <thead>
          <tr>
            <th>Name</th>
            <th class="num">Size</th>
            <th class="num wide-only">Changed</th>
            <th>
              <span class="hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {list.prefixes.map((p) => (
            <tr key={p}>
              <td class="grows">
                <span class="cell-name">
                  <Icon name="folder" />
                  <a class="strong clip" data-row href={`/buckets/${seg(bucket)}?prefix=${seg(p)}`}>
                    {p.slice(folder(prefix).length)}
                  </a>
                </span>
              </td>
              <td class="num muted">–</td>
              <td class="num muted wide-only">–</td>
              <td />
            </tr>
          ))}
          {list.entries.map((o) => (
            <tr key={o.key}>
              <td class="grows">
                <span class="cell-name">
                  <Icon name={iconFor(o.key)} />
                  <a class="strong clip" data-row href={`/buckets/${seg(bucket)}?object=${seg(o.key)}`}>
                    {o.key.slice(folder(prefix).length) || o.key}
                  </a>
                  {o.type === 'APPENDABLE' && <span class="badge">append</span>}
                </span>
              </td>
              <td class="num">{f.bytes(o.sizeBytes)}</td>
              <td class="num muted wide-only" title={f.dateTime(o.lastModified)}>
                {f.ago(o.lastModified)}
              </td>
              <td class="right" style={{ width: '52px' }}>
                <button type="button" class="btn quiet icon small" aria-label={`Delete ${o.key}`} onClick={() => setDeleting(o.key)}>
                  <Icon name="trash" size={15} />
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <Confirm
        open={deleting !== null}
        title="Delete this object?"
        action="Delete"
        onClose={() => setDeleting(null)}
        run={async () => {
          await del(`/api/buckets/${seg(bucket)}/object?key=${seg(deleting ?? '')}`);
          toast('Deleted.', deleting ?? '');
          reload();
        }}
      >
        {deleting} will be gone for good; there are no older versions to go back to.
      </Confirm>
    </div>
  );
}

const STATES: Record<string, string> = { waiting: 'Waiting', running: 'Uploading', paused: 'Paused', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' };

function Uploads({ bucket, reload, choose }: { bucket: string; reload: () => void; choose: () => void }) {
  const [, redraw] = useState(0);
  const finished = useRef(0);
  const latest = useRef(reload);
  latest.current = reload; // of the folder that is shown now
  useEffect(
    () =>
      onUploads(() => {
        redraw((n) => n + 1);
        const done = uploads().filter((u) => u.state === 'done').length;
        if (done > finished.current) latest.current();
        finished.current = done;
      }),
    [],
  );
  const mine = uploads().filter((u) => u.bucket === bucket);
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
      {u.state !== 'done' && (
        <div class="bar" role="progressbar" aria-label={`Upload of ${u.key}`} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100}>
          <i style={{ width: `${(part * 100).toFixed(1)}%` }} />
        </div>
      )}
      {u.error && <Failure error={u.error} />}
    </div>
  );
}

function Settings({ open, onClose, bucket, reload }: { open: boolean; onClose: () => void; bucket: Bucket; reload: () => void }) {
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <Dialog title={`Settings of ${bucket.name}`} open={open && !deleting} onClose={onClose}>
        <ActionForm
          submit="Save"
          onCancel={onClose}
          run={async (d) => {
            const name = seg(bucket.name);
            const acl = String(d.get('acl'));
            if (acl !== bucket.acl) await put(`/api/buckets/${name}/acl`, { acl });
            const cors = String(d.get('cors')).trim();
            let rules: unknown;
            try {
              rules = cors ? JSON.parse(cors) : [];
            } catch {
              throw { message: 'The CORS rules are not JSON.', hint: 'Check commas and quotes; an empty field removes all rules.' };
            }
            await api('PUT', `/api/buckets/${name}/cors`, { rules });
            toast('Saved.');
            reload();
            onClose();
          }}
        >
          <Field label="Who may read">
            {(id) => (
              <select id={id} class="input" name="acl" defaultValue={bucket.acl}>
                {(['private', 'public-read', 'public-read-write'] as const).map((a) => (
                  <option key={a} value={a} selected={a === bucket.acl}>
                    {a === 'private' ? 'Private' : a === 'public-read' ? 'Anyone may read' : 'Anyone may read and write'}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <Field label="CORS rules" help="Which web pages may talk to this bucket directly; a JSON list.">
            {(id) => <textarea id={id} class="input" name="cors" rows={8} spellcheck={false} defaultValue={bucket.cors.length ? JSON.stringify(bucket.cors, null, 2) : ''} />}
          </Field>
        </ActionForm>
        <div style={{ borderTop: '1px solid var(--line)', marginTop: '18px', paddingTop: '14px' }} class="row">
          <span class="muted small grow">An empty bucket can be deleted.</span>
          <button type="button" class="btn danger small" onClick={() => setDeleting(true)}>
            Delete bucket
          </button>
        </div>
      </Dialog>
      <Confirm
        open={deleting}
        title={`Delete ${bucket.name}?`}
        action="Delete bucket"
        onClose={() => setDeleting(false)}
        run={async () => {
          await del(`/api/buckets/${seg(bucket.name)}`);
          go('/buckets');
        }}
      >
        The name becomes free for others. A bucket that still holds objects is not deleted.
      </Confirm>
    </>
  );
}
