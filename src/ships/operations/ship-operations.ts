import { Injectable } from '@nestjs/common';
import { BayError } from '../../shared/errors.js';
import { type BoundShip } from '../ship.js';
import { CodeOperations } from './code-operations.js';
import { FileOperations } from './file-operations.js';
import { type Operation, type OperationResult } from './operation.js';

/** What `exec` can do. A name is looked up here and is never a path to the agent. */
@Injectable()
export class ShipOperations {
  private readonly known: ReadonlyMap<string, Operation>;

  constructor(files: FileOperations, code: CodeOperations) {
    this.known = new Map([
      ['fs/create_file', files.create],
      ['fs/read_file', files.read],
      ['fs/write_file', files.write],
      ['fs/edit_file', files.edit],
      ['fs/delete_file', files.delete],
      ['fs/list_dir', files.list],
      ['ipython/exec', code.python],
      ['ipython/create_kernel', code.createKernel],
      ['shell/exec', code.shell],
    ]);
  }

  /** Throws `validation_error` for what is not in the list, and what the operation throws. */
  async run(type: string, { ship, sandbox }: BoundShip, payload: unknown): Promise<OperationResult> {
    const operation = this.known.get(type.replace(/^\/+|\/+$/g, ''));
    if (!operation) {
      const types = [...this.known.keys()].join(', ');
      throw new BayError('validation_error', `There is no operation ${type}; there are ${types}.`);
    }
    return operation({ sandbox, sessionId: ship.sessionId ?? '', payload });
  }
}
