/** Why a stream's publishers were refused or dropped, or why its segments are not stored. */
import type { Stranger, Trouble } from '../lib/api';
import * as f from '../lib/format';
import { Notice } from './parts';

const TITLES: Record<Trouble['kind'], string> = {
  REFUSED: 'A publisher was refused',
  DROPPED: 'The push broke off',
  NOT_STORED: 'Its segments are not stored',
};

/** What to do, as far as the reason tells. */
function remedy(t: Trouble): string {
  if (/key/.test(t.reason)) return 'Copy the key below into the publisher again, or make a new one.';
  if (/publisher already/.test(t.reason)) return 'Stop the other one first; once it is silent for 5 seconds its place is free.';
  if (/disk is full/.test(t.reason)) return 'Delete objects or add room; it goes on by itself.';
  return '';
}

export function Troubles({ troubles }: { troubles: Trouble[] }) {
  return (
    <>
      {troubles.map((t) => (
        <div key={t.kind} data-trouble={t.kind}>
          <Notice kind="bad" title={`${TITLES[t.kind]}: ${t.reason}.`}>
            {t.publisher ? `From ${t.publisher}, ` : ''}
            {f.ago(t.at)}
            {t.times > 1 ? `, ${t.times} times` : ''}. {remedy(t)}
          </Notice>
        </div>
      ))}
    </>
  );
}

export function Strangers({ strangers }: { strangers: Stranger[] }) {
  if (strangers.length === 0) return null;
  return (
    <Notice kind="warn" title="Refused, since no stream has the name">
      {strangers.map((s) => `${s.name} (from ${s.trouble.publisher ?? 'nowhere'}, ${f.ago(s.trouble.at)}${s.trouble.times > 1 ? `, ${s.trouble.times} times` : ''})`).join('; ')}. Make the stream, or
      correct the name in the publisher.
    </Notice>
  );
}
