import { Injectable } from '@nestjs/common';
import { Transactions } from '../database/transactions.js';
import { ProfilesService } from '../profiles/profiles.service.js';
import { type AdoptedSandbox, SandboxCreation } from '../sandboxes/sandbox-creation.js';
import { SandboxesService } from '../sandboxes/sandboxes.service.js';
import { Clock } from '../shared/clock.js';
import { BayError } from '../shared/errors.js';
import { uuidBehind } from '../shared/ids.js';
import { SYSTEM } from '../shared/scope.js';
import { type Workspace } from '../workspaces/workspace.js';
import { WorkspaceAdoption } from '../workspaces/workspace-adoption.js';
import { WorkspacesService } from '../workspaces/workspaces.service.js';
import { emptyReport, type ImportReport, note, type Outcome } from './import-report.js';
import { type OlderCargo, type OlderRows, type OlderSandbox } from './older-rows.js';

/** For the engine to say whether it has a volume, ms. */
const VOLUME_TIMEOUT_MS = 30_000;

interface WantedSandbox extends OlderSandbox {
  /** Its row's id, of which the public one shows the first digits. */
  readonly uuid: string;
}

interface Run {
  readonly dryRun: boolean;
  readonly cargos: ReadonlyMap<string, OlderCargo>;
  /** Which cargo has a volume, by its name: a second one with the same files would take them along when it is deleted. */
  readonly holders: ReadonlyMap<string, string>;
  readonly report: ImportReport;
}

/**
 * Takes over what an older generation's database knows: its cargos and their volumes by name, its sandboxes as stopped ones.
 * A cargo that belongs to a sandbox comes with it, in one transaction, or stays. Repeatable: what is known is left alone.
 */
@Injectable()
export class ImportService {
  constructor(
    private readonly adoption: WorkspaceAdoption,
    private readonly workspaces: WorkspacesService,
    private readonly creation: SandboxCreation,
    private readonly sandboxes: SandboxesService,
    private readonly profiles: ProfilesService,
    private readonly transactions: Transactions,
    private readonly clock: Clock,
  ) {}

  /** With `dryRun` it only looks. */
  async run(rows: OlderRows, { dryRun }: { readonly dryRun: boolean }): Promise<ImportReport> {
    const report = emptyReport();
    const cargos = new Map(rows.cargos.map((cargo) => [cargo.id, cargo]));
    // Of the same keys in a map the last one stays: from behind, the oldest cargo has the volume.
    const holders = new Map([...rows.cargos].reverse().map(({ id, driverRef }) => [driverRef, id]));
    const run: Run = { dryRun, cargos, holders, report };
    for (const cargo of rows.cargos) {
      if (!cargo.managed) note(report.cargos, cargo.id, await this.external(run, cargo));
    }
    for (const sandbox of rows.sandboxes) note(report.sandboxes, sandbox.id, await this.sandbox(run, sandbox));
    for (const cargo of rows.cargos) {
      if (cargo.managed && !report.cargos.added.includes(cargo.id)) {
        note(report.cargos, cargo.id, await this.leftManaged(cargo));
      }
    }
    return report;
  }

  private async external(run: Run, cargo: OlderCargo): Promise<Outcome> {
    if (await this.adoption.isKnown(cargo.id)) return 'known';
    return unlessRefused(async () => {
      const workspace = await this.workspaceOf(run, cargo, null);
      if (!run.dryRun) await this.adoption.insert(workspace);
      return 'added';
    });
  }

  private async sandbox(run: Run, sandbox: OlderSandbox): Promise<Outcome> {
    if (await this.sandboxes.find(SYSTEM, sandbox.id)) return 'known';
    const reason = this.obstacle(sandbox);
    if (reason) return { reason };
    const uuid = uuidBehind('sandbox', sandbox.id);
    if (!uuid) return { reason: 'its id is none of a sandbox' };
    const cargo = sandbox.cargoId === null ? undefined : run.cargos.get(sandbox.cargoId);
    if (!cargo || cargo.owner !== sandbox.owner) return { reason: 'its cargo is not in the database' };
    const wanted = { ...sandbox, uuid };
    return cargo.managed ? this.withItsCargo(run, wanted, cargo) : this.onExternal(run, wanted, cargo);
  }

  private obstacle({ isSpare, expiresAt, profileId }: OlderSandbox): string | null {
    if (isSpare) return 'it is a spare that nobody had claimed';
    if (expiresAt !== null && expiresAt <= this.clock.now())
      return `it expired at ${new Date(expiresAt).toISOString()}`;
    return this.profiles.find(profileId) ? null : `there is no profile ${profileId} here`;
  }

  /** The sandbox and the cargo that lives and dies with it, together or not at all. */
  private async withItsCargo(run: Run, sandbox: WantedSandbox, cargo: OlderCargo): Promise<Outcome> {
    const { managedBySandboxId } = cargo;
    if (managedBySandboxId !== null && managedBySandboxId !== sandbox.id) {
      return { reason: `its cargo ${cargo.id} belongs to ${managedBySandboxId}` };
    }
    if (await this.adoption.isKnown(cargo.id)) return { reason: `its cargo ${cargo.id} is deleted here` };
    return unlessRefused(async () => {
      const workspace = await this.workspaceOf(run, cargo, sandbox.uuid);
      if (!run.dryRun) {
        await this.transactions.run(async () => {
          await this.adoption.insert(workspace);
          await this.creation.adopt(rowOf(sandbox, workspace.id));
        });
      }
      note(run.report.cargos, cargo.id, 'added');
      return 'added';
    });
  }

  /** Taken like any that a client attaches, so that a deletion at the same time cannot pass in between. */
  private async onExternal(run: Run, sandbox: WantedSandbox, cargo: OlderCargo): Promise<Outcome> {
    const { added, known } = run.report.cargos;
    if (!added.includes(cargo.id) && !known.includes(cargo.id)) {
      return { reason: `its cargo ${cargo.id} was not taken over` };
    }
    if (run.dryRun) return 'added';
    return unlessRefused(async () => {
      await this.transactions.run(async () => {
        const workspace = await this.workspaces.attach({ owner: sandbox.owner }, cargo.id);
        await this.creation.adopt(rowOf(sandbox, workspace.id));
      });
      return 'added';
    });
  }

  private async leftManaged({ id, managedBySandboxId }: OlderCargo): Promise<Outcome> {
    if (await this.adoption.isKnown(id)) return 'known';
    return { reason: `its sandbox ${managedBySandboxId ?? ''} was not taken over` };
  }

  private async workspaceOf(run: Run, cargo: OlderCargo, managedBySandboxId: string | null): Promise<Workspace> {
    const id = uuidBehind('ws', cargo.id);
    if (!id) throw new BayError('validation_error', 'its id is none of a cargo');
    if (run.holders.get(cargo.driverRef) !== cargo.id) {
      throw new BayError('conflict', `Another cargo has the volume ${cargo.driverRef}.`);
    }
    const volumeRef = await this.adoption.volume(cargo.driverRef, AbortSignal.timeout(VOLUME_TIMEOUT_MS));
    return {
      id,
      publicId: cargo.id,
      owner: cargo.owner,
      managed: cargo.managed,
      managedBySandboxId,
      volumeRef,
      sizeLimitMb: cargo.sizeLimitMb,
      createdAt: cargo.createdAt,
      lastAccessedAt: cargo.lastAccessedAt,
      deletedAt: null,
    };
  }
}

const rowOf = (sandbox: WantedSandbox, workspaceId: string): AdoptedSandbox => ({
  id: sandbox.uuid,
  owner: sandbox.owner,
  profileId: sandbox.profileId,
  workspaceId,
  createdAt: sandbox.createdAt,
  lastActiveAt: sandbox.lastActiveAt,
  expiresAt: sandbox.expiresAt,
});

const REFUSALS: readonly string[] = ['not_found', 'conflict', 'validation_error'];

/** What speaks against one row is its reason; an engine that cannot be asked ends the import, which can be repeated. */
async function unlessRefused(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BayError && REFUSALS.includes(error.code)) return { reason: error.message };
    throw error;
  }
}
