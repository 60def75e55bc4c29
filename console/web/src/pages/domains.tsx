/** Domains at the edge: what they map to, how well they hit, and purging. */
import { useEffect, useState } from 'preact/hooks';
import { ApiError, del, get, seg } from '../lib/api';
import type { Domain, Domains, DomainStats, Me, Purge } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { Confirm, Dialog, Empty, Failure, Missing, Skeleton } from '../ui/parts';
import { Table } from '../ui/table';
import { DomainForm, TLS_OFF } from './domainform';
import { Journal, PurgeDialog } from './purges';

export function DomainsPage({ me, host }: { me: Me; host: string }) {
  useTitle('Domains');
  const list = useLoaded('domains', (s) => get<Domains>('/api/domains', s), 3000);
  const purges = useLoaded('purges', (s) => get<{ purges: Purge[] }>('/api/purges', s), 5000);
  const [editing, setEditing] = useState<Domain | 'new' | null>(null);
  const [purging, setPurging] = useState<string | null | undefined>(undefined);
  const [deleting, setDeleting] = useState<string | null>(null);
  useKey('n', 'New domain', () => setEditing('new'));
  useKey('p', 'Purge', () => setPurging(null));
  const d = list.data;
  const named = d?.domains.find((x) => x.host === host);
  useEffect(() => {
    if (named) setEditing(named);
  }, [named?.host]);
  if (host && d && !named) return <Missing error={new ApiError(404, 'NotFound', `There is no domain ${host}.`, '')} what="domains" list="/domains" />;
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
          <Table heads={['Host', 'Serves', 'Access', '#Hit ratio', '#Requests', '#Out', '']}>
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
                        <TlsBadge d={x} listens={d.tls} />
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
          </Table>
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
            tls={d?.tls ?? false}
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

/** TLS only where something listens for it, with a certificate that still holds. */
function TlsBadge({ d, listens }: { d: Domain; listens: boolean }) {
  if (!d.certificate) return null;
  if (!listens)
    return (
      <span class="badge warn" title={TLS_OFF}>
        No TLS: nothing listens
      </span>
    );
  if (Date.parse(d.certificate.expires) < Date.now()) return <span class="badge bad">Certificate expired {f.date(d.certificate.expires)}</span>;
  return <span class="badge good">TLS</span>;
}
