import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/*
 * Upper bounds of histograms, seconds. Each set is dense where its figures lie on a healthy machine, so that a change of a
 * third shows, and reaches the deadline that ends the thing measured. More bounds are more series: each is one a label set.
 */

/** Statements and what Bay itself adds: tenths of a millisecond; what comes near a second is a fault. */
const FAST = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
/** Requests and executions: 1 ms for a look, tens for a cell, up to 300 s for the longest. */
const CALLS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];
/** Parts of a start: a volume takes 1 ms, a container some hundred; a start is given up after 60 s. */
const STARTS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30, 60];
/** Sweeps: milliseconds when there is nothing to do, bounded by their lease's loss. */
const JOBS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60];

/** Every family that Bay counts by events; docs/operations.md has the same list with its meanings. */
export function metricFamilies(registry: Registry) {
  const registers = [registry];
  const histogram = <L extends string>(name: string, help: string, more: { labels: readonly L[]; buckets: number[] }) =>
    new Histogram({ name, help, labelNames: more.labels, buckets: more.buckets, registers });
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers });
  return {
    requests: histogram('bay_http_request_duration_seconds', 'Requests by route template and class of status.', {
      labels: ['method', 'route', 'status'],
      buckets: CALLS,
    }),
    errors: counter('bay_errors_total', 'Errors answered, by code.', ['code']),
    startPhases: histogram('bay_start_phase_seconds', 'Parts of the starts that worked.', {
      labels: ['driver', 'phase'],
      buckets: STARTS,
    }),
    starts: counter('bay_starts_total', 'Starts of sandboxes: ok, or the code of what kept them from it.', [
      'driver',
      'outcome',
    ]),
    poolClaims: counter('bay_pool_claims_total', 'Creates of profiles with a pool: given a spare, or not.', [
      'profile',
      'result',
    ]),
    poolRefillFailures: counter(
      'bay_pool_refill_failures_total',
      'Times that spares could not be started, or ended by themselves.',
      ['profile'],
    ),
    executions: histogram('bay_execution_seconds', 'Executions, by part.', {
      labels: ['kind', 'outcome', 'part'],
      buckets: CALLS,
    }),
    executionsAdded: histogram('bay_execution_added_seconds', 'What Bay and the way add to an execution.', {
      labels: ['kind', 'outcome'],
      buckets: FAST,
    }),
    executionsInFlight: gauge('bay_executions_in_flight', 'Executions that have not ended.', ['kind']),
    jobs: histogram('bay_job_seconds', 'Runs of background jobs.', { labels: ['job', 'outcome'], buckets: JOBS }),
    jobSuccess: gauge('bay_job_last_success_timestamp_seconds', 'When a job last ended well, in Unix time.', ['job']),
    leases: counter('bay_leases_total', 'Leases taken, found in other hands, and lost.', ['kind', 'event']),
    units: histogram('bay_database_unit_seconds', 'Units of work in the database, without their wait.', {
      labels: ['kind'],
      buckets: FAST,
    }),
    unitWaits: histogram('bay_database_wait_seconds', 'How long units waited for their turn.', {
      labels: ['kind'],
      buckets: FAST,
    }),
    unitsQueued: gauge('bay_database_units_queued', 'Units that wait or run.', []),
  };
}
