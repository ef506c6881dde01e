import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const BEGIN = '<!-- measured: begin (written by ./bay bench --markdown) -->';
const END = '<!-- measured: end -->';

/** Puts the table between the file's two marks and leaves the rest of it; a file without marks gets both at its end. */
export function writeMarkdown(file: string, table: string): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const [begin, end] = [old.indexOf(BEGIN), old.indexOf(END)];
  const block = `${BEGIN}\n\n${table}\n${END}`;
  if (begin < 0 || end < begin) writeFileSync(file, `${old ? `${old.trimEnd()}\n\n` : ''}${block}\n`);
  else writeFileSync(file, `${old.slice(0, begin)}${block}${old.slice(end + END.length)}`);
}
