import { type PoolBody } from './api-client.js';
import { eventually } from './eventually.js';
import { FakeBay } from './fake-bay.js';
import { type WrittenProfile } from './pooled-profile.js';
import { parsePrometheus, valueOf } from './prometheus-text.js';

/** A Bay on an engine in memory whose profiles have pools. Nothing but events and `sweep` makes it look at them. */
export async function pooledBay(profiles: WrittenProfile[], env: Record<string, string> = {}): Promise<FakeBay> {
  return FakeBay.start({
    BAY_PROFILES: JSON.stringify(profiles),
    BAY_WARM_POOL__INTERVAL_SECONDS: '3600',
    ...env,
  });
}

export async function poolOf(bay: FakeBay, profile = 'python-default'): Promise<PoolBody> {
  const { items } = (await bay.get('/v1/admin/pool').expect(200)).body as { items: PoolBody[] };
  const found = items.find((pool) => pool.profile === profile);
  if (!found) throw new Error(`There is no pool of ${profile}.`);
  return found;
}

/** Until there are as many, none of them on its way, and nothing else is on the engine but `others`. */
export async function settledAt(bay: FakeBay, ready: number, others = 0): Promise<void> {
  await eventually(
    async () => ({ ...(await poolOf(bay)), groups: bay.driver.groups.size, volumes: bay.driver.volumeNames.size }),
    (seen) =>
      seen.ready === ready && seen.starting === 0 && seen.groups === ready + others && seen.volumes === ready + others,
  );
}

export async function metric(bay: FakeBay, name: string, labels: Record<string, string> = {}): Promise<number> {
  const { text } = await bay.get('/metrics').expect(200);
  return valueOf(parsePrometheus(text), name, labels) ?? 0;
}
