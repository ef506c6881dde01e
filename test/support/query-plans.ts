import { type DataSource, type Logger } from 'typeorm';

export interface QueryPlan {
  readonly sql: string;
  /** As the database says it. */
  readonly plan: string;
  /** Tables that are read from end to end. */
  readonly scanned: readonly string[];
}

interface Statement {
  readonly sql: string;
  readonly parameters: unknown[];
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** What the database means to do for the statements that a piece of work sends, with their own parameters. */
export class QueryPlans {
  constructor(private readonly source: DataSource) {}

  /** Inserts have no plan. */
  async of(work: () => Promise<unknown>): Promise<QueryPlan[]> {
    const statements = await this.record(work);
    const plans: QueryPlan[] = [];
    for (const statement of statements.filter(({ sql }) => /^(SELECT|UPDATE|DELETE)/i.test(sql))) {
      plans.push(await this.explain(statement));
    }
    return plans;
  }

  private async record(work: () => Promise<unknown>): Promise<Statement[]> {
    const statements: Statement[] = [];
    const { logger } = this.source;
    const recorder: Pick<Logger, 'logQuery'> = {
      logQuery: (sql, parameters) =>
        void statements.push({ sql, parameters: Array.isArray(parameters) ? parameters : [] }),
    };
    this.source.logger = Object.assign(Object.create(logger), recorder) as Logger;
    try {
      await work();
    } finally {
      this.source.logger = logger;
    }
    return statements;
  }

  private async explain({ sql, parameters }: Statement): Promise<QueryPlan> {
    if (this.source.options.type === 'postgres') {
      const [row] = await this.source.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }[]>(
        `EXPLAIN (FORMAT JSON) ${sql}`,
        parameters,
      );
      const root = row?.['QUERY PLAN'][0].Plan;
      const scanned = nodesOf(root).filter((node) => node['Node Type'] === 'Seq Scan');
      return { sql, plan: JSON.stringify(root), scanned: scanned.map((node) => node['Relation Name'] ?? '') };
    }
    const rows = await this.source.query<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, parameters);
    const details = rows.map(({ detail }) => detail);
    // "SCAN s USING INDEX" walks an index from end to end.
    return { sql, plan: details.join('; '), scanned: details.filter((detail) => detail.startsWith('SCAN')) };
  }
}

const nodesOf = (node: PlanNode | undefined): PlanNode[] =>
  node ? [node, ...(node.Plans ?? []).flatMap((child) => nodesOf(child))] : [];
