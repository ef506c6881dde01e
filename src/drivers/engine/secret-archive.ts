import { RUN_DIR, SECRET_NAME } from '@bay/protocol';

const BLOCK = 512;
const AGENT_ID = 1000;

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly type: 'file' | 'directory';
  readonly content: Buffer;
}

/** A tar archive for a container's root directory: the agent's own directory with the session's secret in it. */
export function secretArchive(secret: string): Buffer {
  const directory = RUN_DIR.slice(1);
  return Buffer.concat([
    ...entry({ path: `${directory}/`, mode: 0o700, type: 'directory', content: Buffer.alloc(0) }),
    ...entry({ path: `${directory}/${SECRET_NAME}`, mode: 0o400, type: 'file', content: Buffer.from(secret) }),
    Buffer.alloc(2 * BLOCK),
  ]);
}

/** POSIX.1-1988 ustar: a header block of octal texts with its own checksum, then the content filled up to whole blocks. */
function entry({ path, mode, type, content }: Entry): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0');
  header.write(path, 0, 100);
  header.write(octal(mode, 8), 100);
  header.write(octal(AGENT_ID, 8), 108);
  header.write(octal(AGENT_ID, 8), 116);
  header.write(octal(content.length, 12), 124);
  header.write(octal(0, 12), 136);
  header.write(' '.repeat(8), 148);
  header.write(type === 'file' ? '0' : '5', 156);
  header.write('ustar\u000000', 257);
  const checksum = header.reduce((sum, byte) => sum + byte, 0);
  header.write(`${octal(checksum, 7)}\u0000 `, 148);
  return [header, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
}
