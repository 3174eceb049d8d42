/** Opening the database, and the one way to run a transaction. */
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type BetterSqlite3 from 'better-sqlite3'
import knex, { type Knex } from 'knex'
import type { Connection } from 'mysql2'
import type { Config } from './config.ts'

export type Database = Knex
/** A database or a transaction in it: what stores take. */
export type Queryable = Knex

/** knex would write to the console what it throws as well. */
const SILENT = { warn() {}, error() {}, debug() {}, deprecate() {} }

const RETRIES = 5
const RETRYABLE = new Set(['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD', 'SQLITE_BUSY'])
/** The database cannot be reached, or is too busy: a state that passes. */
const UNAVAILABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
  'ER_CONNECTION_KILLED',
  'ER_CON_COUNT_ERROR',
  'ER_QUERY_INTERRUPTED',
  'ER_SERVER_SHUTDOWN',
])
const CONNECT_MOST_MS = 5000
const WAIT_FOR_CONNECTION_MOST_MS = 10_000
const REPLICA_MOST_MS = 1000
const DUPLICATE = new Set(['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'])

/** Thrown inside a transaction that lost a race and will succeed when it is run again. */
export class RetryTransaction extends Error {}

/** The database that the configuration names. */
export const openDatabase = ({ databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>): Database =>
  databaseUrl === null ? openSqlite(path.join(dataDir, 'letterlock.sqlite')) : openMysql(databaseUrl)

/** SQLite in one file. One connection, so that writers of this process wait for each other in order. */
export function openSqlite(filename: string): Database {
  return knex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    compileSqlOnError: false,
    log: SILENT,
    acquireConnectionTimeout: WAIT_FOR_CONNECTION_MOST_MS,
    pool: { min: 1, max: 1, afterCreate: prepareSqlite },
  })
}

function prepareSqlite(
  connection: BetterSqlite3.Database,
  done: (error: Error | null, connection: unknown) => void,
): void {
  for (const pragma of [
    'journal_mode = WAL',
    'synchronous = FULL',
    'foreign_keys = ON',
    // REPLACE deletes; without this it would pass by the DELETE trigger of the entries.
    'recursive_triggers = ON',
    'busy_timeout = 5000',
  ])
    connection.pragma(pragma)
  const prepare = connection.prepare.bind(connection)
  // knex begins with a plain BEGIN, which takes the write lock only at the first write: too late to read before it.
  connection.prepare = (sql: string) => prepare(sql === 'BEGIN;' ? 'BEGIN IMMEDIATE;' : sql)
  done(null, connection)
}

/** A copy of the database, of which nobody needs to wait for long: the primary has everything. */
export const openReplica = (replicaUrl: string): Database => openMysql(replicaUrl, REPLICA_MOST_MS)

/**
 * MySQL or MariaDB by its URL; `?socket=/path` instead of host and port where it listens on a unix socket.
 * @param waitMostMs for a connection of the pool
 */
export function openMysql(databaseUrl: string, waitMostMs = WAIT_FOR_CONNECTION_MOST_MS): Database {
  const url = new URL(databaseUrl)
  const socket = url.searchParams.get('socket')
  return knex({
    client: 'mysql2',
    compileSqlOnError: false,
    log: SILENT,
    connection: {
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: decodeURIComponent(url.pathname.slice(1)),
      charset: 'utf8mb4',
      connectTimeout: Math.min(CONNECT_MOST_MS, waitMostMs),
      ...(socket === null ? { host: url.hostname, port: Number(url.port || 3306) } : { socketPath: socket }),
    },
    acquireConnectionTimeout: waitMostMs,
    pool: { min: 0, max: 16, afterCreate: prepareMysql },
  })
}

function prepareMysql(
  connection: Connection,
  done: (error: Error | null, connection: unknown) => void,
): void {
  connection.query(
    "SET SESSION innodb_lock_wait_timeout = 5, sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
    (error) => done(error, connection),
  )
}

export const isSqlite = (db: Queryable): boolean => db.client.config.client === 'better-sqlite3'

/**
 * Runs `work` in one transaction and returns its result. `work` is run again, up to five times, when the database chose
 * it as the victim of a deadlock or a lock wait: it must do nothing but use its transaction.
 *
 * Read committed is enough, because each work locks its conversation or account row first.
 */
export async function inTransaction<T>(
  db: Database,
  work: (trx: Knex.Transaction) => Promise<T>,
): Promise<T> {
  const options: Knex.TransactionConfig = isSqlite(db) ? {} : { isolationLevel: 'read committed' }
  for (let attempt = 0; ; attempt++) {
    try {
      return await db.transaction(work, options)
    } catch (error) {
      if (attempt >= RETRIES || !isRetryable(error)) throw error
      await delay(Math.random() * 20 * 2 ** attempt)
    }
  }
}

const isRetryable = (error: unknown): boolean =>
  error instanceof RetryTransaction || RETRYABLE.has(errorCode(error))

/** mysql2 gives no code to what is asked of a connection that has gone meanwhile. */
const isConnectionGone = (error: unknown): boolean =>
  error instanceof Error && 'fatal' in error && error.fatal === true && errorCode(error) === ''

/** Whether an error says that the database cannot serve now, though it may in a moment. */
export const isUnavailable = (error: unknown): boolean =>
  isRetryable(error) ||
  UNAVAILABLE.has(errorCode(error)) ||
  isConnectionGone(error) ||
  (error instanceof Error && error.name === 'KnexTimeoutError')

/** Whether a write failed because a row with that key is there already. */
export const isDuplicate = (error: unknown): boolean => DUPLICATE.has(errorCode(error))

/** The driver's code of an error, or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
