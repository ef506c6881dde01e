import { TextMapField } from '../../http/compound-fields.js';
import { BoolField, IntField, TextField } from '../../http/fields.js';

const LONGEST_TIMEOUT_SEC = 600;

class ExecutionPayload {
  /** Seconds. */
  @IntField({ nullable: true })
  timeout: number | null = null;

  @TextField({ nullable: true, maxLength: 4_096 })
  description: string | null = null;

  @TextField({ nullable: true, maxLength: 1_024 })
  tags: string | null = null;

  get timeoutSec(): number {
    return Math.min(Math.max(this.timeout ?? 30, 1), LONGEST_TIMEOUT_SEC);
  }
}

export class PythonPayload extends ExecutionPayload {
  @TextField()
  code!: string;

  /** Results and pictures are not answered. */
  @BoolField({ nullable: true })
  silent = false;
}

export class ShellPayload extends ExecutionPayload {
  @TextField()
  command!: string;

  @TextField({ nullable: true, maxLength: 4_096 })
  cwd: string | null = null;

  @TextMapField({ nullable: true, path: 'body.env' })
  env: Record<string, string> = {};

  @BoolField({ nullable: true })
  background = false;
}
