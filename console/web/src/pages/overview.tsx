/** The overview: what runs through the mill now, and how it went in the last minutes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { get } from '../lib/api';
import type { DamageReport, Disk, History, Me, Overview, Point } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded, useOverviewEvents, useTitle } from '../lib/use';
import { ConcernList } from '../ui/concerns';
import { DamageNotice, ScrubCard } from '../ui/damage';
import { Copy, Failure, Notice, Skeleton } from '../ui/parts';
import { Plot } from '../ui/plot';

const KEEP = 300;

export function OverviewPage({ me }: { me: Me }) {
  useTitle('Overview');
  const first = useLoaded('history', (s) => get<History>('/api/overview/history', s));
  const damage = useLoaded('damage', (s) => get<DamageReport>('/api/damage', s), 5000);
  const [now, setNow] = useState<Overview | null>(null);
  const points = useRef<{ times: number[]; list: Point[] }>({ times: [], list: [] });
  const seeded = useRef(false);
  useEffect(() => {
    if (!first.data || seeded.current) return;
    seeded.current = true;
    points.current = { times: [...first.data.times], list: [...first.data.points] };
  }, [first.data]);
  const events = useOverviewEvents((o) => {
    const p = points.current;
    const t = Math.floor(Date.parse(o.now) / 1000);
    if (t > (p.times.at(-1) ?? 0)) {
      p.times = [...p.times.slice(-KEEP), t];
      p.list = [...p.list.slice(-KEEP), o.latest];
    }
    setNow(o);
  });
  const { times, list } = points.current;
  return (
    <>
      <div class="page-head">
        <h1>Overview</h1>
        <div class="actions">{now && <span class="badge">Up {f.duration(now.uptimeSeconds)}</span>}</div>
      </div>
      {!events.connected && (
        <Notice
          kind="warn"
          title="The live numbers have stopped."
          action={
            <button type="button" class="btn small" onClick={events.again}>
              Try again
            </button>
          }
        >
          {now ? 'What is shown here is old. ' : 'None came. '}The server or the network is down, or too many pages are watching; it is tried again by itself.
        </Notice>
      )}
      {damage.data && <DamageNotice report={damage.data} />}
      {now && now.disk.level !== 'plenty' && <DiskNotice disk={now.disk} />}
      {now && <ConcernList concerns={now.concerns} />}
      {first.error && <Failure error={first.error} retry={() => void first.reload()} />}
      {now ? <Tiles o={now} /> : events.connected && !first.error && <div class="card"><Skeleton rows={3} /></div>}
      <div class="cols even">
        <PlotCard title="Requests" format={(v) => f.rate(v)} unit="/s" times={times} series={[
          { label: 'Object door', values: list.map((p) => p.requests) },
          { label: 'Edge', values: list.map((p) => p.edgeRequests) },
        ]} />
        <PlotCard title="Bandwidth" format={f.bits} times={times} series={[
          { label: 'Edge to viewers', values: list.map((p) => p.edgeBytes) },
          { label: 'Into storage', values: list.map((p) => p.bytesIn) },
        ]} />
        <PlotCard title="Edge hit ratio" format={(v) => `${Math.round(v * 100)} %`} max={1} times={times} series={[{ label: 'Hits of requests', values: list.map((p) => p.hitRatio) }]} />
        <PlotCard title="Storage" format={f.bytes} binary times={times} series={[{ label: 'Stored bytes', values: list.map((p) => p.storageBytes) }]} />
      </div>
      {damage.data && <ScrubCard report={damage.data} reload={() => void damage.reload()} />}
      <section class="card">
        <div class="card-head">
          <h2>Doors</h2>
        </div>
        <div class="card-body cols even" style={{ gap: '14px 20px' }}>
          <Door label="Object storage (OSS and S3)" text={me.doors.object} />
          <Door label="Edge" text={me.doors.edge} />
          <Door label="Live, RTMP" text={me.doors.rtmp} />
          <Door label="Console and admin API" text={me.doors.console} />
        </div>
      </section>
    </>
  );
}

/** What a full disk refuses, how much is left, and what to do. */
function DiskNotice({ disk }: { disk: Disk }) {
  const full = disk.level === 'full';
  const tight = disk.disks.filter((d) => d.level !== 'plenty');
  return (
    <div data-testid="disk">
      <Notice kind={full ? 'bad' : 'warn'} title={full ? 'The disk is full: uploads, appends and recordings are refused.' : 'The disk is nearly full.'}>
        {tight.map((d) => (
          <span key={d.device}>
            {f.bytes(d.freeBytes)} of {f.bytes(d.totalBytes)} are left on {d.device}, and the last {f.bytes(d.reserveBytes)} are kept for deletes.{' '}
          </span>
        ))}
        {disk.freeingBytes > 0 && <span>{f.bytes(disk.freeingBytes)} that were deleted are being freed. </span>}
        {full
          ? 'Viewing, downloads and deletes go on. Delete objects or recordings (their space comes back within a minute), or add room.'
          : 'What is deleted is freed at once. Delete what is not needed, or add room, before uploads are refused.'}
      </Notice>
    </div>
  );
}

function Tiles({ o }: { o: Overview }) {
  const p = o.latest;
  return (
    <div class="tiles" data-testid="tiles">
      <div class="tile">
        <div class="label">Requests</div>
        <div class="value">
          {f.rate(p.requests + p.edgeRequests)} <small>/s</small>
        </div>
        <div class="sub">{f.rate(p.edgeRequests)} /s at the edge</div>
      </div>
      <div class="tile">
        <div class="label">Out to viewers</div>
        <div class="value">{f.bits(p.edgeBytes)}</div>
        <div class="sub">{f.bits(p.bytesIn)} in</div>
      </div>
      <a class="tile" href="/domains">
        <div class="label">Edge hit ratio</div>
        <div class="value">{f.percent(p.hitRatio)}</div>
        <div class="sub">{o.edges === 0 ? 'no edge reports' : f.plural(o.edges, 'edge')}</div>
      </a>
      <a class="tile" href="/buckets">
        <div class="label">Stored</div>
        <div class="value">{f.bytes(o.storageBytes)}</div>
        <div class="sub">
          {f.plural(o.objects, 'object')} in {f.plural(o.buckets, 'bucket')}
        </div>
      </a>
      <a class="tile" href="/live">
        <div class="label">Live streams</div>
        <div class="value">
          {o.liveStreams} <small>of {o.streams}</small>
        </div>
        <div class="sub">{o.liveStreams > 0 ? 'on air now' : 'nothing on air'}</div>
      </a>
      <a class="tile" href="/cameras">
        <div class="label">Cameras recording</div>
        <div class="value">
          {o.camerasRecording} <small>of {o.cameras}</small>
        </div>
        <div class="sub">{o.cameras === 0 ? 'none registered' : o.camerasRecording < o.cameras ? `${o.cameras - o.camerasRecording} silent` : 'all are sending'}</div>
      </a>
      <div class="tile">
        <div class="label">Out of storage</div>
        <div class="value">{f.bits(p.bytesOut)}</div>
        <div class="sub">origin and API</div>
      </div>
      <div class="tile">
        <div class="label">Into storage</div>
        <div class="value">{f.bits(p.bytesIn)}</div>
        <div class="sub">uploads, live, cameras</div>
      </div>
    </div>
  );
}

function PlotCard(p: { title: string; times: number[]; series: { label: string; values: (number | null)[] }[]; format: (v: number) => string; unit?: string; max?: number; binary?: boolean }) {
  return (
    <section class="card">
      <div class="card-head">
        <h2>{p.title}</h2>
        <div class="actions plot-legend" style={{ paddingRight: '6px' }}>
          {p.series.map((s, i) => {
            const last = s.values.at(-1) ?? null;
            return (
              <span key={s.label}>
                <i class={`swatch-${i}`} /> {s.label} {last === null ? '–' : p.format(last)}
                {last === null ? '' : p.unit}
              </span>
            );
          })}
        </div>
      </div>
      <div style={{ padding: '10px 0 10px 4px' }}>
        <Plot times={p.times} series={p.series} format={p.format} max={p.max} binary={p.binary} />
      </div>
    </section>
  );
}

function Door({ label, text }: { label: string; text: string }) {
  return (
    <div class="stack tight" style={{ gap: '5px' }}>
      <span class="small muted">{label}</span>
      <Copy text={text} label={label} />
    </div>
  );
}
