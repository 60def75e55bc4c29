/** Folders and objects of one bucket as rows, to open, choose and delete. */
import { useState } from 'preact/hooks';
import { del, post, seg } from '../lib/api';
import type { ObjectPage } from '../lib/api';
import * as f from '../lib/format';
import { iconFor } from '../ui/fileicon';
import { Icon } from '../ui/icons';
import { Confirm, toast, toastError } from '../ui/parts';

/** The folder that a prefix leads into: what a person typed may end in the midst of a name. */
export function folder(prefix: string): string {
  return prefix.slice(0, prefix.lastIndexOf('/') + 1);
}

interface Deleted {
  deleted: number;
  refused: { key: string; message: string }[];
}

export function Rows({ bucket, prefix, list, reload }: { bucket: string; prefix: string; list: ObjectPage; reload: () => void }) {
  const [deleting, setDeleting] = useState<string | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asking, setAsking] = useState(false);
  const here = list.entries.filter((o) => chosen.has(o.key)).map((o) => o.key);
  const choose = (keys: string[], on: boolean) => setChosen(new Set(on ? [...chosen, ...keys] : [...chosen].filter((k) => !keys.includes(k))));
  const all = list.entries.map((o) => o.key);
  return (
    <div class="table-wrap">
      {here.length > 0 && (
        <div class="row card-head" role="status">
          <span class="grow">{f.plural(here.length, 'object')} chosen</span>
          <button type="button" class="btn small" onClick={() => setChosen(new Set())}>
            None
          </button>
          <button type="button" class="btn small danger" onClick={() => setAsking(true)}>
            Delete {f.count(here.length)}
          </button>
        </div>
      )}
      <table>
        <thead>
          <tr>
            <th class="pick">
              <input type="checkbox" aria-label="Choose all on this page" disabled={all.length === 0} checked={all.length > 0 && here.length === all.length} onChange={(e) => choose(all, e.currentTarget.checked)} />
            </th>
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
              <td class="pick" />
              <td class="grows">
                <span class="cell-name">
                  <Icon name="folder" />
                  <a class="strong clip" title={p} data-row href={`/buckets/${seg(bucket)}?prefix=${seg(p)}`}>
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
              <td class="pick">
                <input type="checkbox" aria-label={`Choose ${o.key}`} checked={chosen.has(o.key)} onChange={(e) => choose([o.key], e.currentTarget.checked)} />
              </td>
              <td class="grows">
                <span class="cell-name">
                  <Icon name={iconFor(o.key)} />
                  <a class="strong clip" title={o.key} data-row href={`/buckets/${seg(bucket)}?object=${seg(o.key)}`}>
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
      <Confirm
        open={asking}
        title={`Delete ${f.plural(here.length, 'object')}?`}
        action="Delete them"
        onClose={() => setAsking(false)}
        run={async () => {
          const done = await post<Deleted>(`/api/buckets/${seg(bucket)}/delete`, { keys: here });
          const first = done.refused[0];
          if (first) toastError({ message: `${f.plural(done.refused.length, 'object')} stayed, ${first.key} for one.`, hint: first.message });
          else toast(`Deleted ${f.plural(done.deleted, 'object')}.`);
          setChosen(new Set(done.refused.map((r) => r.key)));
          reload();
        }}
      >
        They will be gone for good; there are no older versions to go back to.
      </Confirm>
    </div>
  );
}
