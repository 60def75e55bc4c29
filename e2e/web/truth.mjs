// Looks whether the console tells the truth: what it opens, what is refused, what fails, what is not there.
// Options: {console, link, rtmp, key, ballast, image, shots?}; rtmp and key publish to the stream "show", ballast is a file to
// fill the server's disk with. The buckets "private-things" (with film.mp4, 2 s, one channel) and "open-things", the camera
// "gate" and the domain "tls.example.com" with a certificate are there. Prints one JSON event a line; any page error fails.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { launch } from './browser.mjs';

const options = JSON.parse(process.argv[2]);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
const problems = [];
const watched = async () => {
  const page = await context.newPage();
  page.on('pageerror', (e) => problems.push(`page error: ${e.message}`));
  page.setDefaultTimeout(30_000);
  return page;
};
const page = await watched();
const at = (path) => page.goto(options.console + path);
const main = page.locator('main');
const shot = async (name, of = page) => {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await of.screenshot({ path: `${options.shots}/${name}.png` });
};
const dialog = page.getByRole('dialog');

async function signIn() {
  await page.goto(options.link);
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
}

/** A server that takes a request and answers nothing; looked at again at the end. */
async function neverAnswered() {
  const tab = await watched();
  await tab.route('**/api/buckets', () => {});
  await tab.route('**/api/events', () => {});
  await tab.goto(`${options.console}/buckets`);
  const other = await watched();
  await other.route('**/api/events', () => {});
  await other.goto(`${options.console}/`);
  return async () => {
    await tab.getByText('The server has not answered for 15 seconds.').waitFor();
    await tab.unroute('**/api/buckets');
    await tab.getByRole('button', { name: 'Try again' }).click();
    await tab.getByRole('link', { name: 'private-things' }).waitFor();
    await other.getByText('The live numbers have stopped.').waitFor();
    say('late', { skeletons: await other.locator('[aria-busy="true"]').count() });
    await tab.close();
    await other.close();
  };
}

async function domains() {
  await at('/domains');
  const row = page.locator('[data-domain="tls.example.com"]');
  const badge = await row.locator('.badge').first().innerText();
  const remedy = await row.locator('.badge').first().getAttribute('title');
  await page.getByRole('button', { name: 'New domain' }).first().click();
  const who = await page.getByLabel('Who may fetch').inputValue();
  await page.getByLabel('Host', { exact: true }).fill('127.0.0.1');
  await page.getByLabel('Bucket', { exact: true }).selectOption('private-things');
  await page.getByRole('button', { name: 'Add domain' }).click();
  const refused = await dialog.getByRole('alert').innerText();
  await page.getByLabel('Host', { exact: true }).fill('img.example.com');
  const stale = await dialog.getByRole('alert').count();
  await page.getByLabel('Who may fetch').selectOption('none');
  await page.getByRole('button', { name: 'Add domain' }).click();
  const asked = await page.locator('[data-domain="img.example.com"]').count();
  await shot('domain-opens');
  await page.getByLabel('Yes, open it to anyone').check();
  await page.getByLabel('Bucket', { exact: true }).selectOption('open-things');
  const needless = await page.getByLabel('Yes, open it to anyone').count();
  await page.getByLabel('Bucket', { exact: true }).selectOption('private-things');
  await page.getByLabel('Yes, open it to anyone').check();
  await page.getByRole('button', { name: 'Add domain' }).click();
  await page.locator('[data-domain="img.example.com"]').getByText('Public').waitFor();
  say('domains', { badge, remedy, who, refused, stale, asked, needless });
}

function push(key, seconds, video) {
  const ffmpeg = spawn('ffmpeg', ['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-t', String(seconds), ...video, '-f', 'flv', `${options.rtmp}/show?key=${key}`], { stdio: 'ignore' });
  return new Promise((ended) => ffmpeg.on('exit', ended));
}
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-pix_fmt', 'yuv420p'];

/** A wrong key, a codec that nobody plays, and a push that is well; on a page of its own, since it mostly waits. */
async function live() {
  const page = await watched();
  const at = (path) => page.goto(options.console + path);
  const concern = (kind) => page.locator(`[data-concern="${kind}"]`);
  const asked = [];
  page.on('request', (r) => r.url().includes('.m3u8') && asked.push(r.url()));
  await at('/live/show');
  await page.getByText('Nothing was recorded yet.').waitFor();
  const quiet = asked.length;
  await at('/');
  await push('wrong', 1, h264);
  await concern('stream').waitFor();
  const told = await concern('stream').innerText();
  await shot('concerns', page);
  await concern('stream').click();
  const why = await page.locator('[data-trouble="REFUSED"]').innerText();
  const badge = await page.locator('.page-head .badge').innerText();
  await shot('refused', page);
  await push(options.key, 2, ['-c:v', 'flv']);
  await page.locator('[data-trouble="DROPPED"]').waitFor();
  const codec = await page.locator('[data-trouble="DROPPED"]').innerText();
  const well = push(options.key, 5, h264);
  await page.locator('.page-head .badge.live').waitFor();
  await page.locator('[data-trouble]').waitFor({ state: 'detached' });
  await page.locator('.player[data-playing="true"]').waitFor();
  await well;
  await page.locator('.page-head .badge', { hasText: 'Off air' }).waitFor();
  say('live', { quiet, told, why, badge, codec, since: await page.locator('.page-head .small').innerText() });
  await page.close();
}

async function missing() {
  const found = {};
  for (const path of ['/buckets/none', '/buckets/private-things?object=none', '/live/none', '/cameras/none', '/devices/none', '/domains/none.example.com']) {
    await at(path);
    await page.getByTestId('missing').waitFor();
    found[path] = { title: await main.getByRole('heading').innerText(), buttons: await main.getByRole('button').count() };
  }
  await shot('missing');
  say('missing', { found });
}

async function drop(name, of = page) {
  const data = await of.evaluateHandle((n) => {
    const t = new DataTransfer();
    if (n) t.items.add(new File(['dropped'], n, { type: 'text/plain' }));
    else t.setData('text/plain', 'a link');
    return t;
  }, name);
  await of.dispatchEvent('body', 'drop', { dataTransfer: data });
}

async function drops() {
  await at('/buckets/open-things');
  await page.getByRole('button', { name: 'Allow uploads' }).waitFor();
  await drop('holiday-photos.txt');
  await page.getByText('Nothing was uploaded: this bucket does not take uploads from this page yet.').waitFor();
  await page.getByRole('button', { name: 'Allow uploads' }).click();
  await page.getByRole('button', { name: 'Allow uploads' }).waitFor({ state: 'detached' });
  await page.waitForTimeout(700); // the object door keeps bucket settings for half a second
  await drop('');
  await page.getByText('There is no file in what was dropped.').waitFor();
  await drop('holiday-photos.txt');
  await page.locator('[data-upload="done"]').waitFor();
  await page.getByLabel('Prefix').fill('holi');
  await page.keyboard.press('Enter');
  await page.waitForURL('**prefix=holi');
  const name = await page.locator('table').getByRole('link').first().innerText();
  const owner = await at('/buckets').then(() => page.locator('tr', { hasText: 'open-things' }).locator('[data-label="Owner"]').innerText());
  say('dropped', { name, owner });
}

/** Held in the midst: progress on other pages, and a question before leaving. */
async function leaving() {
  await at('/buckets/open-things');
  await page.locator('.page-head .badge').waitFor(); // its settings are read
  let held = null;
  await page.route(/held\.txt$/, (route) => (route.request().method() === 'PUT' ? (held = route) : route.continue()));
  await drop('held.txt');
  await page.locator('[data-upload="running"]').waitFor();
  await page.getByRole('link', { name: 'Live streams' }).click();
  const dock = await page.getByTestId('dock').innerText();
  const questions = [];
  page.once('dialog', (d) => (questions.push(d.type()), d.dismiss()));
  await page.close({ runBeforeUnload: true });
  for (let i = 0; i < 100 && questions.length === 0; i++) await page.waitForTimeout(50);
  await shot('dock');
  await held.continue();
  await page.getByTestId('dock').waitFor({ state: 'detached' });
  await page.unroute(/held\.txt$/);
  say('leaving', { dock, questions });
}

async function fullDisk() {
  const overview = await watched();
  await overview.goto(`${options.console}/`);
  await at('/buckets/open-things');
  await page.locator('.page-head .badge').waitFor();
  await page.getByTestId('files').setInputFiles(options.image);
  await page.locator('[data-upload="done"]').waitFor(); // the page may upload, and asks for no new token below
  const file = openSync(options.ballast, 'w');
  const chunk = Buffer.alloc(1 << 20, 1);
  try {
    for (;;) writeSync(file, chunk);
  } catch (e) {
    if (e.code !== 'ENOSPC') throw e;
  }
  closeSync(file);
  await overview.getByText('The disk is full').waitFor();
  await page.getByTestId('files').setInputFiles(options.image);
  const row = page.locator('[data-upload="failed"]');
  await row.waitFor();
  const said = await row.innerText();
  await shot('full');
  await page.reload(); // now it needs a new token, which is not given
  await page.locator('.page-head .badge').waitFor();
  await page.getByTestId('files').setInputFiles(options.image);
  await row.waitFor();
  const token = await row.innerText();
  rmSync(options.ballast);
  await overview.getByText('The disk is full').waitFor({ state: 'detached' });
  await overview.close();
  say('full', { said, token });
}

async function objects() {
  await at('/buckets/private-things?object=film.mp4');
  await page.getByTestId('probe').getByText('1 channel', { exact: false }).waitFor();
  const track = await page.getByTestId('probe').innerText();
  await page.getByLabel('Still at').fill('90000');
  await page.getByRole('button', { name: 'Take it' }).click();
  const beyond = await main.getByRole('alert').innerText();
  const broken = await page.locator('img[alt^="Still"]').count();
  await page.getByLabel('Still at').fill('500');
  await page.getByRole('button', { name: 'Take it' }).click();
  const width = await page.locator('img[alt="Still at 500 ms"]').evaluate((i) => i.decode().then(() => i.naturalWidth));
  await at('/buckets/private-things?object=picture.png');
  await page.getByTestId('image-lab').locator('img').waitFor();
  await page.getByLabel('Width').fill('9');
  const size = await main.getByRole('alert').innerText();
  await at('/buckets/private-things');
  await page.getByRole('button', { name: 'Settings' }).click();
  await page.getByLabel('CORS rules').fill('[{"origins": "*", "methods": ["GET"]}]');
  await page.getByRole('button', { name: 'Save' }).click();
  const cors = await dialog.getByRole('alert').innerText();
  say('objects', { track, beyond, broken, width, size, cors });
}

/** The sizes of buckets, a link for a week, a file that is saved, chosen objects, and a full bucket's end. */
async function buckets() {
  await at('/buckets');
  await page.getByRole('link', { name: 'open-things' }).waitFor();
  const held = await page.locator('tr', { hasText: 'open-things' }).locator('[data-label="Objects"], [data-label="Bytes"]').allInnerTexts();
  await at('/buckets/private-things?object=film.mp4');
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByLabel('Works for').selectOption('604800');
  await page.getByRole('button', { name: 'Make link' }).click();
  const link = await page.getByLabel('Link to share', { exact: true }).innerText();
  const status = await (await context.request.get(link)).status();
  await page.keyboard.press('Escape');
  const saved = new Promise((ok) => {
    page.on('download', ok);
    context.on('page', (p) => p.on('download', ok));
  });
  await page.getByRole('button', { name: 'Download' }).click();
  const file = (await saved).suggestedFilename();
  await at('/buckets/open-things');
  await page.getByLabel('Choose holiday-photos.txt').check();
  await page.getByRole('button', { name: 'Delete 1', exact: true }).click();
  await dialog.getByRole('button', { name: 'Delete them' }).click();
  await page.getByRole('link', { name: 'holiday-photos.txt' }).waitFor({ state: 'detached' });
  await shot('chosen');
  let clicks = 0;
  const click = async (name) => (clicks++, await page.getByRole('button', { name, exact: true }).click());
  await click('Settings');
  await click('Delete bucket');
  await page.getByLabel('Type open-things to confirm').fill('open-things');
  await shot('delete-bucket');
  await click('Delete all of it');
  await page.waitForURL('**/buckets');
  await page.getByRole('link', { name: 'private-things' }).waitFor();
  say('buckets', { held, status, file, clicks, left: await page.getByRole('link', { name: 'open-things' }).count() });
}

/** What is wider than the place that it has, by page and width. */
async function fits() {
  const wide = [];
  const places = [
    [390, 844, 'light', ['/', '/buckets', '/buckets/open-things', '/live/show', '/devices', '/domains']],
    [1280, 860, 'dark', ['/buckets', '/live/show', '/cameras/gate', '/domains']],
  ];
  for (const [width, height, scheme, paths] of places) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: scheme });
    for (const path of paths) {
      await at(path);
      await page.locator('h1').waitFor();
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
      await shot(`${width}${path.replaceAll('/', '-')}`);
      const found = await page.evaluate(() =>
        [document.scrollingElement, ...document.querySelectorAll('.table-wrap, .tile, .tile > *, .card-head, .page-head')].filter((e) => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => `${e.className || e.tagName}: ${e.textContent.slice(0, 60)}`),
      );
      wide.push(...found.map((f) => `${width} ${path} ${f}`));
    }
  }
  say('fits', { wide });
}

async function devices() {
  await page.setViewportSize({ width: 1280, height: 860 });
  await at('/devices');
  await page.getByRole('button', { name: 'Delete gate' }).click();
  await dialog.getByRole('button', { name: 'Delete device' }).click();
  await page.getByText('No devices yet').waitFor();
  say('deleted');
}

try {
  await signIn();
  const late = await neverAnswered();
  const publishers = live();
  const steps = async (...all) => {
    for (const step of all) {
      await page.bringToFront(); // a page behind another one draws a frame a second
      await step();
    }
  };
  await steps(domains, missing, drops, leaving, objects);
  await publishers;
  await steps(fullDisk, fits, devices, buckets, late);
} catch (e) {
  await shot('failed');
  say('failed', { at: page.url(), message: String(e), text: await page.locator('body').innerText().catch(() => '') });
  process.exitCode = 1;
}
say('problems', { problems });
await browser.close();
