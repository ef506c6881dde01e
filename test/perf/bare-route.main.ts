import 'reflect-metadata';
import { type AddressInfo } from 'node:net';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource, EntitySchema } from 'typeorm';

/**
 * The floor for a look at a sandbox: Nest, TypeORM and SQLite with nothing around them. A program of its own, so that it has
 * a process to itself like Bay; prints its port when it listens.
 */
interface Row {
  readonly id: string;
  readonly owner: string;
  readonly profile: string;
  readonly createdAt: number;
}

const RowEntity = new EntitySchema<Row>({
  name: 'Row',
  tableName: 'rows',
  columns: {
    id: { type: 'varchar', primary: true },
    owner: { type: 'varchar' },
    profile: { type: 'varchar' },
    createdAt: { type: 'bigint' },
  },
});

const database = new DataSource({
  type: 'better-sqlite3',
  database: process.argv[2] ?? ':memory:',
  enableWAL: true,
  entities: [RowEntity],
  synchronize: true,
});

@Controller('rows')
class RowsController {
  @Get(':id')
  get(@Param('id') id: string): Promise<Row | null> {
    return database.manager.findOneBy(RowEntity, { id });
  }
}

@Module({ controllers: [RowsController] })
class BareModule {}

await database.initialize();
await database.manager.insert(RowEntity, { id: 'one', owner: 'default', profile: 'python-default', createdAt: 1 });
const app = await NestFactory.create(BareModule, { logger: false });
await app.listen(0, '127.0.0.1');
process.stdout.write(`${(app.getHttpServer().address() as AddressInfo).port}\n`);
