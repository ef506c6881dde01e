/** Controls that a driver may enforce. The report says for each whether it truly is in force, and why not. */
export const CONTROLS = [
  'capabilities',
  'no_new_privileges',
  'non_root_user',
  'seccomp',
  'memory',
  'cpu',
  'pids',
  'disk',
  'network_separation',
  'egress_none',
] as const;

export type Control = (typeof CONTROLS)[number];

export interface ControlState {
  readonly enforced: boolean;
  /** One sentence when it is not, or only in part. */
  readonly note?: string;
}

export type IsolationReport = Readonly<Record<Control, ControlState>>;
