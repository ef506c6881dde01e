/** One thing that is wrong with the configuration, in words for the person who wrote it. */
export interface ConfigProblem {
  /** `gc.interval_seconds`, `profiles[1].id`, or the file itself. */
  readonly path: string;
  /** Where the value was found: a file's path, or the name of an environment variable. */
  readonly source?: string;
  readonly message: string;
  readonly hint?: string;
}

/** All that is wrong, at once; nothing was started. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly ConfigProblem[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}:\n${problems.map(line).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

function line({ path, source, message, hint }: ConfigProblem): string {
  return `  ${path}${source ? ` (${source})` : ''}: ${message}${hint ? ` ${hint}` : ''}`;
}
