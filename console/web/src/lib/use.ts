/** Hooks: data that loads, reloads and keeps its last good value; live events; ticking. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from './api';
import type { Overview } from './api';

export interface Loaded<T> {
  data: T | null;
  error: ApiError | null;
  reload: () => Promise<void>;
}

/** Loads once, again when `key` changes, and every `intervalMs` while the page is visible. */
export function useLoaded<T>(key: string, load: (signal: AbortSignal) => Promise<T>, intervalMs = 0): Loaded<T> {
  const [state, set] = useState<{ key: string; data: T | null; error: ApiError | null }>({ key, data: null, error: null });
  const loader = useRef(load);
  loader.current = load;
  const run = useCallback(
    async (signal: AbortSignal) => {
      try {
        const data = await loader.current(signal);
        if (!signal.aborted) set({ key, data, error: null });
      } catch (e) {
        if (signal.aborted) return;
        const error = e instanceof ApiError ? e : new ApiError(0, 'Error', String(e), '');
        set((old) => ({ key, data: old.key === key ? old.data : null, error }));
      }
    },
    [key],
  );
  useEffect(() => {
    const stop = new AbortController();
    void run(stop.signal);
    const timer = intervalMs
      ? setInterval(() => {
          if (!document.hidden) void run(stop.signal);
        }, intervalMs)
      : 0;
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }, [run, intervalMs]);
  const reload = useCallback(() => run(new AbortController().signal), [run]);
  const fresh = state.key === key;
  return { data: fresh ? state.data : null, error: fresh ? state.error : null, reload };
}

/** Where a person stands in a list that comes by pages: `after` of the page shown; the first one again when `key` changes. */
export function usePages(key: string) {
  const [state, set] = useState<{ key: string; pages: string[] }>({ key, pages: [''] });
  const pages = state.key === key ? state.pages : [''];
  return {
    after: pages.at(-1) ?? '',
    back: pages.length > 1 ? () => set({ key, pages: pages.slice(0, -1) }) : null,
    next: (after: string) => set({ key, pages: [...pages, after] }),
  };
}

/** The time now, again every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    const t = setInterval(() => set(Date.now()), everyMs);
    return () => clearInterval(t);
  }, [everyMs]);
  return now;
}

export function useTitle(title: string) {
  useEffect(() => {
    document.title = title ? `${title} · Millrace` : 'Millrace';
  }, [title]);
}

/** Numbers come every second; later than this they are said to have stopped. */
const SILENCE_MS = 8000;

/** Live overview numbers by server-sent events; what breaks off, or never begins, is opened again. */
export function useOverviewEvents(on: (o: Overview) => void): { connected: boolean; again: () => void } {
  const [connected, setConnected] = useState(true);
  const [round, setRound] = useState(0);
  const handler = useRef(on);
  handler.current = on;
  useEffect(() => {
    const source = new EventSource('/api/events');
    let heard = Date.now();
    source.addEventListener('overview', (e) => {
      heard = Date.now();
      setConnected(true);
      handler.current(JSON.parse((e as MessageEvent<string>).data) as Overview);
    });
    source.onerror = () => setConnected(false);
    const watch = setInterval(() => {
      if (document.hidden || Date.now() - heard < SILENCE_MS) return;
      setConnected(false);
      setRound((n) => n + 1);
    }, 1000);
    return () => {
      clearInterval(watch);
      source.close();
    };
  }, [round]);
  return { connected, again: () => setRound((n) => n + 1) };
}
