/** A migrated database of each engine, opened with the rights that the server has at run time. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createConnection } from 'mysql2/promise'
import { type Database, openMysql, openSqlite } from '../../server/database.ts'
import { migrate, migrateWith } from '../../server/migrate.ts'
import { type Role, roleStatements } from '../../server/roles.ts'

export interface OpenDatabase {
  readonly db: Database
  /** Several connections write at once. SQLite has one writer. */
  readonly hasManyWriters: boolean
  /** Removes the database and its roles. */
  remove(): Promise<void>
}
export type Open = () => Promise<OpenDatabase>

export const openers: Readonly<Record<'SQLite' | 'MariaDB' | 'MySQL', Open>> = {
  SQLite: openOnSqlite,
  MariaDB: () => openOnServer('TEST_MARIADB_ADMIN_URL'),
  MySQL: () => openOnServer('TEST_MYSQL_ADMIN_URL'),
}

async function openOnSqlite(): Promise<OpenDatabase> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-contract-'))
  const db = openSqlite(path.join(folder, 'letterlock.sqlite'))
  await migrate(db)
  const remove = async () => {
    await db.destroy()
    await rm(folder, { recursive: true })
  }
  return { db, hasManyWriters: false, remove }
}

async function openOnServer(variable: string): Promise<OpenDatabase> {
  const adminUrl = readUrl(variable)
  const name = `contract_${randomBytes(6).toString('hex')}`
  const role = (purpose: string): Role => ({
    name: `${name}_${purpose}`,
    host: '127.0.0.1',
    password: randomBytes(12).toString('hex'),
  })
  const roles = { migrator: role('m'), runTime: role('r') }
  const admin = await createConnection(adminUrl.href)
  for (const statement of roleStatements(name, roles)) await admin.query(statement)
  const urlOf = ({ name: user, password }: Role) => `mysql://${user}:${password}@${adminUrl.host}/${name}`
  const db = openMysql(urlOf(roles.runTime))
  await migrateWith(urlOf(roles.migrator), db)
  const remove = async () => {
    await db.destroy()
    await admin.query(`drop database ${name}`)
    for (const { name: user, host } of Object.values(roles))
      await admin.query(`drop user '${user}'@'${host}'`)
    await admin.end()
  }
  return { db, hasManyWriters: true, remove }
}

function readUrl(variable: string): URL {
  const url = process.env[variable]
  if (!url) throw new Error(`${variable} is not set: "npm test" starts the database servers and sets it.`)
  return new URL(url)
}
