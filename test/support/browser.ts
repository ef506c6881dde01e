import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUMS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Nothing but the pages of the test: no updates, no reports, no first-run page. Root cannot use Chromium's own sandbox. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const chromiumPath = CHROMIUMS.find((path) => existsSync(path));

/** Why no page can be opened on this machine, for `describeWith('chromium', …)`; null when one can. */
export const chromiumAbsence: string | null = chromiumPath === undefined ? 'none is installed' : null;

/** A real Chromium without a window, with a profile of its own that goes with it. */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('There is no Chromium.');
  return chromium.launch({ executablePath: chromiumPath, headless: true, args: FLAGS });
}
