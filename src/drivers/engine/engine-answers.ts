import { type DriverAnswer } from '../driver-factory.js';
import { BayError } from '../../shared/errors.js';
import { EngineClient } from './engine-client.js';

/** Does an engine answer at this address within `timeoutMs`, and may this user speak to it? */
export async function engineAnswers(address: string, timeoutMs: number): Promise<DriverAnswer> {
  const engine = new EngineClient(address);
  try {
    const { ServerVersion } = await engine.freshInfo(new AbortController().signal, timeoutMs);
    return { answers: true, said: `an engine (version ${ServerVersion}) answers at ${address}.` };
  } catch (error) {
    if (error instanceof BayError) return { answers: false, said: error.message };
    throw error;
  } finally {
    engine.close();
  }
}
