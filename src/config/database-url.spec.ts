import { locateDatabase } from './database-url.js';

const locate = (written: string) => locateDatabase(written, '/srv');

describe('a database URL', () => {
  it.each([
    ['sqlite:bay.db', 'sqlite:/srv/bay.db'],
    ['sqlite:///var/lib/bay.db', 'sqlite:/var/lib/bay.db'],
    ['sqlite+aiosqlite:///./bay.db', 'sqlite:/srv/bay.db'],
    ['sqlite+aiosqlite:////var/lib/bay.db', 'sqlite:/var/lib/bay.db'],
  ])('%s is SQLite', (written, url) => {
    expect(locate(written)).toEqual({ kind: 'sqlite', url });
  });

  it.each([
    ['postgres://db/bay', 'postgresql://db/bay'],
    ['postgresql://bay:p%40ss@db.example:5433/bay', 'postgresql://bay:p%40ss@db.example:5433/bay'],
    ['postgresql+asyncpg://bay:secret@db:5432/bay', 'postgresql://bay:secret@db:5432/bay'],
    ['postgresql+psycopg2://bay@db/bay', 'postgresql://bay@db/bay'],
    ['postgresql:///bay?host=/var/run/postgresql', 'postgresql:///bay?host=%2Fvar%2Frun%2Fpostgresql'],
    ['postgresql://bay@/bay?host=/run/pg', 'postgresql://bay@/bay?host=%2Frun%2Fpg'],
    ['postgresql://db/bay?sslmode=require', 'postgresql://db/bay?sslmode=require&uselibpqcompat=true'],
    ['postgresql+asyncpg://db/bay?ssl=verify-full', 'postgresql://db/bay?sslmode=verify-full&uselibpqcompat=true'],
    ['postgresql://db/bay?ssl=true', 'postgresql://db/bay?ssl=true'],
  ])('%s is PostgreSQL', (written, url) => {
    expect(locate(written)).toEqual({ kind: 'postgres', url });
  });

  it.each(['mysql://db/bay', 'sqlite:', 'postgresql', 'postgresql:bay', 'postgresql://bad host/bay', 'bay.db', ''])(
    '%j is none',
    (written) => {
      expect(locate(written)).toBeUndefined();
    },
  );
});
