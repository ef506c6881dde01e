import { type ColumnOptions, type ValueTransformer } from 'typeorm';

/** PostgreSQL hands bigint back as text; epoch milliseconds fit a number. */
const asNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** A column that holds an instant: epoch milliseconds. */
export const instant = (name: string, options: { nullable?: boolean } = {}): ColumnOptions => ({
  type: 'bigint',
  name,
  nullable: options.nullable ?? false,
  transformer: asNumber,
});
