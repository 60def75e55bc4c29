/** Sign in by password, or by a single-use link that is spent only when this page posts it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, post } from '../lib/api';
import type { Place } from '../lib/router';
import { useTitle } from '../lib/use';
import { Mark } from '../ui/icons';
import { ActionForm, Field, Notice } from '../ui/parts';

/** Only paths on this page: a link must not send people elsewhere. */
function next(query: URLSearchParams): string {
  const to = query.get('next') ?? '/';
  // Browsers drop tabs and line ends from addresses, so that "/\t/host" would lead elsewhere: the parsed address decides.
  const url = URL.canParse(to, location.origin) ? new URL(to, location.origin) : null;
  return url?.origin === location.origin && to.startsWith('/') ? url.pathname + url.search + url.hash : '/';
}

export function SignInPage({ place }: { place: Place }) {
  useTitle('Sign in');
  const link = place.query.get('link');
  const [error, setError] = useState<ApiError | null>(null);
  const tried = useRef(false);
  useEffect(() => {
    if (!link || tried.current) return;
    tried.current = true;
    post<{ next: string }>('/api/session/link', { link }).then(
      (r) => location.replace(place.query.get('next') ? next(place.query) : r.next),
      (e: ApiError) => setError(e),
    );
  }, [link]);
  return (
    <div class="sign">
      <main class="sign-form">
        <div>
          <div class="row" style={{ gap: '12px', color: 'var(--accent)' }}>
            <Mark size={34} />
          </div>
          <div class="stack tight">
            <h1>Sign in to Millrace</h1>
            <p class="muted">{link && !error ? 'Opening your link…' : 'Use the name and password from the first start, or ask for a link.'}</p>
          </div>
          {error && (
            <Notice kind="bad" title={error.message}>
              {error.hint}
            </Notice>
          )}
          {(!link || error) && (
            <ActionForm
              submit="Sign in"
              run={async (f) => {
                await post('/api/session', { user: f.get('user'), password: f.get('password') });
                location.replace(next(place.query));
              }}
            >
              <Field label="Name">{(id) => <input id={id} class="input" name="user" autocomplete="username" autoCapitalize="none" required autoFocus />}</Field>
              <Field
                label="Password"
                help={
                  <>
                    Lost it? On the server, start again with <code>./millrace serve --link</code>: it prints a single-use link.
                  </>
                }
              >
                {(id) => <input id={id} class="input" name="password" type="password" autocomplete="current-password" required />}
              </Field>
            </ActionForm>
          )}
          {link && !error && <span class="spin" aria-label="Signing in" />}
        </div>
      </main>
      <Art />
    </div>
  );
}

/** The race: water running over the wheel. */
function Art() {
  const strands = Array.from({ length: 12 }, (_, i) => i);
  const at = (r: number, angle: number) => `${(520 + r * Math.cos(angle)).toFixed(1)} ${(430 + r * Math.sin(angle)).toFixed(1)}`;
  const angles = Array.from({ length: 12 }, (_, i) => (i * Math.PI) / 6);
  return (
    <div class="sign-art" aria-hidden="true">
      <svg viewBox="0 0 900 900" preserveAspectRatio="xMidYMid slice" fill="none">
        <path d="M-40 196 C 150 196, 330 196, 470 204" stroke="#0b3a46" stroke-width="26" opacity=".8" />
        <g stroke="#8be6f6" stroke-linecap="round">
          {strands.map((i) => (
            <path
              key={i}
              class={`flow ${i % 3 === 0 ? 'slow' : ''}`}
              opacity={0.22 + (i % 4) * 0.14}
              stroke-width={1.2 + (i % 3) * 0.7}
              d={`M-40 ${150 + i * 3.4} C 150 ${150 + i * 3.4}, 330 ${150 + i * 3.4}, 500 ${158 + i * 3} C ${640 - i * 3} ${172 + i * 4}, ${790 - i * 6} ${290 + i * 6}, ${782 - i * 6} ${450 + i * 4} S ${690 - i * 3} ${640 + i * 6}, ${720 - i * 2} ${700 + i * 9} S 840 ${735 + i * 11}, 960 ${735 + i * 12}`}
            />
          ))}
        </g>
        <g class="wheel" stroke="#effcff" stroke-linecap="round" opacity=".96">
          <circle cx="520" cy="430" r="206" stroke-width="7" />
          <circle cx="520" cy="430" r="160" stroke-width="5" />
          <circle cx="520" cy="430" r="26" stroke-width="9" />
          {angles.map((a) => (
            <path key={a} d={`M${at(160, a)} L${at(214, a + 0.21)}`} stroke-width="8" />
          ))}
          {angles
            .filter((_, i) => i % 2 === 0)
            .map((a) => (
              <path key={a} d={`M${at(30, a)} L${at(158, a)}`} stroke-width="6" />
            ))}
        </g>
      </svg>
      <p>Store it, cut it, carry it. Media runs through here.</p>
    </div>
  );
}
