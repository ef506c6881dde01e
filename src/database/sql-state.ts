import { codeOf } from '../shared/error-code.js';

/** Two transactions were in each other's way; PostgreSQL has undone one, which may well pass when it is run again. */
const COLLISIONS = new Set(['40001', '40P01']);
const UNIQUE = new Set(['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY']);
/** Class 08, the server going down or coming up, no connection left; and what Node says about sockets. */
const AWAY = /^(08...|57P0[1-5]|53300|ECONN\w+|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

export const isCollision = (error: unknown): boolean => COLLISIONS.has(codeOf(error) ?? '');

/** A row with this key is there already; on both databases. */
export const isUniqueViolation = (error: unknown): boolean => UNIQUE.has(codeOf(error) ?? '');

/** The database did not refuse the statement; it is not there to hear it. */
export const isAway = (error: unknown): boolean => AWAY.test(codeOf(error) ?? '');
