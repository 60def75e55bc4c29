// node demo.mjs '{"link": "http://…/sign-in?link=…"}': opens the sign-in link, watches /demo and prints what it shows.
import { launch } from './browser.mjs';

const options = { seconds: 8, ...JSON.parse(process.argv[2]) };
const say = (o) => console.log(JSON.stringify(o));
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
  page.on('pageerror', (e) => say({ event: 'pageerror', message: String(e) }));
  await page.goto(options.link);
  await page.waitForURL('**/demo', { timeout: 60000 });
  const videos = () => page.$$eval('video', (all) => all.map((v) => ({ time: v.currentTime, width: v.videoWidth, frames: v.getVideoPlaybackQuality().totalVideoFrames })));
  await page.waitForFunction(() => { const v = [...document.querySelectorAll('video')]; return v.length === 2 && v.every((x) => x.videoWidth > 0 && x.currentTime > 0); }, null, { timeout: 90000 });
  const text = (id) => page.$eval(`[data-testid=${id}]`, (e) => e.innerText);
  const bytes = async () => Number((await text('demo-camera')).match(/([\d,]+)\s*bytes/)[1].replaceAll(',', ''));
  const before = { videos: await videos(), bytes: await bytes() };
  await page.waitForTimeout(options.seconds * 1000);
  const picture = await page.$$eval('img', (all) => all.map((i) => ({ width: i.naturalWidth, height: i.naturalHeight, src: i.currentSrc.slice(0, 60) })));
  say({ event: 'demo', url: page.url(), before, after: { videos: await videos(), bytes: await bytes() }, live: await text('demo-live'),
    race: await text('demo-race'), refused: await text('demo-refused'), picture });
  await page.goto(options.link);
  await page.waitForTimeout(1500);
  const other = await browser.newContext();
  const stranger = await other.newPage();
  await stranger.goto(options.link);
  await stranger.waitForTimeout(2500);
  say({ event: 'second-use', url: stranger.url(), text: (await stranger.innerText('body')).slice(0, 300) });
  if (options.screenshot) await page.screenshot({ path: options.screenshot, fullPage: true });
} finally {
  await browser.close();
}
