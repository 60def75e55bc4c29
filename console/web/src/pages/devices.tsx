/** Devices: who may append where; registering, enrolling by a one-time code, disabling. */
import { useState } from 'preact/hooks';
import { renderSVG } from 'uqr';
import { del, get, post, put, seg } from '../lib/api';
import type { Bucket, Device, Enrolment, Me } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { useLoaded, useNow, usePages, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { ActionForm, Confirm, Copy, Dialog, Empty, Failure, Field, Notice, Pager, Skeleton, toast, toastError } from '../ui/parts';
import { Table } from '../ui/table';

export function DevicesPage({ me }: { me: Me }) {
  useTitle('Devices');
  const pages = usePages('devices');
  const list = useLoaded(
    `devices ${pages.after}`,
    (s) => get<{ devices: Device[]; hook: string | null; next: string | null }>(`/api/devices?limit=100&after=${seg(pages.after)}`, s),
    4000,
  );
  const [registering, setRegistering] = useState(false);
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [disabling, setDisabling] = useState<Device | null>(null);
  const [deleting, setDeleting] = useState<Device | null>(null);
  useKey('n', 'Register a device', () => setRegistering(true));
  const button = (
    <button type="button" class="btn primary" onClick={() => setRegistering(true)}>
      <Icon name="plus" size={15} /> Register a device
    </button>
  );
  return (
    <>
      <div class="page-head">
        <h1>Devices</h1>
        <div class="actions">{button}</div>
        <p>
          A device proves who it is, gets a token for its own prefix that lasts an hour, and can write nowhere else; and there only what whoever registered it may write.
        </p>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      <section class="card">
        {!list.data && !list.error && <Skeleton />}
        {list.data?.devices.length === 0 && !pages.back && (
          <Empty icon="device" title="No devices yet" action={button}>
            Register one, then enter its code on the camera, scan the QR, or run the example camera with it.
          </Empty>
        )}
        {list.data && list.data.devices.length > 0 && (
          <Table heads={['Device', 'State', 'Writes under', 'With the rights of', '#Last token', '']}>
                {list.data.devices.map((d) => (
                  <tr key={d.id}>
                    <td>
                      <span class="cell-name">
                        <Icon name="device" />
                        <a class="strong" data-row href={`/cameras/${seg(d.id)}`}>
                          {d.id}
                        </a>
                      </span>
                    </td>
                    <td>
                      <StateBadge d={d} />
                    </td>
                    <td class="muted" data-label="Writes under">
                      <a href={`/buckets/${seg(d.bucket)}?prefix=${seg(d.prefix)}`}>{`${d.bucket}/${d.prefix}`}</a>
                    </td>
                    <td class="muted" data-label="With the rights of">{rightsOf(d)}</td>
                    <td class="num muted" data-label="Last token">{f.ago(d.lastSeen)}</td>
                    <td class="right">
                      <span class="row" style={{ justifyContent: 'flex-end' }}>
                        <button
                          type="button"
                          class="btn small"
                          onClick={() =>
                            void post<Enrolment>(`/api/devices/${seg(d.id)}/enrolment`).then(
                              (e) => setEnrolment(e),
                              (e: unknown) => toastError(e),
                            )
                          }
                        >
                          New code
                        </button>
                        {(d.state === 'disabled' || !d.vouched || !d.issuer) && (
                          <button
                            type="button"
                            class="btn small"
                            title="From then on the device may write what you may write below its prefix"
                            onClick={() =>
                              void post(`/api/devices/${seg(d.id)}/enable`).then(
                                () => {
                                  toast(`${d.id} is enabled.`, 'It writes with your rights now.');
                                  void list.reload();
                                },
                                (e: unknown) => toastError(e),
                              )
                            }
                          >
                            {d.state === 'disabled' ? 'Enable' : 'Take over'}
                          </button>
                        )}
                        {d.state !== 'disabled' && (
                          <button type="button" class="btn small danger" onClick={() => setDisabling(d)}>
                            Disable
                          </button>
                        )}
                        <button type="button" class="btn quiet icon small" aria-label={`Delete ${d.id}`} onClick={() => setDeleting(d)}>
                          <Icon name="trash" size={15} />
                        </button>
                      </span>
                    </td>
                  </tr>
                ))}
          </Table>
        )}
        <Pager pages={pages} next={list.data?.next} />
      </section>
      {list.data && <Hook hook={list.data.hook} reload={() => void list.reload()} />}
      <Register
        open={registering}
        onClose={() => setRegistering(false)}
        done={(e) => {
          setRegistering(false);
          setEnrolment(e);
          void list.reload();
        }}
      />
      <Dialog title={enrolment ? `Enrol ${enrolment.id}` : 'Enrol'} open={enrolment !== null} onClose={() => setEnrolment(null)}>
        {enrolment && <Enrol e={enrolment} doors={me.doors.object} />}
      </Dialog>
      <Confirm
        open={disabling !== null}
        title={`Disable ${disabling?.id ?? ''}?`}
        action="Disable"
        onClose={() => setDisabling(null)}
        run={async () => {
          await post(`/api/devices/${seg(disabling?.id ?? '')}/disable`);
          toast('Disabled.', 'Its tokens stopped working at once.');
          await list.reload();
        }}
      >
        Tokens that it holds stop working at the next request, also in the middle of a recording. What it recorded stays. Enabling it or a new code brings it back, with the rights of whoever does so.
      </Confirm>
      <Confirm
        open={deleting !== null}
        title={`Delete ${deleting?.id ?? ''}?`}
        action="Delete device"
        onClose={() => setDeleting(null)}
        run={async () => {
          await del(`/api/devices/${seg(deleting?.id ?? '')}`);
          toast('Deleted.', 'Its tokens and its secret stopped working at once.');
          await list.reload();
        }}
      >
        It is a camera no more, and its links stop playing. What it recorded stays in {deleting?.bucket}/{deleting?.prefix}.
      </Confirm>
    </>
  );
}

function rightsOf(d: Device): string {
  return d.issuer ? d.issuer.replace('user/', '').replace('role/', 'role ') : 'its prefix alone';
}

function StateBadge({ d }: { d: Device }) {
  if (d.state === 'disabled') return <span class="badge bad">Disabled</span>;
  if (!d.vouched) return <span class="badge bad">{rightsOf(d)} is gone or disabled</span>;
  if (d.state === 'enrolled') return <span class="badge good">Enrolled</span>;
  return <span class="badge warn">Waiting for its code</span>;
}

function Register({ open, onClose, done }: { open: boolean; onClose: () => void; done: (e: Enrolment) => void }) {
  const buckets = useLoaded(open ? 'open' : 'shut', (s) => (open ? get<{ buckets: Bucket[] }>('/api/buckets', s) : Promise.resolve({ buckets: [] })));
  const [id, setId] = useState('');
  return (
    <Dialog title="Register a device" open={open} onClose={onClose}>
      {open && buckets.data?.buckets.length === 0 ? (
        <div class="stack">
          <Notice title="A device writes into a bucket.">Make a bucket first.</Notice>
          <a class="btn primary" href="/buckets">
            Go to buckets
          </a>
        </div>
      ) : (
        <ActionForm
          submit="Register"
          onCancel={onClose}
          run={async (d) => done(await post<Enrolment>('/api/devices', { id: d.get('id'), bucket: d.get('bucket'), prefix: d.get('prefix') }))}
        >
          <Field label="Name" help="Lower-case letters, digits and hyphens, such as gate-2.">
            {(fid) => <input id={fid} class="input" name="id" required maxLength={64} pattern="[a-z0-9][a-z0-9_\-]*" data-autofocus autocomplete="off" value={id} onInput={(e) => setId(e.currentTarget.value)} />}
          </Field>
          <div class="two">
            <Field label="Bucket">
              {(fid) => (
                <select id={fid} class="input" name="bucket" required>
                  {buckets.data?.buckets.map((b) => (
                    <option key={b.name}>{b.name}</option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Its own prefix">{(fid) => <input id={fid} key={id} class="input" name="prefix" required defaultValue={id ? `cameras/${id}/` : ''} placeholder="cameras/gate-2/" maxLength={200} />}</Field>
          </div>
        </ActionForm>
      )}
    </Dialog>
  );
}

function Enrol({ e, doors }: { e: Enrolment; doors: string }) {
  const now = useNow(1000);
  const left = (Date.parse(e.expires) - now) / 1000;
  return (
    <div class="stack">
      <div class="row" style={{ gap: '20px', alignItems: 'flex-start', flexWrap: 'wrap' }}>
        <div class="qr" aria-label="QR code with the enrolment link" dangerouslySetInnerHTML={{ __html: renderSVG(e.link, { border: 0, blackColor: '#05252d', whiteColor: '#fff' }) }} />
        <div class="stack grow" style={{ minWidth: '200px' }}>
          <div class="stack tight">
            <span class="small muted">Code, good once</span>
            <span class="code-big" data-testid="enrolment-code">
              {e.code}
            </span>
          </div>
          <span class={`badge ${left < 60 ? 'warn' : ''}`}>{left > 0 ? `${f.clock(left)} left` : 'Expired: make a new code'}</span>
        </div>
      </div>
      <div class="field">
        <span class="label">Enrol by hand</span>
        <Copy wrap text={e.command} label="Enrolment command" />
      </div>
      <p class="small muted">The device sends the code to {doors}/_device/enrol once and keeps the secret it gets back. Only a hash of the code is stored here: closing this loses it.</p>
    </div>
  );
}

function Hook({ hook, reload }: { hook: string | null; reload: () => void }) {
  const [editing, setEditing] = useState(false);
  return (
    <section class="card">
      <div class="card-head">
        <h2>Ask your own backend first</h2>
        <div class="actions">
          {hook && (
            <button type="button" class="btn small" onClick={() => void del('/api/device-hook').then(reload, toastError)}>
              Stop asking
            </button>
          )}
          <button type="button" class="btn small" onClick={() => setEditing(true)}>
            {hook ? 'Change' : 'Set address'}
          </button>
        </div>
      </div>
      <div class="card-body">
        {hook ? (
          <p class="muted small">
            <code>{hook}</code> is asked before each enrolment and token; its path and password are not shown. <a href="/outgoing">How its calls go</a>
          </p>
        ) : <p class="muted small">Every enrolled device gets its token. Set an address and Millrace asks it before each enrolment and token.</p>}
      </div>
      <Dialog title="Device hook" open={editing} onClose={() => setEditing(false)}>
        <ActionForm
          submit="Save"
          onCancel={() => setEditing(false)}
          run={async (d) => {
            await put('/api/device-hook', { url: d.get('url') });
            toast('Saved.', 'It is asked before the next token.');
            setEditing(false);
            reload();
          }}
        >
          <Field label="Address" help="It gets a POST of event, device and address; only a 200 with {&quot;allow&quot;: true} within three seconds lets the device in.">
            {(id) => <input id={id} class="input" type="url" name="url" required placeholder="https://backend.example.com/devices/allow" autocomplete="off" data-autofocus />}
          </Field>
        </ActionForm>
      </Dialog>
    </section>
  );
}
