/** The dialog that makes a link or an iframe which plays without signing in, until it expires. */
import { useState } from 'preact/hooks';
import { post } from '../lib/api';
import type { Playback } from '../lib/api';
import * as f from '../lib/format';
import { ActionForm, Copy, Dialog, Field } from './parts';

const TIMES: [number, string][] = [
  [900, '15 minutes'],
  [3600, 'an hour'],
  [86400, 'a day'],
  [604800, 'a week'],
];

/** A field that asks how long a link works. */
function Lifetime() {
  return (
    <Field label="Works for">
      {(id) => (
        <select id={id} class="input" name="seconds">
          {TIMES.map(([s, text]) => (
            <option key={s} value={s} selected={s === 3600}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

/** The dialog that makes a link to one object. */
export function ObjectLink({ open, onClose, bucket, objectKey }: { open: boolean; onClose: () => void; bucket: string; objectKey: string }) {
  const [made, setMade] = useState<{ url: string; expires: string } | null>(null);
  const close = () => {
    onClose();
    setMade(null);
  };
  return (
    <Dialog title="Share" open={open} onClose={close}>
      {!made ? (
        <ActionForm submit="Make link" onCancel={close} run={async (d) => setMade(await post('/api/links', { bucket, key: objectKey, seconds: Number(d.get('seconds')) }))}>
          <p class="muted">Whoever has the link can fetch this one object without signing in. It stops working by itself.</p>
          <Lifetime />
        </ActionForm>
      ) : (
        <div class="stack">
          <p class="muted small">Works until {f.dateTime(made.expires)}.</p>
          <Copy wrap text={made.url} label="Link to share" />
        </div>
      )}
    </Dialog>
  );
}

export function Sharing({ open, onClose, what }: { open: boolean; onClose: () => void; what: { stream: string; session?: string } | { device: string } }) {
  const [made, setMade] = useState<Playback | null>(null);
  const close = () => {
    onClose();
    setMade(null);
  };
  return (
    <Dialog title="Share" open={open} onClose={close}>
      {!made ? (
        <ActionForm submit="Make link" onCancel={close} run={async (d) => setMade(await post<Playback>('/api/playback', { ...what, seconds: Number(d.get('seconds')) }))}>
          <p class="muted">Whoever has the link can watch this one picture without signing in, and nothing else. It stops working by itself.</p>
          <Lifetime />
        </ActionForm>
      ) : (
        <div class="stack">
          <p class="muted small">Works until {f.dateTime(made.expires)}.</p>
          <div class="field">
            <span class="label">Page</span>
            <Copy text={made.share} label="Share page" />
          </div>
          <div class="field">
            <span class="label">Embed code</span>
            <Copy wrap text={`<iframe src="${made.embed}" width="640" height="360" allow="autoplay; fullscreen" style="border:0"></iframe>`} label="Embed code" />
          </div>
          <div class="field">
            <span class="label">Playlist, for any HLS player</span>
            <Copy text={made.url} label="Playlist" />
          </div>
        </div>
      )}
    </Dialog>
  );
}
