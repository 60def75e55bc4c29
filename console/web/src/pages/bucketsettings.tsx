/** Who may read a bucket, which pages may talk to it, and its end. */
import { useState } from 'preact/hooks';
import { api, del, put, seg } from '../lib/api';
import type { Bucket } from '../lib/api';
import { go } from '../lib/router';
import { ActionForm, Confirm, Dialog, Field, toast } from '../ui/parts';

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
