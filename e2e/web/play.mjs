// node play.mjs '{"url": "…", "seconds": 10, "clockStart": 1700000000000, "config": {}}'
// Plays an HLS URL with hls.js in headless Chromium and prints one JSON object a line:
//   {"event":"firstFrame","atMillis":…}                       when the first picture was shown
//   {"event":"tick","currentTime":…,"frames":…,"delay":…,"clock":…}   twice a second; delay in seconds from
//                                                             PROGRAM-DATE-TIME, clock = seconds behind by the picture's own clock
//   {"event":"error","details":…,"fatal":…,"status":…}        what hls.js reports
//   {"event":"end","currentTime":…,"duration":…,"ended":…,"discontinuities":…,"buffered":[[from,to],…]}
// "recover": true loads on after a fatal network error.
// "rate": 4 plays so much faster.
// The picture's clock: 16 squares of 16 px at the bottom left, bit 0 first, white = 1: tenths of a second since clockStart.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

// With "wait": true the page is made ready first and playing begins when a line comes on standard input;
// a number in it becomes clockStart.
const options = { seconds: 10, config: {}, timeout: 60, startPosition: -1, ...JSON.parse(process.argv[2]) };
const hlsPath = new URL('./node_modules/hls.js/dist/hls.min.js', import.meta.url);
const page = `<!doctype html><meta charset="utf-8"><video id="v" muted playsinline width="640" height="360"></video><script src="/hls.js"></script>`;
const server = createServer((request, response) => {
  if (request.url === '/hls.js') response.setHeader('Content-Type', 'text/javascript').end(readFileSync(hlsPath));
  else response.setHeader('Content-Type', 'text/html').end(page);
});
await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
const say = (o) => console.log(JSON.stringify(o));
const browser = await launch();
try {
  const tab = await browser.newPage();
  await tab.exposeFunction('say', say);
  tab.on('pageerror', (e) => say({ event: 'pageerror', message: String(e) }));
  await tab.goto(`http://127.0.0.1:${server.address().port}/`);
  if (options.wait) {
    say({ event: 'waiting' });
    options.clockStart = Number(await new Promise((go) => process.stdin.once('data', (line) => go(String(line))))) || options.clockStart;
    process.stdin.unref?.();
  }
  const result = await tab.evaluate(async (o) => {
    const video = document.getElementById('v');
    const hls = new Hls({ liveSyncDurationCount: 2, ...o.config });
    let discontinuities = new Set();
    let fatal = null;
    hls.on(Hls.Events.ERROR, (_, e) => {
      // A stream that is about to begin answers 404 until its first segment ends: pages ask again, and so does this one.
      if (e.fatal && e.details === 'manifestLoadError' && o.reloadManifest) {
        setTimeout(() => hls.loadSource(o.url), 200);
        return;
      }
      say({ event: 'error', type: e.type, details: e.details, fatal: e.fatal, status: e.response?.code ?? null });
      // What hls.js's documentation asks of pages when its own retries are used up.
      if (e.fatal && o.recover && e.type === Hls.ErrorTypes.NETWORK_ERROR) setTimeout(() => hls.startLoad(), 500);
      else if (e.fatal) fatal = e.details;
    });
    hls.on(Hls.Events.FRAG_CHANGED, (_, e) => discontinuities.add(e.frag.cc));
    hls.loadSource(o.url);
    hls.attachMedia(video);
    video.defaultPlaybackRate = video.playbackRate = o.rate ?? 1;
    video.play().catch(() => {});
    const canvas = document.createElement('canvas');
    const paint = canvas.getContext('2d', { willReadFrequently: true });
    const clock = () => {
      if (!o.clockStart || !video.videoWidth) return null;
      canvas.width = video.videoWidth; canvas.height = video.videoHeight;
      paint.drawImage(video, 0, 0);
      let tenths = 0;
      for (let bit = 0; bit < 16; bit++) {
        const pixel = paint.getImageData(bit * 16 + 8, canvas.height - 8, 1, 1).data;
        if (pixel[0] + pixel[1] + pixel[2] > 384) tenths |= 1 << bit;
      }
      return (Date.now() - o.clockStart) / 1000 - tenths / 10;
    };
    const frames = () => video.getVideoPlaybackQuality().totalVideoFrames;
    const began = performance.now();
    let first = null;
    let firstTime = 0;
    while (performance.now() - began < o.timeout * 1000 && !(fatal && !o.keepGoing)) {
      await new Promise((r) => setTimeout(r, first === null ? 20 : 500));
      if (first === null) {
        if (frames() === 0 || video.readyState < 2) continue;
        first = performance.now();
        firstTime = video.currentTime;
        say({ event: 'firstFrame', atMillis: Date.now(), afterMillis: first - began });
      }
      const playing = hls.playingDate;
      say({ event: 'tick', atMillis: Date.now(), currentTime: video.currentTime, frames: frames(),
        delay: playing ? (Date.now() - playing.getTime()) / 1000 : null, clock: clock(), height: video.videoHeight });
      if (video.ended || video.currentTime - firstTime >= o.seconds) break;
    }
    return { event: 'end', currentTime: video.currentTime, played: first === null ? 0 : video.currentTime - firstTime,
      duration: Number.isFinite(video.duration) ? video.duration : null, ended: video.ended, frames: frames(), fatal,
      discontinuities: discontinuities.size,
      buffered: Array.from({ length: video.buffered.length }, (_, i) => [video.buffered.start(i), video.buffered.end(i)]) };
  }, options);
  say(result);
} finally {
  await browser.close();
  server.close();
  process.stdin.destroy();
}
