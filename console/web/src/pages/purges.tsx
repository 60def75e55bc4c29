/** The journal of purges, and the dialog that adds to it. */
import { useState } from 'preact/hooks';
import { post } from '../lib/api';
import type { Domain, Domains, Purge } from '../lib/api';
import * as f from '../lib/format';
import { ActionForm, Dialog, Field, toast } from '../ui/parts';
import { Table } from '../ui/table';

export function Journal({ purges, edges }: { purges: Purge[]; edges: Domains['edges'] }) {
  return (
    <section class="card">
      <div class="card-head">
        <h2>Purges</h2>
        <div class="actions">
          {edges.map((e) => (
            <span key={e.id} class={`badge ${e.alive ? 'good' : 'bad'}`} title={`Last report ${f.dateTime(e.lastReport)}`}>
              <i class="dot" /> edge {e.id.slice(0, 12)} {e.alive ? '' : 'is silent'}
            </span>
          ))}
        </div>
      </div>
      {purges.length === 0 ? (
        <div class="card-body muted small">Nothing was purged yet. A purge reaches every edge within about a second.</div>
      ) : (
        <Table heads={['What', 'On', 'By', '#When', '#Number']}>
          {purges.slice(0, 12).map((p) => (
            <tr key={p.id} data-purge={p.id}>
              <td>
                <code>{p.kind === 'all' ? 'everything' : p.kind === 'prefix' ? `${p.path ?? ''}*` : p.path}</code>
              </td>
              <td class="muted" data-label="On">{p.host ?? 'all domains'}</td>
              <td class="muted" data-label="By">{p.by}</td>
              <td class="num muted" data-label="When">{f.ago(p.time)}</td>
              <td class="num faint" data-label="Number">#{p.id}</td>
            </tr>
          ))}
        </Table>
      )}
    </section>
  );
}

export function PurgeDialog({ open, host, domains, onClose, done }: { open: boolean; host: string | null; domains: Domain[]; onClose: () => void; done: () => void }) {
  const [kind, setKind] = useState<'url' | 'prefix' | 'all'>('url');
  return (
    <Dialog title="Purge" open={open} onClose={onClose}>
      <ActionForm
        submit="Purge"
        onCancel={onClose}
        run={async (d) => {
          await post('/api/purges', { kind, host: d.get('host') || null, path: kind === 'all' ? null : d.get('path') });
          toast('Purged.', 'Edges drop it within about a second; the next request goes to the origin.');
          done();
        }}
      >
        <Field label="What">
          {(id) => (
            <select id={id} class="input" name="kind" value={kind} onChange={(e) => setKind(e.currentTarget.value as typeof kind)}>
              <option value="url">One path, with all its variants</option>
              <option value="prefix">Everything under a path</option>
              <option value="all">Everything</option>
            </select>
          )}
        </Field>
        <Field label="On">
          {(id) => (
            <select id={id} class="input" name="host">
              <option value="">All domains</option>
              {domains.map((x) => (
                <option key={x.host} value={x.host} selected={x.host === host}>
                  {x.host}
                </option>
              ))}
            </select>
          )}
        </Field>
        {kind !== 'all' && (
          <Field label="Path" help="As viewers ask for it; a whole address may be pasted.">
            {(id) => <input id={id} class="input" name="path" required placeholder={kind === 'url' ? '/photos/a.jpg' : '/photos/'} data-autofocus autocomplete="off" />}
          </Field>
        )}
      </ActionForm>
    </Dialog>
  );
}
