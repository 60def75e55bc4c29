/** One bucket: its folders and objects, uploads, and who may do what. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get, put, seg } from '../lib/api';
import type { Bucket, Me, ObjectPage as Listing } from '../lib/api';
import { useKey } from '../lib/keys';
import { go } from '../lib/router';
import { measureClock } from '../lib/time';
import { startUpload } from '../lib/upload';
import { useLoaded, usePages, useTitle } from '../lib/use';
import { useDrop } from '../lib/drop';
import { Icon } from '../ui/icons';
import { Empty, Failure, Missing, Notice, Pager, Skeleton, toast, toastError } from '../ui/parts';
import { Uploads } from '../ui/uploads';
import { EmptyingNotice, Settings } from './bucketsettings';
import { folder, Rows } from './objectrows';

export function BucketPage({ bucket, prefix }: { me: Me; bucket: string; prefix: string }) {
  useTitle(bucket);
  const info = useLoaded(`bucket ${bucket}`, (s) => get<Bucket>(`/api/buckets/${seg(bucket)}`, s), 8000);
  const pages = usePages(`${bucket}/${prefix}`);
  const list = useLoaded(
    `objects ${bucket} ${prefix} ${pages.after}`,
    (s) => get<Listing>(`/api/buckets/${seg(bucket)}/objects?prefix=${seg(prefix)}&after=${seg(pages.after)}&limit=100`, s),
    8000,
  );
  const reload = () => {
    void list.reload();
    void info.reload(); // what it holds
  };
  const [settings, setSettings] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  useKey('u', 'Upload files', () => chooser.current?.click());
  useEffect(() => void measureClock(), []);
  const add = (files: Iterable<File>, below = '') => {
    for (const file of files) startUpload(bucket, folder(prefix) + below, file);
  };
  const needsCors = info.data !== null && !allows(info.data);
  const over = useDrop((dropped) => {
    if (info.data && !needsCors) dropped.forEach((d) => add([d.file], d.folder));
    else
      toastError(
        needsCors
          ? { message: 'Nothing was uploaded: this bucket does not take uploads from this page yet.', hint: 'Press “Allow uploads”, then drop again.' }
          : { message: 'Nothing was uploaded: the bucket could not be read.', hint: 'Reload the page, then drop again.' },
      );
  }, toastError);
  if (info.error?.status === 404) return <Missing error={info.error} what="buckets" list="/buckets" />;
  const uploadButton = (
    <button type="button" class="btn primary" disabled={needsCors} onClick={() => chooser.current?.click()}>
      <Icon name="upload" size={15} /> Upload
    </button>
  );
  return (
    <div class="stack" style={{ gap: '20px' }}>
      <div class="page-head">
        <h1>{bucket}</h1>
        {info.data && <span class={`badge ${info.data.acl === 'private' ? '' : 'warn'}`}>{info.data.acl === 'private' ? 'Private' : 'Public'}</span>}
        <div class="actions">
          <button type="button" class="btn" onClick={() => (void info.reload(), setSettings(true))}>
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
      <EmptyingNotice bucket={bucket} />
      {needsCors && <CorsOffer bucket={bucket} done={() => void info.reload()} />}
      <Uploads bucket={bucket} reload={reload} choose={() => chooser.current?.click()} />
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
        {list.data && list.data.entries.length + list.data.prefixes.length > 0 && <Rows key={`${prefix} ${pages.after}`} bucket={bucket} prefix={prefix} list={list.data} reload={reload} />}
        <Pager pages={pages} next={list.data?.next} />
      </section>
      {info.data && <Settings open={settings} onClose={() => setSettings(false)} bucket={info.data} reload={() => void info.reload()} />}
    </div>
  );
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
