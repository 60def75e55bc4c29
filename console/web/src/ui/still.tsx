/** One picture of a film, at a time of choice; a time beyond its end is said to be so. */
import { useEffect, useState } from 'preact/hooks';
import { load } from './imagelab';
import type { Shown } from './imagelab';
import { Copy } from './parts';

export function Still({ base, seconds }: { base: string; seconds: number | null }) {
  const [at, setAt] = useState(0);
  const [asked, ask] = useState<{ at: number } | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState('');
  const url = asked ? `${base}&x-oss-process=video/snapshot,t_${asked.at},f_jpg,w_480` : '';
  useEffect(() => {
    if (!asked) return;
    const stop = new AbortController();
    setProblem('');
    setShown(null);
    if (seconds !== null && asked.at > seconds * 1000) {
      setProblem(`The film ends at ${Math.floor(seconds * 1000)} ms: there is no picture at ${asked.at} ms.`);
      return;
    }
    load(url, stop.signal).then(setShown, (e: Error) => stop.signal.aborted || setProblem(`There is no picture at ${asked.at} ms. ${e.message}`));
    return () => stop.abort();
  }, [asked]);
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.src) : undefined), [shown]);
  return (
    <div class="stack tight">
      <form
        class="row"
        onSubmit={(e) => {
          e.preventDefault();
          ask({ at });
        }}
      >
        <label class="row small">
          Still at
          <input class="input small" style={{ width: '92px' }} type="number" min={0} step={1} value={at} onInput={(e) => setAt(Math.max(0, Math.round(e.currentTarget.valueAsNumber) || 0))} /> ms
        </label>
        <button type="submit" class="btn small">
          Take it
        </button>
      </form>
      {problem && (
        <p class="small bad-text" role="alert">
          {problem}
        </p>
      )}
      {asked && !problem && !shown && <span class="small muted">Taking it…</span>}
      {asked && shown && (
        <>
          <img src={shown.src} alt={`Still at ${asked.at} ms`} style={{ maxWidth: '100%', borderRadius: '8px' }} />
          <Copy text={url} label="Address of this still" />
        </>
      )}
    </div>
  );
}
