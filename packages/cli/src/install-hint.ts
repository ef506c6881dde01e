import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where `program` lies on the PATH; undefined when it is nowhere. */
export const which = (program: string): string | undefined => {
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(dir || '.', program);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not here: the next one
    }
  }
  return undefined;
};

interface PackageNames {
  readonly apt: string;
  readonly dnf?: string;
  readonly brew?: string;
}

/** The command that installs something on this machine, by its own package manager. */
export const installCommand = ({ apt, dnf = apt, brew = apt }: PackageNames): string => {
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  if (which('apt-get')) return `${sudo}apt-get install -y ${apt}`;
  if (which('dnf')) return `${sudo}dnf install -y ${dnf}`;
  if (which('brew')) return `brew install ${brew}`;
  return `install ${brew} with your system's package manager`;
};
