/** The list of buckets. */
import { useState } from 'preact/hooks';
import { get, post } from '../lib/api';
import type { Bucket } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { go } from '../lib/router';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { ActionForm, Dialog, Empty, Failure, Field, Skeleton } from '../ui/parts';
import { Table } from '../ui/table';

export function BucketsPage() {
  useTitle('Buckets');
  const list = useLoaded('buckets', (s) => get<{ buckets: Bucket[] }>('/api/buckets', s), 10000);
  const [creating, setCreating] = useState(false);
  useKey('n', 'New bucket', () => setCreating(true));
  const button = (
    <button type="button" class="btn primary" onClick={() => setCreating(true)}>
      <Icon name="plus" size={15} /> New bucket
    </button>
  );
  return (
    <>
      <div class="page-head">
        <h1>Buckets</h1>
        <div class="actions">{button}</div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      <section class="card">
        {!list.data && !list.error && <Skeleton />}
        {list.data?.buckets.length === 0 && (
          <Empty icon="bucket" title="No buckets yet" action={button}>
            A bucket holds pictures, video, recordings: anything. OSS and S3 clients see the same buckets.
          </Empty>
        )}
        {list.data && list.data.buckets.length > 0 && (
          <Table heads={['Name', 'Who may read', '#Objects', '#Bytes', 'Browser uploads', 'Owner', '#Made']}>
                {list.data.buckets.map((b) => (
                  <tr key={b.name}>
                    <td>
                      <span class="cell-name">
                        <Icon name="bucket" />
                        <a class="strong" data-row href={`/buckets/${b.name}`}>
                          {b.name}
                        </a>
                      </span>
                    </td>
                    <td>{b.acl === 'private' ? <span class="badge">Private</span> : <span class="badge warn">{b.acl === 'public-read' ? 'Anyone may read' : 'Anyone may read and write'}</span>}</td>
                    <td class="num" data-label="Objects">{f.count(b.objects)}</td>
                    <td class="num" data-label="Bytes" title={`${f.count(b.bytes)} bytes`}>{f.bytes(b.bytes)}</td>
                    <td class="muted" data-label="Browser uploads">{b.cors.length > 0 ? f.plural(b.cors.length, 'CORS rule') : 'off'}</td>
                    <td class="muted" data-label="Owner" title={b.owner}>{b.ownerName}</td>
                    <td class="num muted" data-label="Made">{f.date(b.created)}</td>
                  </tr>
                ))}
          </Table>
        )}
      </section>
      <Dialog title="New bucket" open={creating} onClose={() => setCreating(false)}>
        <ActionForm
          submit="Create bucket"
          onCancel={() => setCreating(false)}
          run={async (d) => {
            const name = String(d.get('name'));
            await post('/api/buckets', { name, acl: d.get('acl') });
            go(`/buckets/${name}`);
          }}
        >
          <Field label="Name" help="3 to 63 lower-case letters, digits and hyphens; it can't be changed later.">
            {(id) => <input id={id} class="input" name="name" required minLength={3} maxLength={63} pattern="[a-z0-9][a-z0-9\-]*[a-z0-9]" data-autofocus autocomplete="off" />}
          </Field>
          <Field label="Who may read" help="Private is right for most: the edge serves viewers with tokens anyway.">
            {(id) => (
              <select id={id} class="input" name="acl">
                <option value="private">Private</option>
                <option value="public-read">Anyone may read</option>
              </select>
            )}
          </Field>
        </ActionForm>
      </Dialog>
    </>
  );
}
