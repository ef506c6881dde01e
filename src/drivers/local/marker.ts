import type { GroupLabels } from '../driver.js';

/** What bwrap carries in its environment on the host, so that a sandbox is found without any record. Never inside. */
export interface Marker {
  readonly installationId: string;
  readonly labels: GroupLabels;
}

const VARIABLE = 'BAY_GROUP';

export const markerEnvironment = ({ installationId, labels }: Marker): Record<string, string> => ({
  [VARIABLE]: [installationId, labels.sessionId, labels.sandboxId, labels.workspaceId, labels.profileId]
    .map(encode)
    .join(':'),
});

export const parseMarker = (environment: readonly string[]): Marker | null => {
  const value = environment.find((entry) => entry.startsWith(`${VARIABLE}=`))?.slice(VARIABLE.length + 1);
  const parts = value?.split(':').map(decode) ?? [];
  const [installationId, sessionId, sandboxId, workspaceId, profileId] = parts;
  if (parts.length !== 5 || !installationId || !sessionId) return null;
  return {
    installationId,
    labels: { sessionId, sandboxId: sandboxId ?? '', workspaceId: workspaceId ?? '', profileId: profileId ?? '' },
  };
};

/** Letters and digits only, whatever an id or a profile's name holds; someone else's variable decodes to something, too. */
const encode = (part: string): string => Buffer.from(part).toString('base64url');
const decode = (part: string): string => Buffer.from(part, 'base64url').toString();
