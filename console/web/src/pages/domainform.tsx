/** A domain's settings: what it serves, to whom, for how long, with which certificate. */
import { useState } from 'preact/hooks';
import { get, post, put, seg } from '../lib/api';
import type { Bucket, Device, Domain, Stream } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded } from '../lib/use';
import { ActionForm, Copy, Field, Notice, toast } from '../ui/parts';

/** What to set where a certificate has no door to show itself at. */
export const TLS_OFF = 'No edge listens for TLS: set doors.edge.tls-port (443 for viewers) and start the server again. Until then this name is served over plain HTTP only.';

export function DomainForm({ old, tls, onClose, done }: { old: Domain | null; tls: boolean; onClose: () => void; done: () => void }) {
  const [type, setType] = useState<'bucket' | 'stream' | 'camera'>(old?.origin.type ?? 'bucket');
  const [auth, setAuth] = useState(old && !old.auth ? 'none' : 'A');
  const [bucket, setBucket] = useState(old?.origin.type === 'bucket' ? old.origin.bucket : '');
  const buckets = useLoaded('b', (s) => get<{ buckets: Bucket[] }>('/api/buckets', s));
  const streams = useLoaded('s', (s) => get<{ streams: Stream[] }>('/api/streams', s));
  const devices = useLoaded('d', (s) => get<{ devices: Device[] }>('/api/devices', s));
  const o = old?.origin;
  const chosen = buckets.data?.buckets.find((b) => b.name === bucket) ?? buckets.data?.buckets[0];
  const opens = auth === 'none' && !(type === 'bucket' && chosen && chosen.acl !== 'private');
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
          anyone: d.get('anyone') === 'on',
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
              <select id={id} class="input" name="bucket" required onChange={(e) => setBucket(e.currentTarget.value)}>
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
          {(id) => <input id={id} type="checkbox" name="website" style={{ justifySelf: 'start' }} defaultChecked={old?.website ?? false} />}
        </Field>
      )}
      <div class="two">
        <Field label="Who may fetch">
          {(id) => (
            <select id={id} class="input" value={auth} onChange={(e) => setAuth(e.currentTarget.value)}>
              <option value="A">Whoever has a signed address (type A)</option>
              <option value="none">Anyone</option>
            </select>
          )}
        </Field>
        <Field label="Keep for" help="Seconds; empty: as the origin says.">
          {(id) => <input id={id} class="input" type="number" min={0} max={31536000} name="ttl" defaultValue={old?.ttlSeconds?.toString() ?? ''} />}
        </Field>
      </div>
      {opens && <Opening what={type === 'bucket' ? `everything that the private bucket ${chosen?.name ?? ''} holds` : `this ${type}`} />}
      {auth === 'A' && (
        <div class="two">
          <Field label="Key" help="16 to 128 letters and digits; empty makes one.">
            {(id) => <input id={id} class="input mono" name="key" pattern="[A-Za-z0-9]{16,128}" defaultValue={old?.auth?.key ?? ''} autocomplete="off" />}
          </Field>
          <Field label="Valid for, seconds">{(id) => <input id={id} class="input" type="number" name="validity" min={1} max={31536000} defaultValue={String(old?.auth?.validitySeconds ?? 1800)} required />}</Field>
        </div>
      )}
      {old?.auth && auth === 'A' && <Copy text={old.auth.key} label="Signing key" />}
      <Field label="Certificate, PEM" help={old?.certificate ? `In use: ${old.certificate.subject}, until ${f.date(old.certificate.expires)}. Leave empty to keep it.` : tls ? 'The certificate and its chain; empty serves plain HTTP only.' : TLS_OFF}>
        {(id) => <textarea id={id} class="input" name="certificate" rows={3} spellcheck={false} placeholder="-----BEGIN CERTIFICATE-----" />}
      </Field>
      <Field label="Private key, PEM (PKCS #8)" help="Stored encrypted with the master key; never shown again.">
        {(id) => <textarea id={id} class="input" name="privateKey" rows={3} spellcheck={false} placeholder="-----BEGIN PRIVATE KEY-----" />}
      </Field>
    </ActionForm>
  );
}

/** Asked before anything private is open to all. */
function Opening({ what }: { what: string }) {
  return (
    <Notice kind="warn" title={`Under this name anyone may fetch ${what}.`}>
      <label class="row">
        <input type="checkbox" name="anyone" required /> Yes, open it to anyone
      </label>
    </Notice>
  );
}
