/** Keyboard: single keys and two-key sequences, never while typing. */
import { useLayoutEffect } from 'preact/hooks';

const bindings = new Map<string, { run: () => void; label: string }[]>();
let pending = '';
let pendingTimer = 0;

function typing(e: KeyboardEvent): boolean {
  const t = e.target as HTMLElement | null;
  return !!t && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName));
}

export function startKeys() {
  document.addEventListener('keydown', (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || typing(e)) return;
    if (document.querySelector('dialog[open]')) return;
    if (e.key === 'j' || e.key === 'k') {
      moveRow(e.key === 'j' ? 1 : -1);
      return;
    }
    const sequence = pending ? `${pending} ${e.key}` : e.key;
    const found = bindings.get(sequence)?.at(-1);
    if (found) {
      e.preventDefault();
      pending = '';
      found.run();
      return;
    }
    pending = e.key === 'g' && !pending ? 'g' : '';
    clearTimeout(pendingTimer);
    pendingTimer = window.setTimeout(() => (pending = ''), 1200);
  });
}

function moveRow(by: number) {
  const rows = [...document.querySelectorAll<HTMLElement>('[data-row]')];
  if (rows.length === 0) return;
  const at = rows.indexOf(document.activeElement as HTMLElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by));
  rows[next]?.focus();
}

/** Binds a key or a sequence such as "g o" while the component is on the page. */
export function useKey(sequence: string, label: string, run: () => void) {
  // before the next event, so that a key pressed right after a page appears is not lost
  useLayoutEffect(() => {
    const binding = { run, label };
    const list = bindings.get(sequence) ?? [];
    list.push(binding);
    bindings.set(sequence, list);
    return () => {
      const rest = (bindings.get(sequence) ?? []).filter((b) => b !== binding);
      if (rest.length) bindings.set(sequence, rest);
      else bindings.delete(sequence);
    };
  });
}

export function boundKeys(): { keys: string; label: string }[] {
  return [...bindings].map(([keys, list]) => ({ keys, label: list.at(-1)?.label ?? '' }));
}
