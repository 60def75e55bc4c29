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
  return /^\/(?![/\\])/.test(to) ? to : '/';
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
                    Lost it? On the server, <code>./millrace user link</code> prints a new single-use link.
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

/** The race: water running to the wheel. */
function Art() {
  const streams = Array.from({ length: 11 }, (_, i) => i);
  return (
    <div class="sign-art" aria-hidden="true">
      <svg viewBox="0 0 900 900" preserveAspectRatio="xMidYMid slice" fill="none">
        <g stroke="#7fe0f2" stroke-linecap="round">
          {streams.map((i) => (
            <path
              key={i}
              class={`flow ${i % 3 === 0 ? 'slow' : ''}`}
              opacity={0.1 + (i % 4) * 0.09}
              stroke-width={1 + (i % 3)}
              d={`M-40 ${250 + i * 15} C 160 ${220 + i * 15}, 250 ${300 + i * 12}, 372 ${316 + i * 9} S 560 ${590 + i * 13}, 700 ${615 + i * 15} S 860 ${600 + i * 18}, 960 ${632 + i * 18}`}
            />
          ))}
        </g>
        <g class="wheel" stroke="#e9fbff" stroke-width="9" stroke-linecap="round" opacity=".94">
          <circle cx="500" cy="420" r="132" />
          <circle cx="500" cy="420" r="30" stroke-width="7" />
          {Array.from({ length: 10 }, (_, i) => {
            const a = (i * Math.PI) / 5;
            const at = (r: number) => `${(500 + r * Math.cos(a)).toFixed(1)} ${(420 + r * Math.sin(a)).toFixed(1)}`;
            return <path key={i} d={`M${at(46)} L${at(118)} M${at(146)} L${at(186)}`} stroke-width={7} />;
          })}
        </g>
      </svg>
      <p>Store it, cut it, carry it. Media runs through here.</p>
    </div>
  );
}
