import { newUuid } from '../shared/ids.js';
import { type Clock } from '../shared/clock.js';
import { InstallationEntity } from './installation.entity.js';
import { type Transactions } from './transactions.js';

/** Labels everything that this installation makes on an engine. Made once with the database, never changed. */
export class InstallationId {
  constructor(readonly value: string) {}
}

/** Whoever inserts first decides; everyone reads the same id. */
export function ensureInstallationId(transactions: Transactions, clock: Clock): Promise<InstallationId> {
  return transactions.run(async () => {
    const { manager } = transactions;
    const row = { singleton: 1, id: newUuid(), createdAtMs: clock.now() };
    await manager.createQueryBuilder().insert().into(InstallationEntity).values(row).orIgnore().execute();
    const { id } = await manager.findOneByOrFail(InstallationEntity, { singleton: 1 });
    return new InstallationId(id);
  });
}
