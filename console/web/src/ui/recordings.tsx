/** What a stream recorded: play, download, share, remove, and how long it is kept. */
import { useState } from 'preact/hooks';
import { del, get, post, put, seg } from '../lib/api';
import type { Playback, Recording, RecordingPage } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded, usePages } from '../lib/use';
import { Icon } from './icons';
import { Confirm, Dialog, Failure, Pager, Skeleton, toast, toastError } from './parts';
import { Player } from './player';
import { Sharing } from './sharing';
import { Table } from './table';

const VIEWER_SECONDS = 6 * 3600;
const DOWNLOAD_SECONDS = 24 * 3600;
const DAY = 24;
const TIMES = [1, 7, 30, 90, 365].map((days) => days * DAY);

type Asking = { what: 'play' | 'share' | 'remove'; recording: Recording };

export function Recordings({ stream, place, live }: { stream: string; place: string; live: boolean }) {
  const pages = usePages(stream);
  const path = `/api/streams/${seg(stream)}/recordings?limit=20${pages.after ? `&before=${seg(pages.after)}` : ''}`;
  const list = useLoaded(path, (s) => get<RecordingPage>(path, s), 5000);
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => setAsking(null);
  const all = list.data?.recordings;
  const of = (r: Recording) => ({ stream, session: r.session });
  const source = async (r: Recording) => (await post<Playback>('/api/playback', { ...of(r), seconds: VIEWER_SECONDS })).url;
  return (
    <section class="card">
      <div class="card-head">
        <h2>Recordings</h2>
        <div class="actions">{list.data && <Keep stream={stream} hours={list.data.keepHours} reload={() => void list.reload()} />}</div>
      </div>
      {list.error && <Failure error={list.error} retry={() => void list.reload()} />}
      {!all && !list.error && <Skeleton rows={2} />}
      {all && all.length === 0 && (
        <div class="card-body">
          <p class="small muted">None yet. Every push is recorded into {place}.</p>
        </div>
      )}
      {all && all.length > 0 && (
        <Table heads={['Started', '#Length', '#Size', '']}>
          {all.map((r) => (
            <tr key={r.session}>
              <td>
                {f.dateTime(r.started)} {!r.ended && (live ? <span class="badge live">Running</span> : <span class="badge">Its publisher may come back</span>)}
              </td>
              <td class="num" data-label="Length">
                {f.duration(r.seconds)}
              </td>
              <td class="num" data-label="Size">
                {f.bytes(r.bytes)}
              </td>
              <td class="right">
                <span class="row" style={{ justifyContent: 'flex-end' }}>
                  <button type="button" class="btn small" disabled={r.segments === 0} onClick={() => setAsking({ what: 'play', recording: r })}>
                    Play
                  </button>
                  <button type="button" class="btn small" disabled={r.segments === 0} onClick={() => void download(of(r))}>
                    Download
                  </button>
                  <button type="button" class="btn small" aria-label={`Share the recording of ${f.dateTime(r.started)}`} disabled={r.segments === 0} onClick={() => setAsking({ what: 'share', recording: r })}>
                    <Icon name="share" size={14} />
                  </button>
                  <button type="button" class="btn small danger" disabled={!r.ended} title={r.ended ? undefined : live ? 'It runs; it can be removed when it ends.' : 'It ends when its publisher has stayed away for a while; it can be removed then.'} onClick={() => setAsking({ what: 'remove', recording: r })}>
                    Remove
                  </button>
                </span>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager pages={pages} next={list.data?.next} />
      <Dialog title={asking ? `Recorded ${f.dateTime(asking.recording.started)}` : ''} open={asking?.what === 'play'} onClose={close}>
        {asking?.what === 'play' && <Player id={`${stream} ${asking.recording.session}`} source={() => source(asking.recording)} />}
      </Dialog>
      <Sharing open={asking?.what === 'share'} onClose={close} what={asking ? of(asking.recording) : { stream }} />
      <Confirm
        open={asking?.what === 'remove'}
        title="Remove this recording?"
        action="Remove"
        onClose={close}
        run={async () => {
          await del(`/api/streams/${seg(stream)}/recordings/${seg(asking?.recording.session ?? '')}`);
          toast('The recording is removed.', 'Its space comes back within a minute.');
          await list.reload();
        }}
      >
        {asking && `${f.dateTime(asking.recording.started)}, ${f.duration(asking.recording.seconds)}, ${f.bytes(asking.recording.bytes)}. `}
        Its segments are deleted from the bucket. Links to it stop working.
      </Confirm>
    </section>
  );
}

/** Opens the file at the edge, which says that it is to be saved. */
async function download(what: { stream: string; session: string }) {
  try {
    const made = await post<Playback>('/api/playback', { ...what, seconds: DOWNLOAD_SECONDS });
    if (made.download) window.location.assign(made.download);
  } catch (e) {
    toastError(e);
  }
}

function Keep({ stream, hours, reload }: { stream: string; hours: number | null; reload: () => void }) {
  const [asked, setAsked] = useState<number | null>(null);
  const set = async (next: number | null) => {
    await put(`/api/streams/${seg(stream)}/retention`, { hours: next });
    toast(next === null ? 'Recordings are kept until they are removed.' : `Recordings are removed ${span(next)} after their end.`);
    reload();
  };
  const times = hours === null || TIMES.includes(hours) ? TIMES : [...TIMES, hours].sort((a, b) => a - b);
  return (
    <>
      <label class="row small muted">
        Keep
        <select
          class="input"
          value={hours ?? ''}
          onChange={(e) => {
            const chosen = e.currentTarget.value;
            if (chosen) setAsked(Number(chosen));
            else void set(null).catch(toastError);
            e.currentTarget.value = hours === null ? '' : String(hours);
          }}
        >
          <option value="">until removed</option>
          {times.map((t) => (
            <option key={t} value={t}>
              {span(t)}
            </option>
          ))}
        </select>
      </label>
      <Confirm open={asked !== null} title={`Remove recordings after ${span(asked ?? DAY)}?`} action="Remove older ones" onClose={() => setAsked(null)} run={() => set(asked)}>
        Recordings that ended longer ago are deleted from the bucket within a minute, and each later one in its turn. One that runs is never cut.
      </Confirm>
    </>
  );
}

function span(hours: number): string {
  return hours % DAY === 0 ? f.plural(hours / DAY, 'day') : f.plural(hours, 'hour');
}
