import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a running Bay says about itself in `<dataDir>/run/bay.json`, for the command line. There only while it is ready. */
export interface RunFile {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly started_at_ms: number;
}

const fileOf = (dataDir: string): string => join(dataDir, 'run', 'bay.json');

export function writeRunFile(dataDir: string, content: RunFile): void {
  const file = fileOf(dataDir);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${content.pid}`;
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

export const removeRunFile = (dataDir: string): void => rmSync(fileOf(dataDir), { force: true });

/** For a sentence about the other Bay; empty when it cannot be read. */
export function describeRunFile(dataDir: string): string {
  try {
    const { pid, url } = JSON.parse(readFileSync(fileOf(dataDir), 'utf8')) as RunFile;
    return ` (process ${pid}, ${url})`;
  } catch {
    // Absent while the other one starts: the sentence is complete without it.
    return '';
  }
}
