/** Brings the schema to its newest form: one list of steps for SQLite, MySQL and MariaDB. */
import type { Knex } from 'knex'
import * as m0001 from '../migrations/0001-accounts.ts'
import * as m0002 from '../migrations/0002-identities.ts'
import * as m0003 from '../migrations/0003-passwords.ts'
import * as m0004 from '../migrations/0004-totp-authenticators.ts'
import * as m0005 from '../migrations/0005-recovery-lists.ts'
import * as m0006 from '../migrations/0006-recovery-codes.ts'
import * as m0007 from '../migrations/0007-sessions.ts'
import * as m0008 from '../migrations/0008-enrolments.ts'
import * as m0009 from '../migrations/0009-conversations.ts'
import * as m0010 from '../migrations/0010-applied-cursors.ts'
import * as m0011 from '../migrations/0011-entries.ts'
import * as m0012 from '../migrations/0012-append-only.ts'
import * as m0013 from '../migrations/0013-marks.ts'
import * as m0014 from '../migrations/0014-runs.ts'
import * as m0015 from '../migrations/0015-prekeys.ts'
import * as m0020 from '../migrations/0020-throttles.ts'
import * as m0021 from '../migrations/0021-address-failures.ts'
import * as m0022 from '../migrations/0022-known-devices.ts'
import * as m0023 from '../migrations/0023-password-compromised.ts'
import * as m0030 from '../migrations/0030-session-origins.ts'
import * as m0031 from '../migrations/0031-security-events.ts'
import * as m0032 from '../migrations/0032-totp-replacements.ts'
import * as m0034 from '../migrations/0034-webauthn-authenticators.ts'
import * as m0035 from '../migrations/0035-webauthn-challenges.ts'
import * as m0050 from '../migrations/0050-key-backups.ts'
import * as m0040 from '../migrations/0040-captchas.ts'
import * as m0041 from '../migrations/0041-rate-counts.ts'
import * as m0043 from '../migrations/0043-totp-names.ts'
import * as m0044 from '../migrations/0044-suspended-authenticators.ts'
import * as m0045 from '../migrations/0045-locked-accounts.ts'
import * as m0060 from '../migrations/0060-presences.ts'
import * as m0061 from '../migrations/0061-moved-heads.ts'
import * as m0062 from '../migrations/0062-moved-cursors.ts'
import * as m0063 from '../migrations/0063-recent-security-events.ts'
import { type Database, isSqlite, openMysql } from './database.ts'
import { grantRunTimeRights } from './roles.ts'

const steps = new Map<string, Pick<Knex.Migration, 'up'>>([
  ['0001-accounts', m0001],
  ['0002-identities', m0002],
  ['0003-passwords', m0003],
  ['0004-totp-authenticators', m0004],
  ['0005-recovery-lists', m0005],
  ['0006-recovery-codes', m0006],
  ['0007-sessions', m0007],
  ['0008-enrolments', m0008],
  ['0009-conversations', m0009],
  ['0010-applied-cursors', m0010],
  ['0011-entries', m0011],
  ['0012-append-only', m0012],
  ['0013-marks', m0013],
  ['0014-runs', m0014],
  ['0015-prekeys', m0015],
  ['0020-throttles', m0020],
  ['0021-address-failures', m0021],
  ['0022-known-devices', m0022],
  ['0023-password-compromised', m0023],
  ['0030-session-origins', m0030],
  ['0031-security-events', m0031],
  ['0032-totp-replacements', m0032],
  ['0034-webauthn-authenticators', m0034],
  ['0035-webauthn-challenges', m0035],
  ['0050-key-backups', m0050],
  ['0040-captchas', m0040],
  ['0041-rate-counts', m0041],
  ['0043-totp-names', m0043],
  ['0044-suspended-authenticators', m0044],
  ['0045-locked-accounts', m0045],
  ['0060-presences', m0060],
  ['0061-moved-heads', m0061],
  ['0062-moved-cursors', m0062],
  ['0063-recent-security-events', m0063],
])

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: () => Promise.resolve([...steps.keys()]),
  getMigrationName: (name) => name,
  getMigration: (name) => {
    const step = steps.get(name)
    if (!step) throw new Error(`The database knows a migration that this version does not: ${name}.`)
    // knex wants a way back of each step; there is none.
    return Promise.resolve({
      up: step.up,
      down: () => Promise.reject(new Error('Migrations only go forward.')),
    })
  },
}

const LOCK_WAIT_SECONDS = 60

/**
 * Runs the steps that the database has not seen; one server at a time, the others wait. Throws with a sentence that says
 * what to do where one is known.
 */
export async function migrate(db: Database): Promise<void> {
  try {
    await (isSqlite(db) ? runSteps(db) : runStepsAlone(db))
  } catch (error) {
    throw explain(error)
  }
}

async function runSteps(db: Database): Promise<void> {
  // knex marks in a table that it is at work, and a killed start leaves the mark behind. Nobody else is at work here.
  await db.migrate.forceFreeMigrationsLock({ migrationSource })
  // SQLite: all in one transaction; MySQL commits DDL by itself anyway.
  await db.migrate.latest({ migrationSource, disableTransactions: !isSqlite(db) })
}

/** The database gives this lock to one connection and takes it back when the connection ends, however that happens. */
async function runStepsAlone(db: Database): Promise<void> {
  // The transaction does nothing but keep one connection for the lock.
  await db.transaction(async (trx) => {
    const name = "concat('migrate ', left(sha2(database(), 256), 40))"
    // The driver answers [rows, fields]; the row's shape is the statement's.
    const [rows] = (await trx.raw(`select get_lock(${name}, ?) as held`, [LOCK_WAIT_SECONDS])) as [
      { held: number | null }[],
    ]
    if (rows[0]?.held !== 1)
      throw new Error(
        `Another server has been preparing the database for ${LOCK_WAIT_SECONDS} s. Start this one again when that one serves.`,
      )
    try {
      await runSteps(db)
    } finally {
      await trx.raw(`select release_lock(${name})`)
    }
  })
}

/**
 * Migrates with the role of `migrateUrl`, then gives the run-time role of `db` the rights it needs and no more. With
 * null, `db`'s own role migrates.
 */
export async function migrateWith(migrateUrl: string | null, db: Database): Promise<void> {
  if (migrateUrl === null) return migrate(db)
  const migrator = openMysql(migrateUrl)
  try {
    await migrate(migrator)
    await grantRunTimeRights(migrator, db)
  } finally {
    await migrator.destroy()
  }
}

/** Whether the database has seen every step. Throws when it cannot be asked. */
export async function isMigrated(db: Database): Promise<boolean> {
  const done = new Set(await db<{ name: string }>('knex_migrations').pluck('name'))
  return [...steps.keys()].every((name) => done.has(name))
}

function explain(error: unknown): unknown {
  const errno = error instanceof Error && 'errno' in error ? error.errno : null
  if (errno === 1419)
    return new Error(
      'MySQL refuses to create the triggers that make the log append-only, because its binary log is on (error 1419). ' +
        'Start mysqld with --log-bin-trust-function-creators=1 and start this server again.',
      { cause: error },
    )
  return error
}
