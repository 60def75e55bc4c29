/** The parts that every page is made of. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../lib/api';
import type { usePages } from '../lib/use';
import { Icon, IconPath } from './icons';
import type { IconName } from './icons';

export function Notice(p: { kind?: 'bad' | 'warn' | 'good' | 'info'; title?: string; children?: ComponentChildren; action?: ComponentChildren }): JSX.Element {
  const kind = p.kind ?? 'info';
  return (
    <div class={`notice ${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon name={kind === 'good' ? 'check' : kind === 'info' ? 'info' : 'alert'} size={16} />
      <div class="grow">
        {p.title && <p>{p.title}</p>}
        {p.children && <p>{p.children}</p>}
      </div>
      {p.action}
    </div>
  );
}

export function Failure({ error, retry }: { error: ApiError; retry?: () => void }): JSX.Element {
  return (
    <Notice
      kind="bad"
      title={error.message}
      action={
        retry && (
          <button type="button" class="btn small" onClick={retry}>
            Try again
          </button>
        )
      }
    >
      {error.hint}
    </Notice>
  );
}

/** The whole page when what it is about is not there: nothing on it pretends to work. */
export function Missing({ error, what, list }: { error: ApiError; what: string; list: string }): JSX.Element {
  return (
    <div class="card" data-testid="missing">
      <Empty icon="search" title={error.message} action={<a class="btn primary" href={list}>See all {what}</a>}>
        {error.hint || 'It may have been deleted, or the address is mistyped.'}
      </Empty>
    </div>
  );
}

/** The foot of a list that comes by pages; nothing when one page holds it all. */
export function Pager({ pages, next }: { pages: ReturnType<typeof usePages>; next: string | null | undefined }): JSX.Element | null {
  if (!pages.back && !next) return null;
  return (
    <div class="row pager">
      <button type="button" class="btn small" disabled={!pages.back} onClick={() => pages.back?.()}>
        Back
      </button>
      <button type="button" class="btn small" disabled={!next} onClick={() => next && pages.next(next)}>
        Next
      </button>
    </div>
  );
}

export function Empty(p: { icon: IconName; title: string; children: ComponentChildren; action?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <div class="art">
        <svg width="132" height="64" viewBox="0 0 132 64" fill="none" stroke="currentColor" aria-hidden="true">
          <g opacity=".28" stroke-width="1.500" stroke-linecap="round">
            <path d="M2 50c8 0 8-5 16-5s8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5" />
            <path d="M18 59c8 0 8-5 16-5s8 5 16 5 8-5 16-5 8 5 16 5 8-5 16-5 8 5 16 5" opacity=".6" />
          </g>
          <g transform="translate(50 4)" stroke="currentColor">
            <svg width="32" height="32" viewBox="0 0 24 24" stroke-width="1.300" stroke-linecap="round" stroke-linejoin="round">
              <IconPath name={p.icon} />
            </svg>
          </g>
        </svg>
      </div>
      <h2>{p.title}</h2>
      <p>{p.children}</p>
      {p.action && <div class="row">{p.action}</div>}
    </div>
  );
}

export function Copy({ text, wrap, label }: { text: string; wrap?: boolean; label?: string }): JSX.Element {
  const [done, set] = useState(false);
  return (
    <div class={`copy ${wrap ? 'wrap' : ''}`}>
      <code tabIndex={0} aria-label={label}>
        {text}
      </code>
      <button
        type="button"
        class="btn icon"
        aria-label={done ? 'Copied' : `Copy ${label ?? ''}`}
        onClick={() => {
          void copyText(text).then((ok) => {
            set(ok);
            setTimeout(() => set(false), 1500);
          });
        }}
      >
        <Icon name={done ? 'check' : 'copy'} size={15} />
      </button>
    </div>
  );
}

/** Copies, also over plain http where the clipboard interface is missing. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    const ok = document.execCommand('copy');
    area.remove();
    return ok;
  }
}

export function Dialog(p: { title: string; open: boolean; onClose: () => void; children: ComponentChildren; class?: string; bare?: boolean }): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const d = ref.current;
    if (!d) return;
    if (p.open && !d.open) {
      d.showModal();
      d.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    }
    if (!p.open && d.open) d.close();
  }, [p.open]);
  return (
    <dialog
      ref={ref}
      class={p.class}
      aria-label={p.title}
      onClose={p.onClose}
      onClick={(e) => {
        if (e.target === ref.current) p.onClose();
      }}
    >
      {p.open &&
        (p.bare ? (
          p.children
        ) : (
          <>
            <div class="dialog-head">
              <h2>{p.title}</h2>
              <button type="button" class="btn quiet icon" aria-label="Close" onClick={p.onClose}>
                <Icon name="close" />
              </button>
            </div>
            <div class="dialog-body">{p.children}</div>
          </>
        ))}
    </dialog>
  );
}

export function Field(p: { label: string; help?: ComponentChildren; children: (id: string) => ComponentChildren }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{p.label}</label>
      {p.children(id)}
      {p.help && <div class="help">{p.help}</div>}
    </div>
  );
}

/** A form whose submit runs a promise: busy while it runs, the error above the buttons. */
export function ActionForm(p: {
  submit: string;
  danger?: boolean;
  onCancel?: () => void;
  run: (data: FormData) => Promise<void>;
  children: ComponentChildren;
}): JSX.Element {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <form
      class="form"
      onInput={() => error && setError(null)}
      onSubmit={(e) => {
        e.preventDefault();
        setBusy(true);
        setError(null);
        p.run(new FormData(e.currentTarget as HTMLFormElement))
          .catch((x: unknown) => setError(x as ApiError))
          .finally(() => setBusy(false));
      }}
    >
      {p.children}
      {error && <Failure error={error} />}
      <div class="form-foot">
        {p.onCancel && (
          <button type="button" class="btn" onClick={p.onCancel}>
            Cancel
          </button>
        )}
        <button type="submit" class={`btn ${p.danger ? 'danger solid' : 'primary'}`} disabled={busy}>
          {busy && <span class="spin" style={{ width: '14px', height: '14px' }} />}
          {p.submit}
        </button>
      </div>
    </form>
  );
}

/** Asks before something that can't be undone. */
export function Confirm(p: { open: boolean; title: string; action: string; onClose: () => void; run: () => Promise<void>; children: ComponentChildren }): JSX.Element {
  return (
    <Dialog title={p.title} open={p.open} onClose={p.onClose}>
      <ActionForm
        submit={p.action}
        danger
        onCancel={p.onClose}
        run={async () => {
          await p.run();
          p.onClose();
        }}
      >
        <p class="muted">{p.children}</p>
      </ActionForm>
    </Dialog>
  );
}

interface ToastItem {
  id: number;
  title: string;
  text: string;
  bad: boolean;
}
let showToast: (t: Omit<ToastItem, 'id'>) => void = () => {};
let toastId = 0;

export function toast(title: string, text = '') {
  showToast({ title, text, bad: false });
}

export function toastError(e: unknown) {
  const error = e as Partial<ApiError>;
  showToast({ title: error.message ?? String(e), text: error.hint ?? '', bad: true });
}

export function Toasts(): JSX.Element {
  const [items, set] = useState<ToastItem[]>([]);
  showToast = (t) => {
    const item = { ...t, id: ++toastId };
    set((old) => [...old.slice(-3), item]);
    setTimeout(() => set((old) => old.filter((i) => i.id !== item.id)), t.bad ? 9000 : 4000);
  };
  return (
    <div class="toasts" role="status" aria-live="polite">
      {items.map((t) => (
        <div key={t.id} class={`toast ${t.bad ? 'bad' : ''}`}>
          <Icon name={t.bad ? 'alert' : 'check'} size={16} />
          <div class="grow">
            <p>{t.title}</p>
            {t.text && <p>{t.text}</p>}
          </div>
          <button type="button" class="btn quiet icon small" aria-label="Dismiss" onClick={() => set((old) => old.filter((i) => i.id !== t.id))}>
            <Icon name="close" size={14} />
          </button>
        </div>
      ))}
    </div>
  );
}

export function Skeleton({ rows = 4 }: { rows?: number }): JSX.Element {
  return (
    <div class="card-body" aria-busy="true" aria-label="Loading">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class="skeleton" style={{ height: '18px', width: `${92 - ((i * 17) % 40)}%` }} />
      ))}
    </div>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }): JSX.Element {
  return (
    <dl class="facts">
      {rows.map(([k, v]) => (
        <>
          <dt key={k}>{k}</dt>
          <dd>{v}</dd>
        </>
      ))}
    </dl>
  );
}

export function Seg<T extends string>(p: { label: string; value: T; options: [T, string][]; onChange: (v: T) => void }): JSX.Element {
  return (
    <div class="seg" role="group" aria-label={p.label}>
      {p.options.map(([value, text]) => (
        <button key={value} type="button" aria-pressed={p.value === value} onClick={() => p.onChange(value)}>
          {text}
        </button>
      ))}
    </div>
  );
}
