/** What is damaged, what to do about it, and how far the look at everything stored has come. */
import { get, post, seg } from '../lib/api';
import type { DamageReport, DamagedObject } from '../lib/api';
import * as f from '../lib/format';
import { useLoaded } from '../lib/use';
import { Notice, toast, toastError } from './parts';

const SHOWN = 8;

/** Nothing while nothing is damaged. */
export function DamageNotice({ report }: { report: DamageReport }) {
  if (report.objects === 0 && report.files.length === 0) return null;
  return (
    <section class="card damage" data-testid="damage">
      <Notice kind="bad" title={title(report)}>
        {report.objects > 0 && 'Everything else is served as usual. Upload the listed objects again, or delete them. '}
        Or stop the server: <code>millrace verify</code> names what is damaged, <code>millrace repair</code> mends what a checksum proves and keeps the evidence.
      </Notice>
      <ul>
        {report.listed.slice(0, SHOWN).map((o) => (
          <Damaged key={`${o.bucket}/${o.key}#${o.part}`} o={o} />
        ))}
        {report.objects > SHOWN && <li class="muted">and {f.count(report.objects - SHOWN)} more, all of them in GET /api/damage</li>}
        {report.files.map((file) => (
          <li key={file.file}>
            <span class="strong">Key space</span>
            <span class="place small muted" title={file.text}>
              {file.file} at {file.offset}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** On the page of one object: nothing while it is whole. */
export function DamagedHere({ bucket, objectKey }: { bucket: string; objectKey: string }) {
  const report = useLoaded('damage', (s) => get<DamageReport>('/api/damage', s), 10000);
  const found = report.data?.listed.find((o) => o.bucket === bucket && o.key === objectKey && o.part === 0);
  const place = found?.places[0];
  if (!found) return null;
  return (
    <Notice kind="bad" title="This object is damaged.">
      Its damaged bytes are not served{place && <> ({place.file} at {place.offset})</>}. Upload it again, or delete it.
    </Notice>
  );
}

function title(report: DamageReport): string {
  const parts = [];
  if (report.objects > 0) parts.push(report.objects === 1 ? 'One object is damaged' : `${f.count(report.objects)} objects are damaged`);
  if (report.files.length > 0) parts.push(report.files.length === 1 ? 'a file of the key space is damaged' : `${report.files.length} files of the key space are damaged`);
  const text = parts.join(', and ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Damaged({ o }: { o: DamagedObject }) {
  const place = o.places[0];
  return (
    <li>
      <a class="strong clip" href={`/buckets/${seg(o.bucket)}?object=${seg(o.key)}`}>
        {o.bucket}/{o.key}
        {o.part > 0 && ` (part ${o.part} of an open upload)`}
      </a>
      <span class="place small muted" title={place?.text}>
        {place && `${place.file} at ${place.offset}`}
        {o.places.length > 1 && ` and ${o.places.length - 1} more`}, found {f.ago(o.found)}
      </span>
    </li>
  );
}

/** One line: the last pass, or the one that is under way. */
export function ScrubCard({ report, reload }: { report: DamageReport; reload: () => void }) {
  const s = report.scrub;
  const start = () => {
    post('/api/damage/scrub')
      .then(() => toast('The scrub begins.', 'It reads slowly, so that others are not held up.'))
      .then(reload)
      .catch(toastError);
  };
  return (
    <section class="card" data-testid="scrub">
      <div class="card-head">
        <h2>Scrub</h2>
        <div class="actions">
          {!s.running && (
            <button type="button" class="btn small" onClick={start}>
              Read everything now
            </button>
          )}
        </div>
      </div>
      <div class="card-body stack tight">
        {s.running && <progress aria-label="Scrub" value={report.progress} max={1} />}
        <span class="small muted">{line(report)}</span>
      </div>
    </section>
  );
}

function line(report: DamageReport): string {
  const s = report.scrub;
  if (s.waitsFor) return `It waits: ${s.waitsFor}`;
  const fresh = report.objects + report.files.length > 0 ? 'new damage' : 'damage'; // a pass counts what no earlier one has noted
  const found = s.found === 0 ? `no ${fresh}` : s.found === 1 ? 'one new damaged place' : `${f.count(s.found)} new damaged places`;
  if (s.running) {
    return `Reading everything that is stored against its checksums: ${f.bytes(s.doneBytes)} of about ${f.bytes(s.totalBytes)}, begun ${s.started ? f.ago(s.started) : 'now'}, ${found} so far.`;
  }
  return s.finished ? `The last pass ended ${f.ago(s.finished)}: ${f.bytes(s.doneBytes)} were read, ${found} found.` : 'Nothing was read against its checksums yet.';
}
