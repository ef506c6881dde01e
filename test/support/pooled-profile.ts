/** As in a configuration file. */
export type WrittenProfile = Readonly<Record<string, unknown>> & { readonly id: string };

/** A profile with a pool; waits are long, so that a slow machine changes nothing, and retries come soon. */
export const pooled = (size: number, more: object = {}): WrittenProfile => ({
  id: 'python-default',
  warm_pool_size: size,
  warm_claim_timeout_ms: 30_000,
  warmup_retry_backoff_base_ms: 50,
  warmup_retry_backoff_max_ms: 50,
  warmup_retry_max_attempts: 1000,
  warmup_circuit_breaker_threshold: 1000,
  ...more,
});
