/** What somebody should look at now, on the overview: each line leads to the page that tells more. */
import type { Concern } from '../lib/api';
import { Icon } from './icons';

export function ConcernList({ concerns }: { concerns: Concern[] }) {
  if (concerns.length === 0) return null;
  const severe = concerns.some((c) => c.severe);
  return (
    <section class="card concerns" aria-label="To look at" role={severe ? 'alert' : 'status'} data-testid="concerns">
      {concerns.map((c) => (
        <a key={c.title + c.text} class={`notice ${c.severe ? 'bad' : 'warn'}`} href={c.link} data-concern={c.kind}>
          <Icon name="alert" size={16} />
          <span class="grow">
            <strong>{c.title}</strong> <span class="muted">{c.text}</span>
          </span>
          <Icon name="chevron" size={16} />
        </a>
      ))}
    </section>
  );
}
