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

interface Shown {
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
  }, [url]);
  useEffect(() => () => (shown ? URL.revokeObjectURL(shown.src) : undefined), [shown]);
  const set = (change: Partial<ImageRecipe>) => setRecipe((r) => ({ ...r, ...change }));
  return (
    <>
      <div class="preview" data-testid="image-lab">
        {shown && <img src={shown.src} alt="The result of the recipe below" />}
      </div>
      <div class="card-body">
        <div class="row wrap small muted num" aria-live="polite">
          {problem ? <span style={{ color: 'var(--bad)' }}>{problem}</span> : shown ? `${shown.type} · ${f.bytes(shown.bytes)} · ${shown.ms.toFixed(0)} ms · ${shown.cache || 'no cache status'}` : 'Making it…'}
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
          <Field label="Width">{(id) => <Size id={id} value={recipe.width} min={16} max={4096} on={(width) => set({ width })} />}</Field>
          <Field label="Height">{(id) => <Size id={id} value={recipe.height} min={16} max={4096} on={(height) => set({ height })} />}</Field>
          <Field label={`Quality ${recipe.quality}`}>
            {(id) => <input id={id} type="range" min={10} max={100} step={5} value={recipe.quality} disabled={recipe.format === 'png'} onInput={(e) => set({ quality: Number(e.currentTarget.value) })} />}
          </Field>
        </div>
        <Copy text={url} label="Address of this picture" />
      </div>
    </>
  );
}

function Size({ id, value, min, max, on }: { id: string; value: number; min: number; max: number; on: (v: number) => void }) {
  return (
    <input
      id={id}
      class="input"
      type="number"
      min={min}
      max={max}
      value={value}
      onInput={(e) => {
        const v = e.currentTarget.valueAsNumber;
        if (v >= min && v <= max) on(Math.round(v));
      }}
    />
  );
}

async function load(url: string, signal: AbortSignal): Promise<Shown> {
  const started = performance.now();
  const answer = await fetch(url, { signal, cache: 'no-store' });
  const blob = await answer.blob();
  const ms = performance.now() - started;
  if (!answer.ok) {
    const text = await blob.text();
    const message = /<Message>([^<]*)/.exec(text)?.[1] ?? answer.headers.get('Millrace-Reason') ?? text.slice(0, 160);
    throw new Error(`${answer.status}: ${message}`);
  }
  return { src: URL.createObjectURL(blob), bytes: blob.size, type: blob.type, ms, cache: answer.headers.get('Cache-Status') ?? '' };
}
