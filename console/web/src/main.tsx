/** The console's page: who is signed in decides what is drawn. */
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import './styles/parts.css';
import './styles/pages.css';
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ApiError, get, setCsrf, whenSignedOut } from './lib/api';
import type { Me } from './lib/api';
import { startKeys } from './lib/keys';
import { decoded, go, interceptLinks, usePlace } from './lib/router';
import { Failure, Toasts } from './ui/parts';
import { Shell } from './ui/shell';
import { BucketsPage } from './pages/buckets';
import { BucketPage } from './pages/bucket';
import { ObjectPage } from './pages/object';
import { CameraPage, CamerasPage } from './pages/cameras';
import { DemoPage } from './pages/demo';
import { DevicesPage } from './pages/devices';
import { DomainsPage } from './pages/domains';
import { LivePage, StreamPage } from './pages/live';
import { NotFound } from './pages/notfound';
import { OutgoingPage } from './pages/outgoing';
import { OverviewPage } from './pages/overview';
import { EmbedPage, SharePage } from './pages/share';
import { SignInPage } from './pages/signin';

function App() {
  const place = usePlace();
  const first = place.path.split('/')[1] ?? '';
  if (first === 'share') return <SharePage place={place} />;
  if (first === 'embed') return <EmbedPage place={place} />;
  return <SignedIn />;
}

function SignedIn() {
  const place = usePlace();
  const [me, setMe] = useState<Me | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const signingIn = place.path === '/sign-in';
  const load = () => {
    setError(null);
    get<Me>('/api/me').then(
      (m) => {
        setCsrf(m.csrf);
        setMe(m);
      },
      (e: ApiError) => {
        if (e.status === 401) go(`/sign-in${place.path === '/' ? '' : `?next=${encodeURIComponent(location.pathname + location.search)}`}`, true);
        else setError(e);
      },
    );
  };
  useEffect(() => {
    if (!signingIn && !me) load();
  }, [signingIn]);
  useEffect(() => whenSignedOut(() => location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`)), []);
  if (signingIn) return <SignInPage place={place} />;
  if (error)
    return (
      <main class="share">
        <Failure error={error} retry={load} />
      </main>
    );
  if (!me) return null;
  return (
    <Shell me={me}>
      <Page me={me} path={place.path} query={place.query} />
    </Shell>
  );
}

function Page({ me, path, query }: { me: Me; path: string; query: URLSearchParams }) {
  const [, first = '', second] = path.split('/');
  const name = decoded(second ?? '');
  if (name === null) return <NotFound />;
  switch (first) {
    case '':
      return <OverviewPage me={me} />;
    case 'buckets':
      if (!name) return <BucketsPage />;
      return query.has('object') ? <ObjectPage me={me} bucket={name} objectKey={query.get('object') ?? ''} /> : <BucketPage me={me} bucket={name} prefix={query.get('prefix') ?? ''} />;
    case 'live':
      return name ? <StreamPage name={name} /> : <LivePage me={me} />;
    case 'cameras':
      return name ? <CameraPage id={name} /> : <CamerasPage />;
    case 'devices':
      return name ? <CameraPage id={name} /> : <DevicesPage me={me} />;
    case 'domains':
      return <DomainsPage me={me} host={name} />;
    case 'outgoing':
      return <OutgoingPage />;
    case 'demo':
      return <DemoPage me={me} />;
    default:
      return <NotFound />;
  }
}

startKeys();
interceptLinks();
const root = document.getElementById('app');
if (root)
  render(
    <>
      <App />
      <Toasts />
    </>,
    root,
  );
