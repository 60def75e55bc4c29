/** Search: pages, buckets, streams, cameras and domains by a few letters. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import { get } from '../lib/api';
import type { Bucket, Device, Domains, Stream } from '../lib/api';
import { go } from '../lib/router';
import { Dialog } from './parts';
import { Icon } from './icons';
import type { IconName } from './icons';

interface Hit {
  icon: IconName;
  text: string;
  kind: string;
  to: string;
}

export const PAGES: Hit[] = [
  { icon: 'overview', text: 'Overview', kind: 'g o', to: '/' },
  { icon: 'bucket', text: 'Buckets', kind: 'g b', to: '/buckets' },
  { icon: 'live', text: 'Live streams', kind: 'g l', to: '/live' },
  { icon: 'camera', text: 'Cameras', kind: 'g c', to: '/cameras' },
  { icon: 'device', text: 'Devices', kind: 'g v', to: '/devices' },
  { icon: 'send', text: 'Outgoing calls', kind: 'g h', to: '/outgoing' },
  { icon: 'domain', text: 'Domains', kind: 'g d', to: '/domains' },
  { icon: 'demo', text: 'Demo', kind: 'g x', to: '/demo' },
];

export function Palette({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [things, setThings] = useState<Hit[]>([]);
  useEffect(() => {
    if (!open) return;
    setText('');
    setAt(0);
    void load().then(setThings);
  }, [open]);
  const hits = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return [...PAGES, ...things].filter((h) => !wanted || h.text.toLowerCase().includes(wanted) || h.kind.includes(wanted)).slice(0, 40);
  }, [text, things]);
  const choose = (h: Hit | undefined) => {
    if (!h) return;
    onClose();
    go(h.to);
  };
  return (
    <Dialog title="Search" open={open} onClose={onClose} class="palette" bare>
      <input
        class="input"
        data-autofocus
        role="combobox"
        aria-label="Search buckets, streams, cameras, domains and pages"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={`palette-${at}`}
        placeholder="Search buckets, streams, cameras, domains…"
        value={text}
        onInput={(e) => {
          setText(e.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
            e.preventDefault();
            setAt((i) => Math.max(0, Math.min(hits.length - 1, i + (e.key === 'ArrowDown' ? 1 : -1))));
          }
          if (e.key === 'Enter') choose(hits[at]);
        }}
      />
      <ul id="palette-list" role="listbox">
        {hits.map((h, i) => (
          <li key={h.to} id={`palette-${i}`} role="option" aria-selected={i === at} onMouseMove={() => setAt(i)} onClick={() => choose(h)}>
            <Icon name={h.icon} />
            <span class="clip">{h.text}</span>
            <span class="kind">{h.kind}</span>
          </li>
        ))}
        {hits.length === 0 && <li class="muted">Nothing by that name. Try a bucket, a stream or a page.</li>}
      </ul>
    </Dialog>
  );
}

async function load(): Promise<Hit[]> {
  const lists = await Promise.allSettled([
    get<{ buckets: Bucket[] }>('/api/buckets').then((r) => r.buckets.map((b): Hit => ({ icon: 'bucket', text: b.name, kind: 'bucket', to: `/buckets/${b.name}` }))),
    get<{ streams: Stream[] }>('/api/streams').then((r) => r.streams.map((s): Hit => ({ icon: 'live', text: s.name, kind: 'stream', to: `/live/${s.name}` }))),
    get<{ devices: Device[] }>('/api/devices').then((r) => r.devices.map((d): Hit => ({ icon: 'camera', text: d.id, kind: 'camera', to: `/cameras/${d.id}` }))),
    get<Domains>('/api/domains').then((r) => r.domains.map((d): Hit => ({ icon: 'domain', text: d.host, kind: 'domain', to: `/domains/${d.host}` }))),
  ]);
  return lists.flatMap((l) => (l.status === 'fulfilled' ? l.value : []));
}
