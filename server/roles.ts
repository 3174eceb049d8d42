/**
 * The two roles of a MySQL or MariaDB database. The migrator owns the schema. The run-time role reads everything, writes
 * the other tables, can only SELECT and INSERT entries and security events, and deletes no passkey: it has neither DROP nor
 * any DDL, so that TRUNCATE fails, too.
 */
import type { Database } from './database.ts'

const FULL_TABLES = [
  'accounts',
  'identities',
  'passwords',
  'totp_authenticators',
  'recovery_lists',
  'recovery_codes',
  'sessions',
  'enrolments',
  'totp_replacements',
  'webauthn_challenges',
  'conversations',
  'applied_cursors',
  'marks',
  'runs',
  'prekeys',
  'key_backups',
  'throttles',
  'address_failures',
  'known_devices',
  'captchas',
  'rate_counts',
  'server_processes',
  'presences',
]
const RIGHTS = new Map([
  ...FULL_TABLES.map((table) => [table, 'INSERT, UPDATE, DELETE'] as const),
  ['entries', 'INSERT'],
  ['security_events', 'INSERT'],
  ['webauthn_authenticators', 'INSERT, UPDATE'],
])

export interface Role {
  readonly name: string
  /** From where it may connect, as MySQL writes it: `%`, `localhost`, `127.0.0.1`. */
  readonly host: string
  readonly password: string
}

/**
 * The statements an administrator runs once, before the first start. The run-time role gets the rights to write from
 * `grantRunTimeRights`, because tables must exist before rights on them can be given.
 */
export function roleStatements(database: string, roles: { migrator: Role; runTime: Role }): string[] {
  const schema = `${quoteName(database)}.*`
  const migrator = account(roles.migrator)
  const runTime = account(roles.runTime)
  return [
    `CREATE DATABASE IF NOT EXISTS ${quoteName(database)} CHARACTER SET utf8mb4`,
    `CREATE USER IF NOT EXISTS ${migrator} IDENTIFIED BY ${quoteText(roles.migrator.password)}`,
    `CREATE USER IF NOT EXISTS ${runTime} IDENTIFIED BY ${quoteText(roles.runTime.password)}`,
    `GRANT ALL PRIVILEGES ON ${schema} TO ${migrator} WITH GRANT OPTION`,
    `GRANT SELECT ON ${schema} TO ${runTime}`,
  ]
}

/** Gives the role that `runTime` is connected as its rights on each table. Done at every start; giving twice is harmless. */
export async function grantRunTimeRights(migrator: Database, runTime: Database): Promise<void> {
  // The driver answers [rows, fields]; the row's shape is the statement's.
  const [rows] = (await runTime.raw('select current_user() as role, database() as name')) as [
    { role: string; name: string }[],
  ]
  const row = rows[0]
  if (!row) throw new Error('The database does not say which role it serves.')
  const at = row.role.lastIndexOf('@')
  const grantee = `${quoteText(row.role.slice(0, at))}@${quoteText(row.role.slice(at + 1))}`
  for (const [table, rights] of RIGHTS)
    await migrator.raw(`GRANT ${rights} ON ${quoteName(row.name)}.${quoteName(table)} TO ${grantee}`)
}

const account = ({ name, host }: Role): string => `${quoteText(name)}@${quoteText(host)}`
const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``
const quoteText = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
