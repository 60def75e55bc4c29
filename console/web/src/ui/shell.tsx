/** The frame around every signed-in page: navigation, search, theme, help. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { del } from '../lib/api';
import type { Me } from '../lib/api';
import { boundKeys, useKey } from '../lib/keys';
import { decoded, go, usePlace } from '../lib/router';
import { isDark, onTheme, toggleTheme } from '../lib/theme';
import { Icon, Mark } from './icons';
import { Palette, PAGES } from './palette';
import { Dialog } from './parts';
import { UploadDock } from './uploads';

export function Shell({ me, children }: { me: Me; children: ComponentChildren }) {
  const place = usePlace();
  const [menu, setMenu] = useState(false);
  const [search, setSearch] = useState(false);
  const [help, setHelp] = useState(false);
  const [dark, setDark] = useState(isDark());
  useEffect(() => onTheme(() => setDark(isDark())), []);
  useEffect(() => setMenu(false), [place.path]);
  useNavigationKeys();
  useKey('/', 'Search', () => setSearch(true));
  useKey('?', 'This list', () => setHelp(true));
  useKey('t', 'Light or dark', toggleTheme);

  return (
    <div class="shell">
      <a class="skip" href="#content" onClick={(e) => (e.preventDefault(), document.getElementById('content')?.focus())}>
        Skip to content
      </a>
      <button type="button" class={`veil ${menu ? 'open' : ''}`} aria-label="Close menu" tabIndex={-1} onClick={() => setMenu(false)} />
      <aside class={`side ${menu ? 'open' : ''}`} id="menu">
        <a class="brand" href="/">
          <Mark /> Millrace
        </a>
        <nav class="nav" aria-label="Main">
          {PAGES.filter((p) => p.to !== '/demo' || me.demo).map((p) => (
            <a key={p.to} href={p.to} aria-current={current(place.path, p.to) ? 'page' : undefined}>
              <Icon name={p.icon} /> {p.text}
              <kbd>{p.kind}</kbd>
            </a>
          ))}
        </nav>
        <div class="side-foot">
          <div class="row">
            <button type="button" class="btn quiet small" onClick={toggleTheme} aria-label={dark ? 'Switch to light' : 'Switch to dark'}>
              <Icon name={dark ? 'sun' : 'moon'} size={15} /> {dark ? 'Light' : 'Dark'}
            </button>
            <button type="button" class="btn quiet small" onClick={() => setHelp(true)}>
              <Icon name="help" size={15} /> Keys
            </button>
          </div>
          <div class="who">
            <div class="grow">
              <div class="clip">{me.name}</div>
              <div class="faint small">Millrace {me.version}</div>
            </div>
            <button type="button" class="btn quiet icon small" aria-label="Sign out" title="Sign out" onClick={() => void del('/api/session').finally(() => location.assign('/sign-in'))}>
              <Icon name="out" size={16} />
            </button>
          </div>
        </div>
      </aside>
      <div class="main">
        <header class="top">
          <button type="button" class="btn quiet icon menu-open" aria-label="Menu" aria-expanded={menu} aria-controls="menu" onClick={() => setMenu(true)}>
            <Icon name="menu" />
          </button>
          <Crumbs path={place.path} />
          <button type="button" class="search-open" aria-label="Search" onClick={() => setSearch(true)}>
            <Icon name="search" size={15} /> <span>Search</span> <kbd>/</kbd>
          </button>
        </header>
        <main class="page" id="content" tabIndex={-1}>
          {children}
        </main>
      </div>
      <UploadDock path={place.path + (place.query.has('object') ? '?' : '')} />
      <Palette open={search} onClose={() => setSearch(false)} />
      <Dialog title="Keyboard" open={help} onClose={() => setHelp(false)}>
        <ul class="keys">
          {boundKeys().map((k) => (
            <li key={k.keys}>
              {k.label}
              <span>
                {k.keys.split(' ').map((c) => (
                  <kbd key={c}>{c}</kbd>
                ))}
              </span>
            </li>
          ))}
          <li>
            Next, previous row
            <span>
              <kbd>j</kbd>
              <kbd>k</kbd>
            </span>
          </li>
        </ul>
      </Dialog>
    </div>
  );
}

function current(path: string, to: string): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}

function useNavigationKeys() {
  useKey('g o', 'Go to overview', () => go('/'));
  useKey('g b', 'Go to buckets', () => go('/buckets'));
  useKey('g l', 'Go to live streams', () => go('/live'));
  useKey('g c', 'Go to cameras', () => go('/cameras'));
  useKey('g v', 'Go to devices', () => go('/devices'));
  useKey('g d', 'Go to domains', () => go('/domains'));
  useKey('g h', 'Go to outgoing calls', () => go('/outgoing'));
  useKey('g x', 'Go to the demo', () => go('/demo'));
}

function Crumbs({ path }: { path: string }) {
  const parts = path.split('/').filter(Boolean);
  const page = PAGES.find((p) => p.to === `/${parts[0] ?? ''}`);
  if (!page) return <div class="grow" />;
  const name = decoded(parts[1] ?? '');
  return (
    <nav aria-label="Where you are" class="grow">
      <ol class="crumbs">
        <li>{name ? <a href={page.to}>{page.text}</a> : page.text}</li>
        {name && (
          <li>
            <span class="slash">/</span>
            <span class="clip">{name}</span>
          </li>
        )}
      </ol>
    </nav>
  );
}
