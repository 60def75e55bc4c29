/** Calls to hosts of others: how they go, what waits, and the dead letters. */
import { useState } from 'preact/hooks';
import { del, get, post, seg } from '../lib/api';
import type { DeadLetter, OutgoingTarget } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { Confirm, Empty, Failure, Notice, Skeleton, toast, toastError } from '../ui/parts';

export function OutgoingPage() {
  useTitle('Outgoing calls');
  const list = useLoaded('outgoing', (s) => get<{ targets: OutgoingTarget[] }>('/api/outgoing', s), 3000);
  const [emptying, setEmptying] = useState<OutgoingTarget | null>(null);
  const reload = () => void list.reload();
  const targets = list.data?.targets;
  return (
    <>
      <div class="page-head">
        <h1>Outgoing calls</h1>
        <p>Whom this server calls. What it tells waits here until it arrives; what was given up stays until you send it again or discard it.</p>
      </div>
      {list.error && <Failure error={list.error} retry={reload} />}
      {targets
        ?.filter((t) => t.state === 'failing')
        .map((t) => (
          <Notice key={t.name} kind="bad" title={`Calls to ${label(t)} fail: ${t.reason}.`}>
            {t.kind !== 'queue'
              ? 'No device gets a token until it answers.'
              : t.waiting > 0
                ? 'They are tried again by themselves, later each time.'
                : 'What it refused is kept below: send it again once the receiver takes it.'}
          </Notice>
        ))}
      <section class="card">
        {!targets && !list.error && <Skeleton />}
        {targets?.length === 0 && (
          <Empty icon="send" title="This server calls nobody">
            Set <code>hooks.events</code> to be told of devices, streams, damage and full disks, or <code>devices.hook</code> to decide who gets a token.
          </Empty>
        )}
        {targets && targets.length > 0 && (
          <div class="table-wrap">
            <table class="folds">
              <thead>
                <tr>
                  <th>Target</th>
                  <th>State</th>
                  <th class="num">Waiting</th>
                  <th class="num">Last success</th>
                  <th>Last failure</th>
                  <th>
                    <span class="hidden">Actions</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {targets.map((t) => (
                  <tr key={t.name} data-target={t.name}>
                    <td>
                      <span class="cell-name">
                        <Icon name="send" />
                        <span>
                          <span class="strong">{label(t)}</span>
                          <br />
                          <span class="faint small">{t.address ?? 'no longer set'}</span>
                        </span>
                      </span>
                    </td>
                    <td>
                      <StateBadge t={t} /> {!t.signed && t.address && <span class="badge warn">Not signed</span>}
                    </td>
                    <td class="num muted" data-label="Waiting">
                      {t.kind === 'queue' ? `${f.count(t.waiting)}${t.oldest ? `, since ${f.ago(t.oldest)}` : ''}` : '–'}
                    </td>
                    <td class="num muted" data-label="Last success">
                      {f.ago(t.lastSuccess)}
                    </td>
                    <td class="muted" data-label="Last failure">
                      {t.lastFailure ? `${f.ago(t.lastFailure)}: ${t.reason}` : 'none'}
                    </td>
                    <td class="right">
                      {t.kind === 'queue' && (
                        <span class="row" style={{ justifyContent: 'flex-end' }}>
                          {t.address && (
                            <button
                              type="button"
                              class="btn small"
                              onClick={() =>
                                void post<{ id: string }>(`/api/outgoing/${seg(t.name)}/test`).then(
                                  (sent) => {
                                    toast('A test is on its way.', `Its id is ${sent.id}.`);
                                    reload();
                                  },
                                  (e: unknown) => toastError(e),
                                )
                              }
                            >
                              Send a test
                            </button>
                          )}
                          {(t.waiting > 0 || t.dead > 0 || !t.address) && (
                            <button type="button" class="btn small danger" onClick={() => setEmptying(t)}>
                              Discard all
                            </button>
                          )}
                        </span>
                      )}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </section>
      {targets?.filter((t) => t.dead > 0).map((t) => <DeadLetters key={t.name} t={t} reload={reload} />)}
      <Confirm
        open={emptying !== null}
        title={`Discard all of ${emptying ? label(emptying) : ''}?`}
        action="Discard"
        onClose={() => setEmptying(null)}
        run={async () => {
          await del(`/api/outgoing/${seg(emptying?.name ?? '')}`);
          toast('Discarded.');
          await list.reload();
        }}
      >
        What waits and all dead letters are forgotten. Nobody is told of them any more.
      </Confirm>
    </>
  );
}

function label(t: OutgoingTarget): string {
  if (t.name === 'events') return 'Events';
  return t.name === 'device-hook' ? 'Device hook' : t.name;
}

function StateBadge({ t }: { t: OutgoingTarget }) {
  if (t.state === 'failing') return <span class="badge bad">Failing</span>;
  if (t.state === 'unset') return <span class="badge warn">Not set</span>;
  if (t.state === 'well') return <span class="badge good">Well</span>;
  return <span class="badge">Not called yet</span>;
}

function DeadLetters({ t, reload }: { t: OutgoingTarget; reload: () => void }) {
  const list = useLoaded(`dead ${t.name} ${t.dead}`, (s) => get<{ letters: DeadLetter[]; next: string | null }>(`/api/outgoing/${seg(t.name)}/dead?limit=100`, s), 5000);
  const after = () => {
    void list.reload();
    reload();
  };
  const path = (d: DeadLetter) => `/api/outgoing/${seg(t.name)}/dead/${d.number}`;
  const letters = list.data?.letters ?? [];
  const [discarding, setDiscarding] = useState<DeadLetter | null>(null);
  return (
    <section class="card" data-testid="dead-letters">
      <div class="card-head">
        <h2>Given up: {f.count(t.dead)}</h2>
        <div class="actions">
          {t.address && letters.length > 1 && (
            <button type="button" class="btn small" onClick={() => void Promise.all(letters.map((d) => post(`${path(d)}/retry`))).then(after, toastError)}>
              Send these again
            </button>
          )}
        </div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      <div class="table-wrap">
        <table class="folds">
          <thead>
            <tr>
              <th>Event</th>
              <th class="num">Made</th>
              <th class="num">Attempts</th>
              <th>Why</th>
              <th>
                <span class="hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {letters.map((d) => (
              <tr key={d.number}>
                <td>
                  <span class="strong">{d.type}</span> {d.subject} <span class="faint small">{d.id}</span>
                </td>
                <td class="num muted" data-label="Made">
                  {f.ago(d.created)}
                </td>
                <td class="num muted" data-label="Attempts">
                  {d.attempts}
                </td>
                <td class="muted" data-label="Why">
                  {d.reason}
                </td>
                <td class="right">
                  <span class="row" style={{ justifyContent: 'flex-end' }}>
                    {t.address && (
                      <button type="button" class="btn small" onClick={() => void post(`${path(d)}/retry`).then(after, toastError)}>
                        Send again
                      </button>
                    )}
                    <button type="button" class="btn quiet icon small" aria-label={`Discard ${d.id}`} onClick={() => setDiscarding(d)}>
                      <Icon name="trash" size={15} />
                    </button>
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.data?.next && <p class="small muted card-body">The first hundred are shown.</p>}
      <Confirm
        open={discarding !== null}
        title={`Discard ${discarding?.type ?? ''}?`}
        action="Discard"
        onClose={() => setDiscarding(null)}
        run={async () => {
          if (discarding) await del(path(discarding));
          after();
        }}
      >
        Nobody is told of {discarding?.subject || 'it'} any more.
      </Confirm>
    </section>
  );
}
