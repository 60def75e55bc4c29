/** What a shared link opens: a player without an account. The link carries its own expiry. */
import { useState } from 'preact/hooks';
import { get } from '../lib/api';
import * as f from '../lib/format';
import { decoded } from '../lib/router';
import type { Place } from '../lib/router';
import { useLoaded, useNow, useTitle } from '../lib/use';
import { Mark } from '../ui/icons';
import { Failure } from '../ui/parts';
import { Player } from '../ui/player';
import type { PlayerNumbers } from '../ui/player';

interface Shared {
  title: string;
  kind: 'live' | 'camera';
  url: string;
  expires: string;
}

function useShared(place: Place) {
  const [, , kind = '', name = ''] = place.path.split('/');
  const proof = place.query.get('auth_key') ?? '';
  const session = place.query.get('session');
  const path = `/api/share?kind=${encodeURIComponent(kind)}&name=${encodeURIComponent(decoded(name) ?? name)}&auth_key=${encodeURIComponent(proof)}${session === null ? '' : `&session=${encodeURIComponent(session)}`}`;
  return useLoaded(path, (s) => get<Shared>(path, s), 60000);
}

export function SharePage({ place }: { place: Place }) {
  const shared = useShared(place);
  useTitle(shared.data?.title ?? 'Shared');
  const now = useNow(1000);
  const [n, setN] = useState<PlayerNumbers | null>(null);
  const s = shared.data;
  const left = s ? (Date.parse(s.expires) - now) / 1000 : 0;
  return (
    <main class="share">
      <div class="share-head">
        <span style={{ color: 'var(--accent)', display: 'flex' }}>
          <Mark />
        </span>
        <h1 class="grow clip">{s?.title ?? 'Millrace'}</h1>
        {s && <span class="badge">{left > 0 ? `works for ${f.duration(left)}` : 'expired'}</span>}
      </div>
      {shared.error && !s && <Failure error={shared.error} retry={() => void shared.reload()} />}
      {s && <Player id={s.url} source={() => Promise.resolve(s.url)} onNumbers={setN} />}
      {s && (
        <p class="small muted num">
          {n && whatPlays(n)} Served by Millrace.
        </p>
      )}
    </main>
  );
}

function whatPlays(n: PlayerNumbers): string {
  if (n.delaySeconds !== null) return `${n.delaySeconds.toFixed(1)} s behind reality.`;
  if (n.silentSince !== null) return 'Nothing new is being sent.';
  return n.playing ? 'A recording.' : '';
}

export function EmbedPage({ place }: { place: Place }) {
  const shared = useShared(place);
  useTitle(shared.data?.title ?? '');
  const s = shared.data;
  return (
    <div class="embed">
      {s && <Player id={s.url} source={() => Promise.resolve(s.url)} />}
      {shared.error && !s && (
        <div class="player">
          <div class="message" role="alert">
            <p>{shared.error.message}</p>
            <p class="small">{shared.error.hint}</p>
          </div>
        </div>
      )}
    </div>
  );
}
