// The suites of this project run on PostgreSQL instead of SQLite.
process.env.BAY_TEST_DATABASE = 'postgres';
