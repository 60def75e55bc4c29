/** Live streams: what is on air, how to publish, how to share. */
import { useState } from 'preact/hooks';
import { del, get, post, seg } from '../lib/api';
import type { Bucket, Me, Playback, Stranger, Stream } from '../lib/api';
import * as f from '../lib/format';
import { useKey } from '../lib/keys';
import { go } from '../lib/router';
import { useLoaded, useTitle } from '../lib/use';
import { Icon } from '../ui/icons';
import { ActionForm, Confirm, Copy, Dialog, Empty, Facts, Failure, Field, Missing, Notice, Seg, Skeleton, toast } from '../ui/parts';
import { Player } from '../ui/player';
import type { PlayerNumbers } from '../ui/player';
import { Recordings } from '../ui/recordings';
import { Sharing } from '../ui/sharing';
import { Table } from '../ui/table';
import { Strangers, Troubles } from '../ui/troubles';

export const VIEWER_SECONDS = 6 * 3600;

export async function playlist(what: { stream: string; session?: string } | { device: string }): Promise<string> {
  return (await post<Playback>('/api/playback', { ...what, seconds: VIEWER_SECONDS })).url;
}

export function LivePage({ me }: { me: Me }) {
  useTitle('Live streams');
  const list = useLoaded('streams', (s) => get<{ streams: Stream[]; strangers: Stranger[] }>('/api/streams', s), 3000);
  const [creating, setCreating] = useState(false);
  useKey('n', 'New stream', () => setCreating(true));
  const button = (
    <button type="button" class="btn primary" onClick={() => setCreating(true)}>
      <Icon name="plus" size={15} /> New stream
    </button>
  );
  return (
    <>
      <div class="page-head">
        <h1>Live streams</h1>
        <div class="actions">{button}</div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      {list.data && <Strangers strangers={list.data.strangers} />}
      {!list.data && !list.error && (
        <section class="card">
          <Skeleton />
        </section>
      )}
      {list.data?.streams.length === 0 && (
        <section class="card">
          <Empty icon="live" title="No streams yet" action={button}>
            Make a stream, then push to it from OBS or ffmpeg at <code>{me.doors.rtmp}</code>. Each segment is kept in a bucket of yours.
          </Empty>
        </section>
      )}
      {list.data && list.data.streams.length > 0 && (
        <section class="card">
          <Table heads={['Stream', 'State', 'Picture', '#Bitrate', '#Segments', 'Kept in']}>
              {list.data.streams.map((s) => (
                <tr key={s.name}>
                  <td>
                    <span class="cell-name">
                      <Icon name="live" />
                      <a class="strong" data-row href={`/live/${seg(s.name)}`}>
                        {s.name}
                      </a>
                    </span>
                  </td>
                  <td>
                    <OnAir s={s} /> {s.troubles[0] && <span class="small bad-text">{s.troubles[0].reason}</span>}
                  </td>
                  <td class="muted" data-label="Picture">{s.live ? picture(s) : '–'}</td>
                  <td class="num" data-label="Bitrate">{s.live ? f.bits(s.bitrate / 8) : '–'}</td>
                  <td class="num" data-label="Segments">{f.count(s.segments)}</td>
                  <td class="muted" data-label="Kept in">
                    <a href={`/buckets/${seg(s.bucket)}?prefix=${seg(s.prefix)}`}>
                      {s.bucket}/{s.prefix}
                    </a>
                  </td>
                </tr>
              ))}
          </Table>
        </section>
      )}
      <NewStream open={creating} onClose={() => setCreating(false)} />
    </>
  );
}

export function OnAir({ s }: { s: Stream }) {
  if (s.live)
    return (
      <span class="badge live">
        <i class="dot" /> On air
      </span>
    );
  const refused = s.troubles.find((t) => t.kind !== 'NOT_STORED');
  if (refused) return <span class="badge bad">{refused.kind === 'REFUSED' ? 'Refused' : 'Broke off'}</span>;
  if (s.state === 'SILENT') return <span class="badge warn">Connected, no picture comes</span>;
  return <span class="badge">{s.state === 'WAITING' ? 'Off air, may come back' : 'Off air'}</span>;
}

/** Since when it is as it is. */
function sinceText(s: Stream): string {
  if (!s.since) return 'never on air';
  const refused = !s.live && s.troubles.some((t) => t.kind !== 'NOT_STORED'); // then the badge says another thing
  return `${refused ? 'off air ' : ''}since ${f.dateTime(s.since)}`;
}

function picture(s: Stream): string {
  return [s.width ? `${s.width} × ${s.height}` : '', s.fps ? `${s.fps.toFixed(s.fps % 1 ? 2 : 0)} fps` : '', s.video, s.audio].filter(Boolean).join(' · ');
}

function NewStream({ open, onClose }: { open: boolean; onClose: () => void }) {
  const buckets = useLoaded(open ? 'open' : 'shut', (s) => (open ? get<{ buckets: Bucket[] }>('/api/buckets', s) : Promise.resolve({ buckets: [] })));
  const none = open && buckets.data !== null && buckets.data.buckets.length === 0;
  return (
    <Dialog title="New stream" open={open} onClose={onClose}>
      {none ? (
        <div class="stack">
          <Notice title="A stream keeps its segments in a bucket.">Make a bucket first.</Notice>
          <a class="btn primary" href="/buckets">
            Go to buckets
          </a>
        </div>
      ) : (
        <ActionForm
          submit="Create stream"
          onCancel={onClose}
          run={async (d) => {
            const name = String(d.get('name'));
            await post('/api/streams', { name, bucket: d.get('bucket'), prefix: d.get('prefix') });
            go(`/live/${seg(name)}`);
          }}
        >
          <Field label="Name" help="Part of the address: lower-case letters, digits and hyphens.">
            {(id) => <input id={id} class="input" name="name" required maxLength={64} pattern="[a-z0-9][a-z0-9_\-]*" data-autofocus autocomplete="off" />}
          </Field>
          <div class="two">
            <Field label="Bucket for its segments">
              {(id) => (
                <select id={id} class="input" name="bucket" required>
                  {buckets.data?.buckets.map((b) => (
                    <option key={b.name}>{b.name}</option>
                  ))}
                </select>
              )}
            </Field>
            <Field label="Under the prefix">{(id) => <input id={id} class="input" name="prefix" defaultValue="live/" maxLength={200} />}</Field>
          </div>
        </ActionForm>
      )}
    </Dialog>
  );
}

export function StreamPage({ name }: { name: string }) {
  useTitle(name);
  const path = `/api/streams/${seg(name)}`;
  const stream = useLoaded(path, (s) => get<Stream>(path, s), 2000);
  const [numbers, setNumbers] = useState<PlayerNumbers | null>(null);
  const [sharing, setSharing] = useState(false);
  const [asking, setAsking] = useState<'rotate' | 'delete' | null>(null);
  useKey('s', 'Share', () => setSharing(true));
  const s = stream.data;
  if (stream.error?.status === 404) return <Missing error={stream.error} what="streams" list="/live" />;
  const nothing = s && !s.live && s.segments === 0 ? 'Nothing was recorded yet. It plays as soon as a publisher sends.' : null;
  return (
    <>
      <div class="page-head">
        <h1>{name}</h1>
        {s && <OnAir s={s} />}
        {s && <span class="small muted">{sinceText(s)}</span>}
        <div class="actions">
          <button type="button" class="btn" onClick={() => setSharing(true)}>
            <Icon name="share" size={15} /> Share
          </button>
          <button type="button" class="btn danger" onClick={() => setAsking('delete')}>
            Delete
          </button>
        </div>
      </div>
      {stream.error && <Failure error={stream.error} retry={() => void stream.reload()} />}
      {s && <Troubles troubles={s.troubles} />}
      {s && (
        <div class="cols">
          <div class="stack">
            <Player id={`${name} ${s.live ? 'live' : 'off'}`} source={() => playlist({ stream: name })} nothing={nothing} onAir={s.live} onNumbers={setNumbers} />
            <div class="tiles">
              <Number label="Behind reality" value={numbers?.delaySeconds == null || !s.live ? '–' : numbers.delaySeconds.toFixed(1)} unit="s" sub={!s.live ? 'not live' : numbers?.delaySeconds == null ? 'measuring' : 'its clock to now'} />
              <Number label="Coming in" value={s.live ? f.bits(s.bitrate / 8) : '–'} sub={picture(s) || 'nothing yet'} />
              <Number label="Segments" value={f.count(s.segments)} sub={s.segments === 0 ? 'none yet' : s.live ? 'of this push and its reconnects' : 'of the last recording'} />
              <Number label="Dropped frames" value={f.count(s.dropped)} sub={s.note || (s.dropped === 0 ? 'none' : 'see the publisher’s network')} />
            </div>
          </div>
          <div class="stack">
            <Publish s={s} rotate={() => setAsking('rotate')} />
            <section class="card">
              <div class="card-head">
                <h2>Recording</h2>
              </div>
              <div class="card-body">
                <Facts
                  rows={[
                    ['Kept in', <a href={`/buckets/${seg(s.bucket)}?prefix=${seg(s.prefix)}`}>{`${s.bucket}/${s.prefix}`}</a>],
                    ['Made', f.dateTime(s.created)],
                  ]}
                />
                {!s.live && s.segments > 0 && <p class="small muted">The push has ended; the same player and the same links now play the recording.</p>}
              </div>
            </section>
          </div>
        </div>
      )}
      {s && <Recordings stream={s.name} place={`${s.bucket}/${s.prefix}`} live={s.live} />}
      <Sharing open={sharing} onClose={() => setSharing(false)} what={{ stream: name }} />
      <Confirm
        open={asking === 'rotate'}
        title="Make a new stream key?"
        action="New key"
        onClose={() => setAsking(null)}
        run={async () => {
          await post(`${path}/key`);
          toast('The old key no longer works.', 'Put the new one into OBS or ffmpeg.');
          await stream.reload();
        }}
      >
        The key in use stops working at once for new connections. Put the new one into the publisher.
      </Confirm>
      <Confirm
        open={asking === 'delete'}
        title={`Delete the stream ${name}?`}
        action="Delete stream"
        onClose={() => setAsking(null)}
        run={async () => {
          await del(path);
          go('/live');
        }}
      >
        Its key and links stop working. The segments stay in the bucket.
      </Confirm>
    </>
  );
}

export function Number({ label, value, unit, sub }: { label: string; value: string; unit?: string; sub?: string }) {
  return (
    <div class="tile">
      <div class="label">{label}</div>
      <div class="value">
        {value} {unit && value !== '–' && <small>{unit}</small>}
      </div>
      <div class="sub">{sub}</div>
    </div>
  );
}

function Publish({ s, rotate }: { s: Stream; rotate: () => void }) {
  const [tool, setTool] = useState<'obs' | 'ffmpeg'>('obs');
  return (
    <section class="card">
      <div class="card-head">
        <h2>Publish</h2>
        <div class="actions">
          <Seg label="Program" value={tool} onChange={setTool} options={[['obs', 'OBS'], ['ffmpeg', 'ffmpeg']]} />
        </div>
      </div>
      <div class="card-body">
        {!s.publish ? (
          <Notice kind="warn" title="The key was shown once.">
            Only its hash is kept. Make a new one to see it.
          </Notice>
        ) : tool === 'obs' ? (
          <>
            <p class="small muted">OBS → Settings → Stream → Service “Custom…”. Use H.264 with AAC and a keyframe every 2 seconds.</p>
            <div class="field">
              <span class="label">Server</span>
              <Copy text={s.publish.obsServer} label="Server" />
            </div>
            <div class="field">
              <span class="label">Stream key</span>
              <Copy text={s.publish.obsKey} label="Stream key" />
            </div>
          </>
        ) : (
          <>
            <p class="small muted">Pushes a file as if it were live:</p>
            <Copy wrap text={s.publish.ffmpeg} label="ffmpeg line" />
          </>
        )}
        <div class="row">
          <button type="button" class="btn small" onClick={rotate}>
            <Icon name="key" size={14} /> New key
          </button>
          <span class="small muted">Anyone with the key can publish.</span>
        </div>
      </div>
    </section>
  );
}
