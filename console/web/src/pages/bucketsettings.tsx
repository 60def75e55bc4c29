/** Who may read a bucket, which pages may talk to it, and its end. */
import { useEffect, useState } from 'preact/hooks';
import { api, ApiError, del, get, post, put, seg } from '../lib/api';
import type { Bucket } from '../lib/api';
import * as f from '../lib/format';
import { go } from '../lib/router';
import { useLoaded } from '../lib/use';
import { ActionForm, Dialog, Field, Notice, toast } from '../ui/parts';

export function Settings({ open, onClose, bucket, reload }: { open: boolean; onClose: () => void; bucket: Bucket; reload: () => void }) {
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
          <span class="muted small grow">{bucket.objects === 0 ? 'It is empty.' : `It holds ${f.plural(bucket.objects, 'object')}, ${f.bytes(bucket.bytes)}.`}</span>
          <button type="button" class="btn danger small" onClick={() => setDeleting(true)}>
            Delete bucket
          </button>
        </div>
      </Dialog>
      <Dialog title={`Delete ${bucket.name}?`} open={deleting} onClose={() => setDeleting(false)}>
        <ActionForm
          submit={bucket.objects === 0 ? 'Delete bucket' : 'Delete all of it'}
          danger
          onCancel={() => setDeleting(false)}
          run={async (d) => {
            if (bucket.objects === 0 && !d.has('name')) {
              await del(`/api/buckets/${seg(bucket.name)}`);
              go('/buckets');
              return;
            }
            await post(`/api/buckets/${seg(bucket.name)}/emptying`, { name: d.get('name') });
            setDeleting(false);
            onClose();
            began();
          }}
        >
          {bucket.objects === 0 ? (
            <p class="muted">The name becomes free for others.</p>
          ) : (
            <>
              <Notice kind="warn" title={`${f.plural(bucket.objects, 'object')}, ${f.bytes(bucket.bytes)}, and all uploads under way are deleted for good.`}>
                Streams, cameras and domains that use the bucket lose it. The name becomes free for others.
              </Notice>
              <Field label={`Type ${bucket.name} to confirm`}>{(id) => <input id={id} class="input" name="name" required pattern={bucket.name.replace(/[.\-]/g, '\\$&')} data-autofocus autocomplete="off" />}</Field>
            </>
          )}
        </ActionForm>
      </Dialog>
    </>
  );
}

interface Emptying {
  state: 'running' | 'done' | 'failed';
  deleted: number;
  total: number;
  reason: string;
}

const listeners = new Set<() => void>();

/** Tells the notice of the bucket's page to look. */
function began() {
  listeners.forEach((l) => l());
}

/** How far a bucket's emptying is; nothing while it is not being emptied. */
export function EmptyingNotice({ bucket }: { bucket: string }) {
  const [watching, setWatching] = useState(true);
  const job = useLoaded(
    `emptying ${bucket}`,
    (s) =>
      get<Emptying>(`/api/buckets/${seg(bucket)}/emptying`, s).catch((e: unknown) => {
        if (e instanceof ApiError && e.status === 404) return null; // nobody empties it
        throw e;
      }),
    watching ? 1000 : 0,
  );
  const e = job.data;
  useEffect(() => {
    const look = () => setWatching(true);
    listeners.add(look);
    return () => void listeners.delete(look);
  }, []);
  useEffect(() => {
    if (e?.state === 'done') {
      toast(`${bucket} is deleted.`, `${f.plural(e.deleted, 'object')} went with it.`);
      go('/buckets');
    } else if (e?.state !== 'running') setWatching(false);
  }, [job.data]);
  if (!e || e.state === 'done') return null;
  if (e.state === 'failed')
    return (
      <Notice kind="bad" title={`The bucket was not deleted: ${e.reason}`}>
        {f.plural(e.deleted, 'object')} of {f.count(e.total)} are gone.
      </Notice>
    );
  return (
    <Notice kind="warn" title="This bucket is being deleted with all that it holds.">
      {f.count(e.deleted)} of {f.plural(e.total, 'object')} are gone. It goes on when you leave this page.
    </Notice>
  );
}
