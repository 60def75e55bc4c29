/** Light, dark, or whatever the system says. */

export type Theme = 'system' | 'light' | 'dark';
const listeners = new Set<() => void>();

export function theme(): Theme {
  const t = document.documentElement.dataset['theme'];
  return t === 'light' || t === 'dark' ? t : 'system';
}

export function isDark(): boolean {
  const t = theme();
  return t === 'system' ? matchMedia('(prefers-color-scheme: dark)').matches : t === 'dark';
}

export function setTheme(t: Theme) {
  if (t === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = t;
  try {
    if (t === 'system') localStorage.removeItem('millrace.theme');
    else localStorage.setItem('millrace.theme', t);
  } catch {
    /* storage is blocked: the choice lasts until the page is closed */
  }
  listeners.forEach((l) => l());
}

export function toggleTheme() {
  setTheme(isDark() ? 'light' : 'dark');
}

export function onTheme(run: () => void): () => void {
  listeners.add(run);
  const system = matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', run);
  return () => {
    listeners.delete(run);
    system.removeEventListener('change', run);
  };
}
