/** Plays HLS with hls.js and measures how far behind the live edge of reality it plays. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type HlsType from 'hls.js';
import * as f from '../lib/format';
import { measureClock, serverNow } from '../lib/time';
import { Icon } from './icons';

export interface PlayerNumbers {
  /** Server time now minus the playing frame's PROGRAM-DATE-TIME, seconds; null when unknown. */
  delaySeconds: number | null;
  bufferSeconds: number;
  width: number;
  height: number;
  playing: boolean;
  live: boolean;
  /** Since when nothing new came although the list has no end, milliseconds; null while it comes. */
  silentSince: number | null;
}

interface Trouble {
  title: string;
  text: string;
}

/** No picture after this is said. */
const PATIENCE_MS = 20_000;
const LATE: Trouble = { title: 'The picture has not come.', text: 'The edge answers, but nothing plays yet. It is tried on; a slow network or an encoder without keyframes may be why.' };

export function Player(p: {
  /** Gives a fresh playlist address; called again when the proof in the old one has expired. */
  source: () => Promise<string>;
  /** Changes when another thing is to be played. */
  id: string;
  flush?: boolean;
  compact?: boolean;
  /** Since when what plays here has sent nothing, if the page knows: nothing of its last picture is live. */
  silentSince?: string | null;
  /** Said in place of a player where there is nothing to play; then nothing is asked for. */
  nothing?: string | null;
  /** False once the page knows that the sending has ended, which the list says only at its end. */
  onAir?: boolean;
  onNumbers?: (n: PlayerNumbers) => void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [waiting, setWaiting] = useState(true);
  const [round, setRound] = useState(0);
  const [muted, setMuted] = useState(true);
  const [paused, setPaused] = useState(false);
  const [numbers, setNumbers] = useState<PlayerNumbers | null>(null);
  const report = useRef(p.onNumbers);
  report.current = p.onNumbers;
  const source = useRef(p.source);
  source.current = p.source;

  useEffect(() => {
    const v = video.current;
    setNumbers(null);
    if (!v || p.nothing) return;
    setTrouble(null);
    setWaiting(true);
    const late = setTimeout(() => setTrouble((t) => t ?? (session.numbers().playing || v.paused ? null : LATE)), PATIENCE_MS);
    void measureClock();
    const session = start(v, () => source.current(), setTrouble, setWaiting);
    const timer = setInterval(() => {
      const n = session.numbers();
      setNumbers(n);
      report.current?.(n);
    }, 250);
    return () => {
      clearTimeout(late);
      clearInterval(timer);
      session.stop();
    };
  }, [p.id, p.nothing, round]);

  const toggle = () => {
    const v = video.current;
    if (!v) return;
    if (v.paused) void v.play();
    else v.pause();
  };
  const silentSince = p.silentSince ?? numbers?.silentSince ?? null;
  return (
    <div
      ref={box}
      class={`player ${p.flush ? 'flush' : ''} ${paused ? 'paused' : ''}`}
      data-delay={numbers?.delaySeconds?.toFixed(2) ?? ''}
      data-playing={numbers?.playing ? 'true' : 'false'}
    >
      <video ref={video} muted={muted} autoPlay playsInline onClick={toggle} onPlay={() => setPaused(false)} onPause={() => setPaused(true)} />
      {silentSince !== null && !trouble && p.onAir !== false && (
        <div class="tag">
          <span>Silent since {f.dateTime(silentSince)}</span>
        </div>
      )}
      {numbers?.playing && numbers.live && !trouble && silentSince === null && p.onAir !== false && (
        <div class="tag">
          <span class="on">
            <i class="dot" /> Live
          </span>
          {numbers.delaySeconds !== null && !p.compact && <span title="How far behind the encoder's clock this picture is">{numbers.delaySeconds.toFixed(1)} s behind</span>}
        </div>
      )}
      {(p.nothing || trouble || waiting) && (
        <div class="message" role={trouble && !p.nothing ? 'alert' : 'status'}>
          {p.nothing ? (
            <p>{p.nothing}</p>
          ) : trouble ? (
            <>
              <p>{trouble.title}</p>
              <p class="small">{trouble.text}</p>
              {!p.compact && (
                <button type="button" class="btn small" onClick={() => setRound(round + 1)}>
                  Try again
                </button>
              )}
            </>
          ) : (
            <span class="spin" aria-label="Loading" />
          )}
        </div>
      )}
      {!p.compact && (
        <div class="over">
          <button type="button" class="btn icon small" aria-label={paused ? 'Play' : 'Pause'} onClick={toggle}>
            <Icon name={paused ? 'play' : 'pause'} />
          </button>
          <button
            type="button"
            class="btn icon small"
            aria-label={muted ? 'Sound on' : 'Sound off'}
            onClick={() => setMuted(!muted)}
          >
            <Icon name={muted ? 'muted' : 'sound'} />
          </button>
          <span class="grow num">
            {numbers && numbers.width > 0 ? `${numbers.width} × ${numbers.height}` : ''}
            {numbers ? ` · ${numbers.bufferSeconds.toFixed(1)} s buffered` : ''}
          </span>
          <button type="button" class="btn icon small" aria-label="Full screen" onClick={() => void box.current?.requestFullscreen?.()}>
            <Icon name="full" />
          </button>
        </div>
      )}
    </div>
  );
}

interface Session {
  numbers(): PlayerNumbers;
  stop(): void;
}

function start(v: HTMLVideoElement, source: () => Promise<string>, setTrouble: (t: Trouble | null) => void, setWaiting: (w: boolean) => void): Session {
  let stopped = false;
  let hls: HlsType | null = null;
  let retry = 0;
  let live = true;
  let newest: number | null = null;
  let late = 0;
  let tries = 0;
  const onPlaying = () => {
    tries = 0;
    setTrouble(null);
    setWaiting(false);
  };
  v.addEventListener('playing', onPlaying);

  const again = (ms: number) => {
    clearTimeout(retry);
    retry = window.setTimeout(() => void open(), ms);
  };
  const open = async () => {
    if (stopped) return;
    hls?.destroy();
    hls = null;
    try {
      const url = await source();
      if (stopped) return;
      const why = await refusal(url);
      if (stopped) return;
      if (why) {
        setTrouble(why);
        again(Math.min(15_000, 1000 * 2 ** tries++));
        return;
      }
      const { default: Hls } = await import('hls.js/light');
      if (stopped) return;
      if (!Hls.isSupported()) {
        v.src = url; // Safari on phones plays HLS by itself
        void v.play().catch(() => {});
        return;
      }
      hls = new Hls({
        lowLatencyMode: true,
        liveSyncDurationCount: 2,
        liveMaxLatencyDurationCount: 8,
        maxLiveSyncPlaybackRate: 1.15,
        backBufferLength: 20,
        manifestLoadingMaxRetry: 2,
      }) as unknown as HlsType;
      hls.on(Hls.Events.LEVEL_UPDATED, (_e, d) => {
        live = d.details.live;
        const last = d.details.fragments.at(-1);
        newest = last?.programDateTime ? last.programDateTime + last.duration * 1000 : null;
        late = Math.max(10, 1.5 * d.details.targetduration) * 1000;
      });
      hls.on(Hls.Events.ERROR, (_e, d) => {
        if (!d.fatal) return;
        if (d.type === Hls.ErrorTypes.MEDIA_ERROR) {
          hls?.recoverMediaError();
          return;
        }
        again(1000);
      });
      hls.loadSource(url);
      hls.attachMedia(v);
      void v.play().catch(() => {});
    } catch (e) {
      const x = e as { message?: string; hint?: string };
      setTrouble({ title: x.message ?? 'This does not play.', text: x.hint ?? '' });
      again(5000);
    }
  };
  void open();

  return {
    numbers() {
      const at = hls?.playingDate ?? null;
      const silent = live && newest !== null && serverNow() - newest > late;
      const end = v.buffered.length ? v.buffered.end(v.buffered.length - 1) : 0;
      return {
        delaySeconds: at && live && !silent ? Math.max(0, (serverNow() - at.getTime()) / 1000) : null,
        bufferSeconds: Math.max(0, end - v.currentTime),
        width: v.videoWidth,
        height: v.videoHeight,
        playing: !v.paused && v.readyState >= 2 && v.currentTime > 0,
        live,
        silentSince: silent ? newest : null,
      };
    },
    stop() {
      stopped = true;
      clearTimeout(retry);
      v.removeEventListener('playing', onPlaying);
      hls?.destroy();
      v.removeAttribute('src');
    },
  };
}

/** Asks for the playlist once, to be able to say why it is refused. */
async function refusal(url: string): Promise<Trouble | null> {
  let answer: Response;
  try {
    answer = await fetch(url, { cache: 'no-store', signal: AbortSignal.timeout(10_000) });
  } catch {
    return { title: 'The edge does not answer.', text: `Check that ${new URL(url).origin} is running and reachable from here.` };
  }
  if (answer.ok) return null;
  if (answer.status === 404 || answer.status === 503) return { title: 'Waiting for the picture', text: 'Nothing is being sent yet. It plays as soon as it arrives.' };
  const reason = answer.headers.get('Millrace-Reason') ?? (await answer.text()).slice(0, 200);
  return { title: answer.status === 403 ? 'The edge refused this link.' : `The edge answered ${answer.status}.`, text: reason };
}
