// Opens /demo by the sign-in link and touches nothing: measures what it shows, then presses purge.
// Options: {link, seconds, shots?}. Prints one JSON event a line.
import { mkdirSync } from 'node:fs';
import { launch } from './browser.mjs';

const options = JSON.parse(process.argv[2]);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 1500 } })).newPage();
const problems = [];
page.on('pageerror', (e) => problems.push(e.message));
page.setDefaultTimeout(60_000);
const shot = async (name) => {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.screenshot({ path: `${options.shots}/${name}.png` });
};
const live = page.getByTestId('demo-live');
const camera = page.getByTestId('demo-camera');
const number = async (card) => Number((await card.locator('.big-number').first().innerText()).replace(/[^0-9.]/g, ''));
const player = (card) => card.locator('.player').evaluate((p) => ({ playing: p.dataset.playing === 'true', delay: Number(p.dataset.delay || NaN), at: p.querySelector('video').currentTime }));

async function watch() {
  await page.goto(options.link);
  await page.waitForURL('**/demo');
  for (const card of [live, camera]) await card.locator('.player[data-playing="true"]').waitFor();
  const bytesBefore = await number(camera);
  const before = { live: await player(live), camera: await player(camera) };
  await page.waitForTimeout(options.seconds * 1000);
  const after = { live: await player(live), camera: await player(camera) };
  say('watched', {
    live: { seconds: after.live.at - before.live.at, delay: after.live.delay },
    camera: { seconds: after.camera.at - before.camera.at, delay: after.camera.delay, bytesBefore, bytesAfter: await number(camera) },
  });
}

async function picture() {
  const image = page.getByTestId('image-lab').locator('img');
  await image.waitFor();
  const size = async () => image.evaluate((i) => i.decode().then(() => [i.naturalWidth, i.naturalHeight]));
  const first = await size();
  await page.getByLabel('Width').fill('320');
  await page.waitForFunction(() => document.querySelector('[data-testid="image-lab"] img')?.naturalWidth === 320);
  const second = await size();
  await page.getByRole('button', { name: 'JPEG' }).click();
  await page.getByText(/^image\/jpeg ·/).waitFor();
  say('picture', { first, second, url: await page.getByLabel('Address of this picture', { exact: true }).innerText() });
}

async function race() {
  const card = page.getByTestId('demo-race');
  await card.locator('.ticks i.hit').nth(1).waitFor();
  const misses = () => card.locator('.ticks i:not(.hit)').count();
  const before = await misses();
  await card.getByRole('button', { name: 'Purge' }).click();
  await page.waitForFunction((n) => document.querySelectorAll('[data-testid="demo-race"] .ticks i:not(.hit)').length > n, before);
  say('race', { before, after: await misses(), text: await card.innerText() });
}

async function refused() {
  say('refused', { text: await page.getByTestId('demo-refused').innerText() });
}

try {
  for (const step of [watch, picture, race, refused]) await step();
  await shot('demo');
} catch (e) {
  await shot('demo-failed');
  say('failed', { message: String(e), text: await page.locator('body').innerText().catch(() => '') });
  process.exitCode = 1;
}
say('problems', { problems });
await browser.close();
