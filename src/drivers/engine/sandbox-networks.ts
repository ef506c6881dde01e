import { type EngineInfo } from './engine-client.js';

/** The way out of sandboxes whose egress is open. None of them reaches another by it. */
export interface SandboxNetworks {
  /** What a new container's `NetworkMode` says. Makes on the engine what has to be there first. */
  ensure(info: EngineInfo, signal: AbortSignal): Promise<string>;
  /** Takes away what `ensure` made and no sandbox has. */
  removeUnused(signal: AbortSignal): Promise<void>;
}
