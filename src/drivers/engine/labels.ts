import { type GroupLabels } from '../driver.js';

/** Keys of the labels that Bay puts on everything it makes on an engine. */
export const LABEL = {
  managed: 'bay.managed',
  installation: 'bay.installation',
  sandboxId: 'bay.sandbox_id',
  sessionId: 'bay.session_id',
  workspaceId: 'bay.cargo_id',
  profileId: 'bay.profile_id',
  member: 'bay.container_name',
  /** Place of a member in its group, where there are several. */
  index: 'bay.container_index',
  runtime: 'bay.runtime_type',
  port: 'bay.runtime_port',
} as const;

const GROUP_KEYS = ['sandboxId', 'sessionId', 'workspaceId', 'profileId'] as const satisfies (keyof GroupLabels)[];

export type EngineLabels = Readonly<Record<string, string>>;

/** Of things that belong to the installation as a whole; every other set of labels holds these, too. */
export const installationLabels = (installationId: string): Record<string, string> => ({
  [LABEL.managed]: 'true',
  [LABEL.installation]: installationId,
});

export const groupLabels = (installationId: string, labels: Partial<GroupLabels>): Record<string, string> => {
  const result = installationLabels(installationId);
  for (const key of GROUP_KEYS) {
    const value = labels[key];
    if (value !== undefined) result[LABEL[key]] = value;
  }
  return result;
};

/** The group that an object belongs to; null when its labels are not complete. */
export function readGroupLabels(labels: EngineLabels): GroupLabels | null {
  const [sandboxId, sessionId, workspaceId, profileId] = GROUP_KEYS.map((key) => labels[LABEL[key]]);
  if (!sandboxId || !sessionId || !workspaceId || !profileId) return null;
  return { sandboxId, sessionId, workspaceId, profileId };
}

export const holds = (labels: EngineLabels | null | undefined, wanted: EngineLabels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels?.[key] === value);

/** The engine's own filter for objects that have all of these labels. */
export const labelFilter = (wanted: EngineLabels): { label: string[] } => ({
  label: Object.entries(wanted).map(([key, value]) => `${key}=${value}`),
});
