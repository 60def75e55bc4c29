// node upload.mjs '{"page": "…/upload.html#credentials", "file": "/path"}': uploads a file with the example page and prints
// {"event":"result","text":…}.
import { launch } from './browser.mjs';

const options = JSON.parse(process.argv[2]);
const browser = await launch();
try {
  const page = await browser.newPage();
  page.on('console', (m) => console.log(JSON.stringify({ event: 'console', type: m.type(), text: m.text() })));
  await page.goto(options.page);
  await page.setInputFiles('#file', options.file);
  await page.click('#go');
  await page.waitForFunction(() => document.getElementById('result').textContent !== '', null, { timeout: 30000 });
  console.log(JSON.stringify({ event: 'result', text: await page.textContent('#result'), progress: await page.$eval('#progress', (p) => p.value / p.max) }));
} finally {
  await browser.close();
}
