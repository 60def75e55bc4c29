// Opens stored pages and says what their scripts could do. Options: {urls}. Prints one JSON event a line.
import { launch } from './browser.mjs';

const options = JSON.parse(process.argv[2]);
const browser = await launch();
const context = await browser.newContext();
const page = await context.newPage();
for (const url of options.urls) {
  const answer = await page.goto(url);
  // A script of the page that runs puts this attribute on its root.
  const ran = await page.evaluate(() => document.documentElement?.getAttribute('data-ran') ?? null).catch((e) => `error: ${e.message}`);
  const shown = await page.evaluate(() => document.documentElement?.textContent?.includes('Hello') ?? false).catch(() => false);
  console.log(JSON.stringify({ event: 'page', url, status: answer.status(), ran, shown, origin: await page.evaluate(() => self.origin) }));
}
await browser.close();
