import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../support/engines.js';

/** First and last row of each part of the promise that docs/features.md has to answer. */
const PROMISED = ['A01-A05', 'A19-A23', 'A65-A68', 'B14-B27', 'C01-C47', 'D01-D12'];

const rows = readFileSync(join(REPOSITORY, 'docs', 'features.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [A-Z]\d\d /.test(line))
  .map((line) => {
    const [, id = '', , answers = ''] = line.split('|').map((cell) => cell.trim());
    return { id, answers: answers.split('<br>') };
  });

/** Of each answer that names a test: its row, file and title. */
const tests = rows.flatMap(({ id, answers }) =>
  answers.flatMap((answer) => {
    const [, file, title] = /^`([^`]+\.spec\.ts)`: (.+)$/.exec(answer) ?? [];
    return file !== undefined && title !== undefined ? [{ id, file, title }] : [];
  }),
);

function idsOf(range: string): string[] {
  const [first = '', last = ''] = range.split('-');
  const letter = first.slice(0, 1);
  const from = Number(first.slice(1));
  return Array.from({ length: Number(last.slice(1)) - from + 1 }, (_, index) => {
    return `${letter}${String(from + index).padStart(2, '0')}`;
  });
}

describe('docs/features.md', () => {
  it('answers every row that was promised, in order and once', () => {
    const promised = PROMISED.flatMap(idsOf);
    expect(rows.map(({ id }) => id).filter((id) => promised.includes(id))).toEqual(promised);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('names only tests that there are', () => {
    const absent = tests.filter(({ file, title }) => {
      const path = join(REPOSITORY, file);
      return !existsSync(path) || !hasTitle(readFileSync(path, 'utf8'), title);
    });
    expect(absent).toEqual([]);
    expect(tests.length).toBeGreaterThan(0);
  });

  it('says something where it names no test', () => {
    const silent = rows.filter(({ answers }) => answers.some((answer) => !/^(`[^`]+`: .+|.+\.)$/.test(answer)));
    expect(silent).toEqual([]);
  });
});

/** As the whole of a string in the source: a title that merely begins like another one is none. */
function hasTitle(source: string, title: string): boolean {
  return ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote}`));
}
