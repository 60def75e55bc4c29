// Walks through the console as a person does: signs in by a link, makes a bucket, uploads small and
// resumed large files, sees a probe, makes a stream and a device, purges, uses keys and the dark theme.
// Options: {console, link, narrow, image, large, shots?}; narrow signs in somebody who may not overwrite the image, nor write below cameras/. Prints one JSON event a line; any page error fails.
import { mkdirSync } from 'node:fs';
import { launch } from './browser.mjs';

const options = JSON.parse(process.argv[2]);
const say = (event, more = {}) => console.log(JSON.stringify({ event, ...more }));
const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, colorScheme: 'light' });
const page = await context.newPage();
const problems = [];
page.on('pageerror', (e) => problems.push(`page error: ${e.message}`));
page.on('console', (m) => {
  // a refused or absent resource is the browser's own line; the steps below look at answers themselves
  if (m.type() === 'error' && !/Failed to load resource/.test(m.text())) problems.push(`console: ${m.text()}`);
});
page.setDefaultTimeout(20_000);
const shot = async (name) => {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.screenshot({ path: `${options.shots}/${name}.png` });
};
// the page takes no shortcut while a dialog is open, and a row may change before its dialog has gone
const press = async (...keys) => {
  await page.locator('dialog[open]').first().waitFor({ state: 'detached' });
  for (const key of keys) await page.keyboard.press(key);
};
const path = () => new URL(page.url()).pathname;
const heading = (text) => page.getByRole('heading', { name: text, exact: true, level: 1 }).waitFor();

async function signIn() {
  await page.goto(`${options.console}/buckets`);
  await page.waitForURL('**/sign-in?**');
  await page.goto(options.link);
  await page.waitForURL((u) => u.pathname !== '/sign-in');
  await page.getByRole('navigation', { name: 'Main' }).waitFor();
  say('signed-in', { path: path() });
  const again = await (await browser.newContext()).newPage();
  await again.goto(options.link);
  await again.getByRole('alert').waitFor();
  say('link-spent', { text: await again.getByRole('alert').innerText() });
  await again.context().close();
}

async function overview() {
  await page.goto(`${options.console}/`);
  await heading('Overview');
  await page.getByTestId('tiles').waitFor();
  await page.locator('.plot canvas').nth(3).waitFor();
  say('overview', { plots: await page.locator('.plot canvas').count() });
  await shot('overview');
}

async function bucket() {
  await press('g', 'b');
  await heading('Buckets');
  await press('n');
  await page.getByLabel('Name').fill('e2e-uploads');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  await heading('e2e-uploads');
  await page.getByRole('button', { name: 'Allow uploads' }).click();
  await page.getByText('Uploads from this page are allowed.').waitFor();
  await page.waitForTimeout(700); // the object door keeps bucket settings for half a second
  say('bucket', { path: path() });
}

async function upload() {
  await page.getByTestId('files').setInputFiles(options.image);
  await page.locator('[data-upload="done"]').waitFor();
  const name = options.image.split('/').at(-1);
  await page.locator('table').getByRole('link', { name }).click();
  await page.getByTestId('probe').getByText('Dimensions').waitFor({ timeout: 30_000 });
  const dimensions = await page.getByTestId('probe').locator('dd').nth(1).innerText();
  const shown = page.getByTestId('image-lab').locator('img');
  await shown.waitFor({ timeout: 30_000 });
  const width = await shown.evaluate((i) => i.decode().then(() => i.naturalWidth));
  say('probed', { dimensions, width });
  await shot('object');
}

/** Cuts a large upload off by a reload, chooses the file again, and counts what had to be sent anew. */
async function resume() {
  await page.goto(`${options.console}/buckets/e2e-uploads`);
  await page.getByRole('button', { name: 'Upload' }).first().waitFor();
  const parts = [];
  let arrived = 0;
  let held = 0;
  const isPart = (r) => r.method() === 'PUT' && /partNumber=/.test(r.url());
  const watch = (r) => isPart(r) && parts.push(new URL(r.url()).searchParams.get('partNumber'));
  const count = (r) => isPart(r.request()) && r.ok() && arrived++;
  page.on('request', watch);
  page.on('response', count);
  // from the third part on the network is dead
  await page.route(/partNumber=/, (route) => (isPart(route.request()) && ++held > 2 ? route.abort() : route.continue()));
  await page.getByTestId('files').setInputFiles(options.large);
  for (let i = 0; i < 200 && arrived < 2; i++) await page.waitForTimeout(100);
  const before = arrived;
  await page.waitForTimeout(300);
  await page.reload();
  await page.unroute(/partNumber=/);
  await page.getByText('did not finish').waitFor();
  await shot('unfinished');
  parts.length = 0;
  await page.getByTestId('files').setInputFiles(options.large);
  await page.locator('[data-upload="done"]').waitFor({ timeout: 60_000 });
  page.off('request', watch);
  page.off('response', count);
  say('resumed', { before, after: parts.length });
}

async function stream() {
  await press('g', 'l');
  await heading('Live streams');
  await press('n');
  await page.getByLabel('Name').fill('e2e');
  await page.getByLabel('Bucket for its segments').selectOption('e2e-uploads');
  await page.getByRole('button', { name: 'Create stream' }).click();
  await heading('e2e');
  await page.getByRole('button', { name: 'ffmpeg' }).click();
  const line = await page.getByLabel('ffmpeg line', { exact: true }).innerText();
  await press('s');
  await page.getByRole('button', { name: 'Make link' }).click();
  const share = await page.getByLabel('Share page', { exact: true }).innerText();
  await page.keyboard.press('Escape');
  const guest = await (await browser.newContext()).newPage();
  await guest.goto(share);
  await guest.getByText(/works for/).waitFor();
  await guest.goto(share.replace(/-[0-9a-f]{32}$/, `-${'0'.repeat(32)}`));
  await guest.getByRole('alert').waitFor();
  say('stream', { line, share, refused: await guest.getByRole('alert').innerText() });
  await guest.context().close();
}

async function device() {
  await press('g', 'v');
  await heading('Devices');
  await press('n');
  await page.getByLabel('Name').fill('e2e-cam');
  await page.getByLabel('Bucket').selectOption('e2e-uploads');
  await page.getByRole('button', { name: 'Register', exact: true }).click();
  const code = await page.getByTestId('enrolment-code').innerText();
  await page.locator('.qr svg').waitFor();
  await shot('enrol');
  await page.keyboard.press('Escape');
  const row = page.locator('tr', { hasText: 'e2e-cam' });
  await row.getByText('Waiting for its code').waitFor();
  await row.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
  await row.getByText('Disabled').waitFor();
  say('device', { code });
}

async function outgoing() {
  await press('g', 'h');
  await heading('Outgoing calls');
  await page.getByText('This server calls nobody').waitFor();
  say('outgoing', { path: path() });
}

async function purge() {
  await press('g', 'd');
  await heading('Domains');
  await press('p');
  await page.getByLabel('Path').fill('/e2e-uploads/a.jpg');
  await page.getByRole('dialog').getByRole('button', { name: 'Purge' }).click();
  await page.locator('[data-purge]').filter({ hasText: '/e2e-uploads/a.jpg' }).waitFor();
  say('purged');
  await shot('domains');
}

async function keyboardAndTheme() {
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor || getComputedStyle(document.documentElement).backgroundColor);
  const root = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await root();
  await press('t');
  const dark = await root();
  await page.reload();
  await heading('Domains');
  const kept = await root();
  await press('/');
  await page.getByRole('combobox').fill('e2e-up');
  await page.getByRole('option', { name: /e2e-uploads/ }).waitFor();
  await page.keyboard.press('Enter');
  await heading('e2e-uploads');
  await page.getByRole('link', { name: /\.bin|\.jpg|\.png/ }).first().waitFor();
  await press('j');
  const focused = await page.evaluate(() => document.activeElement?.hasAttribute('data-row') ?? false);
  await press('?');
  await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
  await shot('dark-keys');
  await page.keyboard.press('Escape');
  say('keys', { light, dark, kept, focused, body: await background() });
}

/** What somebody with fewer rights is told. */
async function narrow() {
  const other = await (await browser.newContext()).newPage();
  await other.goto(options.narrow);
  await other.waitForURL((u) => u.pathname !== '/sign-in');
  await other.goto(`${options.console}/buckets/e2e-uploads`);
  await other.getByTestId('files').setInputFiles(options.image);
  const upload = other.locator('[data-upload="failed"]');
  await upload.waitFor();
  const text = await upload.innerText();
  await other.goto(`${options.console}/devices`);
  const row = other.locator('tr', { hasText: 'e2e-cam' });
  const said = [];
  for (const way of ['New code', 'Enable']) {
    await row.getByRole('button', { name: way, exact: true }).click();
    const toast = other.getByText('You may not write below').last();
    await toast.waitFor();
    said.push(await toast.innerText());
  }
  say('narrow', { upload: text, said });
  await other.context().close();
}

async function signOut() {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL('**/sign-in');
  const status = await page.evaluate(() => fetch('/api/me').then((r) => r.status));
  say('signed-out', { status });
}

try {
  for (const step of [signIn, overview, bucket, upload, resume, stream, device, outgoing, purge, keyboardAndTheme, narrow, signOut]) await step();
} catch (e) {
  await shot('failed');
  say('failed', { at: page.url(), message: String(e), text: await page.locator('body').innerText().catch(() => '') });
  process.exitCode = 1;
}
say('problems', { problems });
await browser.close();
