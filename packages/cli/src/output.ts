import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const styled = (style: Style, text: string, stream: NodeJS.WriteStream): string =>
  stream.isTTY && !process.env['NO_COLOR'] ? styleText(style, text) : text;

export const bold = (text: string): string => styled('bold', text, process.stdout);
export const dim = (text: string): string => styled('dim', text, process.stdout);
export const green = (text: string): string => styled('green', text, process.stdout);
export const yellow = (text: string): string => styled('yellow', text, process.stdout);
export const red = (text: string): string => styled('red', text, process.stdout);

/** Answers go to standard output; what is said meanwhile goes to standard error. */
export const print = (line = ''): void => void process.stdout.write(`${line}\n`);
export const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Names in one column, values in the next; an undefined value leaves its row out. */
export const printTable = (rows: readonly (readonly [string, string | undefined])[]): void => {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  for (const [name, value] of shown) print(`  ${dim(name.padEnd(width))}  ${value}`);
};

export const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

/** One line that says what is going on; on a terminal it is rewritten with the newest detail. */
export class Step {
  private readonly startedAt = performance.now();
  private lastWidth = 0;

  constructor(private readonly label: string) {
    this.draw('');
  }

  /** Shows how far it is. Ignored where there is no terminal, unless `always`. */
  detail(text: string, always = false): void {
    if (process.stderr.isTTY) this.draw(text);
    else if (always) say(`    ${text}`);
  }

  done(note?: string): void {
    this.finish('✓', note ?? seconds(performance.now() - this.startedAt));
  }

  failed(note?: string): void {
    this.finish('✗', note);
  }

  private finish(mark: '✓' | '✗', note: string | undefined): void {
    const coloured = styled(mark === '✓' ? 'green' : 'red', mark, process.stderr);
    this.erase();
    say(`  ${coloured} ${this.label}${note ? styled('dim', `  ${note}`, process.stderr) : ''}`);
  }

  private draw(text: string): void {
    if (!process.stderr.isTTY) return;
    const room = Math.max(20, (process.stderr.columns || 80) - 5);
    const line = text ? `${this.label}: ${text}` : this.label;
    this.erase();
    process.stderr.write(`  … ${line.slice(0, room)}`);
    this.lastWidth = line.length;
  }

  private erase(): void {
    if (process.stderr.isTTY && this.lastWidth > 0) process.stderr.write('\r\u001b[2K');
  }
}
