/** Resize, crop, format and quality of a picture, with the address that makes the result. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import * as f from '../lib/format';
import { Copy, Field, Seg } from './parts';

export interface ImageRecipe {
  width: number;
  height: number;
  mode: 'lfit' | 'fill' | 'crop';
  format: 'jpg' | 'webp' | 'png' | 'avif';
  quality: number;
}

export function processOf(r: ImageRecipe): string {
  const size =
    r.mode === 'crop'
      ? `crop,w_${r.width},h_${r.height},g_center`
      : `resize,m_${r.mode},w_${r.width}${r.height > 0 ? `,h_${r.height}` : ''}`;
  const quality = r.format === 'png' ? '' : `/quality,q_${r.quality}`;
  return `image/${size}/format,${r.format}${quality}`;
}

/** Adds the recipe to an address that already carries its proof; the proof covers the path alone. */
export function withProcess(url: string, process: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}x-oss-process=${process}`;
}

export interface Shown {
  src: string;
  bytes: number;
  type: string;
  ms: number;
  cache: string;
}

export function ImageLab({ base, onProcess }: { base: string; onProcess?: (process: string) => void }) {
  const [recipe, setRecipe] = useState<ImageRecipe>({ width: 640, height: 400, mode: 'fill', format: 'webp', quality: 80 });
  const [shown, setShown] = useState<Shown | null>(null);
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);
  const process = useMemo(() => processOf(recipe), [recipe]);
  const url = withProcess(base, process);
  useEffect(() => {
    onProcess?.(process);
    const stop = new AbortController();
    const wait = setTimeout(() => void load(url, stop.signal).then(setShown, (e: Error) => stop.signal.aborted || setProblem(e.message)), 220);
    setProblem('');
    return () => {
      stop.abort();
      clearTimeout(wait);
    };
  }, [url, round]);
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.src) : undefined), [shown]);
  const set = (change: Partial<ImageRecipe>) => setRecipe((r) => ({ ...r, ...change }));
  return (
    <>
      <div class="preview" data-testid="image-lab">
        {shown && <img src={shown.src} alt="The result of the recipe below" />}
      </div>
      <div class="card-body">
        <div class="row wrap small muted num" aria-live="polite">
          {problem ? (
            <>
              <span class="bad-text" role="alert">{problem}</span>
              <button type="button" class="btn small" onClick={() => setRound(round + 1)}>
                Try again
              </button>
            </>
          ) : shown ? `${shown.type} · ${f.bytes(shown.bytes)} · ${shown.ms.toFixed(0)} ms · ${shown.cache || 'no cache status'}` : 'Making it…'}
        </div>
        <div class="controls">
          <div class="field">
            <span class="label">Cut</span>
            <Seg label="Cut" value={recipe.mode} onChange={(mode) => set({ mode })} options={[['lfit', 'Fit'], ['fill', 'Fill'], ['crop', 'Crop']]} />
          </div>
          <div class="field">
            <span class="label">Format</span>
            <Seg label="Format" value={recipe.format} onChange={(format) => set({ format })} options={[['jpg', 'JPEG'], ['webp', 'WebP'], ['png', 'PNG'], ['avif', 'AVIF']]} />
          </div>
          <Size label="Width" value={recipe.width} on={(width) => set({ width })} />
          <Size label="Height" value={recipe.height} on={(height) => set({ height })} />
          <Field label={`Quality ${recipe.quality}`}>
            {(id) => <input id={id} type="range" min={10} max={100} step={5} value={recipe.quality} disabled={recipe.format === 'png'} onInput={(e) => set({ quality: Number(e.currentTarget.value) })} />}
          </Field>
        </div>
        <Copy text={url} label="Address of this picture" />
      </div>
    </>
  );
}

const SMALLEST = 16;
const LARGEST = 4096;

/** A number of pixels; one that is none is said to be so, and the picture stays as it was. */
function Size({ label, value, on }: { label: string; value: number; on: (v: number) => void }) {
  const [bad, setBad] = useState(false);
  return (
    <Field label={label} help={bad ? <span class="bad-text" role="alert">{`${SMALLEST} to ${f.count(LARGEST)}; it stays ${value}`}</span> : undefined}>
      {(id) => (
        <input
          id={id}
          class="input"
          type="number"
          min={SMALLEST}
          max={LARGEST}
          defaultValue={String(value)}
          aria-invalid={bad}
          onInput={(e) => {
            const v = e.currentTarget.valueAsNumber;
            const fits = Number.isInteger(v) && v >= SMALLEST && v <= LARGEST;
            setBad(!fits);
            if (fits) on(v);
          }}
        />
      )}
    </Field>
  );
}

/** Longer than the server takes for any picture. */
const PATIENCE_MS = 30_000;

export async function load(url: string, signal: AbortSignal): Promise<Shown> {
  const started = performance.now();
  const late = AbortSignal.timeout(PATIENCE_MS);
  let answer: Response;
  let blob: Blob;
  try {
    answer = await fetch(url, { signal: AbortSignal.any([signal, late]), cache: 'no-store' });
    blob = await answer.blob();
  } catch (e) {
    if (signal.aborted) throw e;
    throw new Error(late.aborted ? `Nothing came for ${PATIENCE_MS / 1000} seconds.` : `The edge at ${new URL(url).origin} can’t be reached from here.`);
  }
  const ms = performance.now() - started;
  if (!answer.ok) {
    const text = await blob.text();
    const message = /<Message>([^<]*)/.exec(text)?.[1] ?? answer.headers.get('Millrace-Reason') ?? text.slice(0, 160);
    throw new Error(`${answer.status}: ${message}`);
  }
  return { src: URL.createObjectURL(blob), bytes: blob.size, type: blob.type, ms, cache: answer.headers.get('Cache-Status') ?? '' };
}
