import { type Browser, type Page } from 'playwright-core';
import { chromiumAbsence, launchChromium } from '../support/browser.js';
import { describeOnDriver } from '../support/engines.js';
import { describeWith } from '../support/suites.js';
import { useBay } from '../support/use-bay.js';

await describeOnDriver('local', 'the page at /docs', () => {
  describeWith(
    'chromium',
    'in Chromium',
    chromiumAbsence,
  )(() => {
    const bay = useBay({ driver: 'local' });
    let browser: Browser;
    let page: Page;
    const errors: string[] = [];
    const elsewhere: string[] = [];
    beforeAll(async () => {
      browser = await launchChromium();
      page = await browser.newPage();
      page.on('pageerror', (error) => errors.push(error.message));
      page.on('request', (request) => {
        if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(bay().url)) elsewhere.push(request.url());
      });
      await page.goto(new URL('/docs', bay().url).href);
    });
    afterAll(() => browser?.close());

    /** Opens the operation if it is closed, sends its example, and returns status and body of the answer. */
    const tryOut = async (operationId: string) => {
      const operation = page.locator(`.opblock[id$="-${operationId}"]`);
      const execute = operation.locator('button.execute');
      if (!(await execute.isVisible())) await operation.locator('.opblock-summary-control').click();
      await execute.click();
      const answer = operation.locator('.live-responses-table .response');
      const status = Number.parseInt((await answer.locator('.response-col_status').innerText()).trim(), 10);
      return { status, body: JSON.parse(await answer.locator('.highlight-code code').first().innerText()) as unknown };
    };

    it('tells who has no key', async () => {
      expect(await tryOut('sandboxes_create')).toMatchObject({
        status: 401,
        body: { error: { code: 'unauthorized' } },
      });
    });

    it('makes a sandbox once it is authorized', async () => {
      await page.locator('.scheme-container button.authorize').click();
      await page.locator('.auth-container input').fill(bay().key);
      await page.locator('.auth-btn-wrapper button.authorize').click();
      await page.locator('.auth-btn-wrapper button.btn-done').click();
      await page.locator('.opblock[id$="-sandboxes_create"] button.btn-clear').click();
      const { status, body } = await tryOut('sandboxes_create');
      expect(status).toBe(201);
      const { items } = await bay().client.list();
      expect(items.map(({ id }) => id)).toEqual([(body as { id: string }).id]);
    });

    it('keeps the key for the next visit', async () => {
      await page.reload();
      expect(await tryOut('sandboxes_list')).toMatchObject({ status: 200, body: { next_cursor: null } });
    });

    it('needs nothing from anywhere else, and has no fault', () => {
      expect({ errors, elsewhere }).toEqual({ errors: [], elsewhere: [] });
    });
  });
});
