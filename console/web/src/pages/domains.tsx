/** Domains at the edge: what they map to, how well they hit, and purging. */
import { useState } from 'preact/hooks';
import { del, get, post, put, seg } from '../lib/api';
import type { Bucket, Device, Domain, Domains, DomainStats, Me, Purge, Stream } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { ActionForm, Confirm, Copy, Dialog, Empty, Failure, Field, Skeleton, toast } from '../ui/parts';

export function DomainsPage({ me }: { me: Me }) {
  useTitle('Domains');
  const list = useLoaded('domains', (s) => get<Domains>('/api/domains', s), 3000);
  const purges = useLoaded('purges', (s) => get<{ purges: Purge[] }>('/api/purges', s), 5000);
  const [editing, setEditing] = useState<Domain | 'new' | null>(null);
  const [purging, setPurging] = useState<string | null | undefined>(undefined);
  const [deleting, setDeleting] = useState<string | null>(null);
  useKey('n', 'New domain', () => setEditing('new'));
  useKey('p', 'Purge', () => setPurging(null));
  const d = list.data;
  return (
    <>
      <div class="page-head">
        <h1>Domains</h1>
        <div class="actions">
          <button type="button" class="btn" onClick={() => setPurging(null)}>
            <Icon name="refresh" size={15} /> Purge
          </button>
          <button type="button" class="btn primary" onClick={() => setEditing('new')}>
            <Icon name="plus" size={15} /> New domain
          </button>
        </div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      <section class="card">
        {!d && !list.error && <Skeleton />}
        {d && (
          <div class="table-wrap">
            <table class="folds">
              <thead>
                <tr>
                  <th>Host</th>
                  <th>Serves</th>
                  <th>Access</th>
                  <th class="num">Hit ratio</th>
                  <th class="num">Requests</th>
                  <th class="num">Out</th>
                  <th>
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                <tr data-domain="default">
                  <td>
                    <span class="cell-name">
                      <Icon name="domain" />
                      <span>
                        <strong style={{ fontWeight: 540 }}>Default domain</strong>
                        <span class="faint small"> {me.doors.edge.replace(/^https?:\/\//, '')}</span>
                      </span>
                    </span>
                  </td>
                  <td class="muted" data-label="Serves">
                    everything, by path
                  </td>
                  <td data-label="Access">
                    <span class="badge">
                      <Icon name="shield" size={13} /> Token
                    </span>
                  </td>
                  <Stats s={d.defaultDomain} />
                  <td />
                </tr>
                {d.domains.map((x) => (
                  <tr key={x.host} data-domain={x.host}>
                    <td>
                      <span class="cell-name">
                        <Icon name="domain" />
                        <button type="button" data-row class="btn quiet small" style={{ padding: 0, color: 'var(--text)', fontSize: '14px' }} onClick={() => setEditing(x)}>
                          {x.host}
                        </button>
                        {x.certificate && <span class="badge good">TLS</span>}
                        {x.website && <span class="badge warn">Website</span>}
                      </span>
                    </td>
                    <td class="muted" data-label="Serves">{originText(x)}</td>
                    <td data-label="Access">{x.auth ? <span class="badge">Own key</span> : <span class="badge warn">Public</span>}</td>
                    <Stats s={x.stats} />
                    <td class="right">
                      <span class="row" style={{ justifyContent: 'flex-end' }}>
                        <button type="button" class="btn small" onClick={() => setPurging(x.host)}>
                          Purge
                        </button>
                        <button type="button" class="btn quiet icon small" aria-label={`Delete ${x.host}`} onClick={() => setDeleting(x.host)}>
                          <Icon name="trash" size={15} />
                        </button>
                      </span>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {d && d.domains.length === 0 && (
          <Empty
            icon="domain"
            title="No domains of your own yet"
            action={
              <button type="button" class="btn" onClick={() => setEditing('new')}>
                <Icon name="plus" size={15} /> New domain
              </button>
            }
          >
            Point a name’s DNS at the edge, then map it here to a bucket, a stream or a camera, with your own certificate.
          </Empty>
        )}
      </section>
      <Journal purges={purges.data?.purges ?? []} edges={d?.edges ?? []} />
      <Dialog title={editing === 'new' ? 'New domain' : editing ? editing.host : ''} open={editing !== null} onClose={() => setEditing(null)}>
        {editing && (
          <DomainForm
            old={editing === 'new' ? null : editing}
            onClose={() => setEditing(null)}
            done={() => {
              setEditing(null);
              void list.reload();
            }}
          />
        )}
      </Dialog>
      <PurgeDialog
        open={purging !== undefined}
        host={purging ?? null}
        domains={d?.domains ?? []}
        onClose={() => setPurging(undefined)}
        done={() => {
          setPurging(undefined);
          void purges.reload();
        }}
      />
      <Confirm
        open={deleting !== null}
        title={`Delete ${deleting ?? ''}?`}
        action="Delete domain"
        onClose={() => setDeleting(null)}
        run={async () => {
          await del(`/api/domains/${seg(deleting ?? '')}`);
          await list.reload();
        }}
      >
        The edges stop serving it within seconds. What it served stays where it is.
      </Confirm>
    </>
  );
}

function originText(d: Domain): string {
  switch (d.origin.type) {
    case 'bucket':
      return `bucket ${d.origin.bucket}${d.origin.prefix ? `/${d.origin.prefix}` : ''}`;
    case 'stream':
      return `stream ${d.origin.stream}`;
    case 'camera':
      return `camera ${d.origin.device}`;
  }
}

function Stats({ s }: { s: DomainStats }) {
  return (
    <>
      <td class="num" data-label="Hit ratio">
        <span class="row" style={{ justifyContent: 'flex-end' }} title={`${f.count(s.hits)} hits, ${f.count(s.misses)} misses, ${f.count(s.revalidated)} revalidated`}>
          <span class="bar" style={{ width: '54px' }}>
            <i style={{ width: `${(s.hitRatio ?? 0) * 100}%` }} />
          </span>
          {f.percent(s.hitRatio)}
        </span>
      </td>
      <td class="num" data-label="Requests">
        {f.count(s.requests)} <span class="faint small">{f.rate(s.requestsPerSecond)}/s</span>
      </td>
      <td class="num" data-label="Out">{f.bytes(s.bytes)}</td>
    </>
  );
}

function Journal({ purges, edges }: { purges: Purge[]; edges: Domains['edges'] }) {
  return (
    <section class="card">
      <div class="card-head">
        <h2>Purges</h2>
        <div class="actions">
          {edges.map((e) => (
            <span key={e.id} class="badge good" title={`Last report ${f.dateTime(e.lastReport)}`}>
              <i class="dot" /> edge {e.id.slice(0, 12)}
            </span>
          ))}
        </div>
      </div>
      {purges.length === 0 ? (
        <div class="card-body muted small">Nothing was purged yet. A purge reaches every edge within about a second.</div>
      ) : (
        <div class="table-wrap">
          <table>
            <tbody>
              {purges.slice(0, 12).map((p) => (
                <tr key={p.id} data-purge={p.id}>
                  <td style={{ width: '70px' }} class="faint num">
                    #{p.id}
                  </td>
                  <td>
                    <code>{p.kind === 'all' ? 'everything' : p.kind === 'prefix' ? `${p.path ?? ''}*` : p.path}</code>
                  </td>
                  <td class="muted">{p.host ?? 'all domains'}</td>
                  <td class="muted">{p.by}</td>
                  <td class="num muted">{f.ago(p.time)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function PurgeDialog({ open, host, domains, onClose, done }: { open: boolean; host: string | null; domains: Domain[]; onClose: () => void; done: () => void }) {
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

function DomainForm({ old, onClose, done }: { old: Domain | null; onClose: () => void; done: () => void }) {
  const [type, setType] = useState<'bucket' | 'stream' | 'camera'>(old?.origin.type ?? 'bucket');
  const [auth, setAuth] = useState(old?.auth ? 'A' : 'none');
  const buckets = useLoaded('b', (s) => get<{ buckets: Bucket[] }>('/api/buckets', s));
  const streams = useLoaded('s', (s) => get<{ streams: Stream[] }>('/api/streams', s));
  const devices = useLoaded('d', (s) => get<{ devices: Device[] }>('/api/devices', s));
  const o = old?.origin;
  return (
    <ActionForm
      submit={old ? 'Save' : 'Add domain'}
      onCancel={onClose}
      run={async (d) => {
        const text = (n: string) => String(d.get(n) ?? '').trim();
        const body = {
          host: text('host').toLowerCase(),
          origin:
            type === 'bucket'
              ? { type, bucket: text('bucket'), prefix: text('prefix') }
              : type === 'stream'
                ? { type, stream: text('stream') }
                : { type, device: text('device') },
          auth: auth === 'A' ? { type: 'A', key: text('key') || null, validitySeconds: Number(text('validity')) } : null,
          ttlSeconds: text('ttl') ? Number(text('ttl')) : null,
          certificatePem: text('certificate') || null,
          privateKeyPem: text('privateKey') || null,
          website: d.get('website') === 'on',
        };
        if (old) await put(`/api/domains/${seg(old.host)}`, body);
        else await post('/api/domains', body);
        toast(old ? 'Saved.' : 'Added.', 'Edges take it up within seconds.');
        done();
      }}
    >
      {!old && <Field label="Host">{(id) => <input id={id} class="input" name="host" required placeholder="img.example.com" data-autofocus autocomplete="off" />}</Field>}
      {old && <input type="hidden" name="host" value={old.host} />}
      <div class="two">
        <Field label="Serves">
          {(id) => (
            <select id={id} class="input" name="type" value={type} onChange={(e) => setType(e.currentTarget.value as typeof type)}>
              <option value="bucket">A bucket</option>
              <option value="stream">A live stream</option>
              <option value="camera">A camera</option>
            </select>
          )}
        </Field>
        {type === 'bucket' && (
          <Field label="Bucket">
            {(id) => (
              <select id={id} class="input" name="bucket" required>
                {buckets.data?.buckets.map((b) => (
                  <option key={b.name} selected={o?.type === 'bucket' && o.bucket === b.name}>
                    {b.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {type === 'stream' && (
          <Field label="Stream">
            {(id) => (
              <select id={id} class="input" name="stream" required>
                {streams.data?.streams.map((s) => (
                  <option key={s.name} selected={o?.type === 'stream' && o.stream === s.name}>
                    {s.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {type === 'camera' && (
          <Field label="Camera">
            {(id) => (
              <select id={id} class="input" name="device" required>
                {devices.data?.devices.map((x) => (
                  <option key={x.id} selected={o?.type === 'camera' && o.device === x.id}>
                    {x.id}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
      </div>
      {type === 'bucket' && (
        <Field label="Under the prefix" help="Put before each path; leave it empty for the whole bucket.">
          {(id) => <input id={id} class="input" name="prefix" defaultValue={o?.type === 'bucket' ? o.prefix : ''} />}
        </Field>
      )}
      {type === 'bucket' && (
        <Field label="Website" help="Lets stored HTML, SVG and XML pages run scripts under this name: only where you trust everyone who may upload.">
          {(id) => <input id={id} type="checkbox" name="website" style={{ width: 'auto', alignSelf: 'flex-start' }} defaultChecked={old?.website ?? false} />}
        </Field>
      )}
      <div class="two">
        <Field label="Who may fetch" help={auth === 'none' ? 'No proof is asked: also what a private bucket holds is public under this name.' : undefined}>
          {(id) => (
            <select id={id} class="input" value={auth} onChange={(e) => setAuth(e.currentTarget.value)}>
              <option value="none">Anyone</option>
              <option value="A">Signed addresses (type A)</option>
            </select>
          )}
        </Field>
        <Field label="Keep for" help="Seconds; empty: as the origin says.">
          {(id) => <input id={id} class="input" type="number" min={0} max={31536000} name="ttl" defaultValue={old?.ttlSeconds?.toString() ?? ''} />}
        </Field>
      </div>
      {auth === 'A' && (
        <div class="two">
          <Field label="Key" help="16 to 128 letters and digits; empty makes one.">
            {(id) => <input id={id} class="input mono" name="key" pattern="[A-Za-z0-9]{16,128}" defaultValue={old?.auth?.key ?? ''} autocomplete="off" />}
          </Field>
          <Field label="Valid for, seconds">{(id) => <input id={id} class="input" type="number" name="validity" min={1} max={31536000} defaultValue={String(old?.auth?.validitySeconds ?? 1800)} required />}</Field>
        </div>
      )}
      {old?.auth && auth === 'A' && <Copy text={old.auth.key} label="Signing key" />}
      <Field label="Certificate, PEM" help={old?.certificate ? `In use: ${old.certificate.subject}, until ${f.date(old.certificate.expires)}. Leave empty to keep it.` : 'The certificate and its chain; empty serves plain HTTP only.'}>
        {(id) => <textarea id={id} class="input" name="certificate" rows={3} spellcheck={false} placeholder="-----BEGIN CERTIFICATE-----" />}
      </Field>
      <Field label="Private key, PEM (PKCS #8)" help="Stored encrypted with the master key; never shown again.">
        {(id) => <textarea id={id} class="input" name="privateKey" rows={3} spellcheck={false} placeholder="-----BEGIN PRIVATE KEY-----" />}
      </Field>
    </ActionForm>
  );
}
