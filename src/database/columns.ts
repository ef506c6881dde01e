import { type EntitySchemaColumnOptions, type ValueTransformer } from 'typeorm';

/** PostgreSQL hands bigint back as text; epoch milliseconds fit a number. */
const asNumber: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

interface ColumnOptions {
  /** Default false. */
  readonly nullable?: boolean;
}

/** A column of characters that is searched or compared. */
export const varchar = (name: string, { nullable = false }: ColumnOptions = {}): EntitySchemaColumnOptions => ({
  type: 'varchar',
  name,
  nullable,
});

/** A column that holds a number of bytes. */
export const bytes = (name: string, { nullable = false }: ColumnOptions = {}): EntitySchemaColumnOptions => ({
  type: 'bigint',
  name,
  nullable,
  transformer: asNumber,
});

/** A column that holds an instant: epoch milliseconds. */
export const instant = (name: string, { nullable = false }: ColumnOptions = {}): EntitySchemaColumnOptions => ({
  type: 'bigint',
  name,
  nullable,
  transformer: asNumber,
});
