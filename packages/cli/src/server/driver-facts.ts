import { type Api, ApiFailure } from './api.js';

/** What `GET /v1/admin/driver` answers. */
export interface DriverFacts {
  readonly name: string;
  readonly engine: string;
  readonly isolation: Readonly<Record<string, { readonly enforced: boolean; readonly note?: string }>>;
}

/** The driver in use with its isolation; undefined where the server does not tell. */
export const findDriverFacts = async (api: Api): Promise<DriverFacts | undefined> => {
  try {
    return (await api.get<DriverFacts>('/v1/admin/driver')).body;
  } catch (error) {
    if (error instanceof ApiFailure) return undefined;
    throw error;
  }
};

export const enforcedControls = ({ isolation }: DriverFacts): string[] =>
  Object.keys(isolation).filter((control) => isolation[control]?.enforced);

/** One line for each control that is not in force, or only in part, with the reason. */
export const missingControls = ({ isolation }: DriverFacts): string[] =>
  Object.entries(isolation)
    .filter(([, state]) => !state.enforced)
    .map(([control, state]) => (state.note ? `${control}: ${state.note}` : control));

/** Notes on controls that are in force all the same. */
export const controlNotes = ({ isolation }: DriverFacts): string[] =>
  Object.entries(isolation)
    .filter(([, state]) => state.enforced && state.note)
    .map(([control, state]) => `${control}: ${state.note}`);
