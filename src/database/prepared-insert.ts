import {
  type DataSource,
  type EntityManager,
  type EntityMetadata,
  type EntitySchema,
  type ObjectLiteral,
} from 'typeorm';

interface Statement {
  readonly sql: string;
  readonly columns: EntityMetadata['columns'];
}

/**
 * Inserts one whole row. As with {@link PreparedFind} the text is made once: TypeORM's own insert takes longer to build than
 * the database to run. Values are converted by TypeORM's driver.
 */
export class PreparedInsert<T extends ObjectLiteral> {
  private readonly statements = new WeakMap<DataSource, Statement>();

  constructor(private readonly entity: EntitySchema<T>) {}

  async one(manager: EntityManager, row: T): Promise<void> {
    const { sql, columns } = this.statement(manager.connection);
    const { driver } = manager.connection;
    const values = columns.map((column) => driver.preparePersistentValue(row[column.propertyName], column) as unknown);
    await manager.query(sql, values);
  }

  private statement(dataSource: DataSource): Statement {
    const known = this.statements.get(dataSource);
    if (known) return known;
    const { driver } = dataSource;
    const { columns, tableName } = dataSource.getMetadata(this.entity);
    const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
    const places = columns.map(({ propertyName }, index) => driver.createParameter(propertyName, index)).join(', ');
    const made = { sql: `INSERT INTO ${driver.escape(tableName)} (${names}) VALUES (${places})`, columns };
    this.statements.set(dataSource, made);
    return made;
  }
}
