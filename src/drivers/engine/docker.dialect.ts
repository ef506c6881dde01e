import { type Dialect } from './dialect.js';
import { hasSecurityOption } from './engine-client.js';

export const dockerDialect: Dialect = {
  product: 'Docker',
  logConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
  describe: (info) => {
    const rights = hasSecurityOption(info, 'rootless') ? 'rootless' : 'rootful';
    return `Docker ${info.ServerVersion} (${rights}, cgroup v${info.CgroupVersion})`;
  },
};
