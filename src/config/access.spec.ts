import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from './load-config.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'bay-access-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const read = (env: Record<string, string>) => readConfig({ env, cwd, systemFile: join(cwd, 'absent.yaml') });

describe('security.allow_anonymous', () => {
  const anonymous = (env: Record<string, string>) => read({ BAY_SECURITY__ALLOW_ANONYMOUS: 'true', ...env });

  it('is off unless it is asked for', () => {
    expect(read({}).access.allowsAnonymous).toBe(false);
    expect(read({}).notices).toEqual([]);
  });

  it.each(['127.0.0.1', 'localhost', '::1'])('works on %s, and is remarked on', (host) => {
    const { access, notices } = anonymous({ BAY_SERVER__HOST: host });
    expect(access.allowsAnonymous).toBe(true);
    expect(notices.join()).toMatch(/security\.allow_anonymous: whoever/);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'bay.example'])('has no effect on %s, which is said', (host) => {
    const { access, notices } = anonymous({ BAY_SERVER__HOST: host });
    expect(access.allowsAnonymous).toBe(false);
    expect(notices.join()).toMatch(/security\.allow_anonymous has no effect on/);
  });
});
