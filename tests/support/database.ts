/** A database of its own for a test, on each of the engines that the server speaks to. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise'

export const engines = ['sqlite', 'mariadb', 'mysql'] as const
export type Engine = (typeof engines)[number]
export type Row = Readonly<Record<string, unknown>>

export interface TestDatabase {
  readonly engine: Engine
  /** For the server's DATA_DIR. */
  readonly dataDir: string
  /** For the server's DATABASE_URL; null on SQLite, which lives in `dataDir`. */
  readonly databaseUrl: string | null
  /** The rows of one statement, read past the server. */
  query(sql: string, values?: readonly (string | number | Buffer)[]): Promise<readonly Row[]>
  /** Every row of every table, by table name. */
  dump(): Promise<ReadonlyMap<string, readonly Row[]>>
  /** Removes the database and the folder. */
  remove(): Promise<void>
}

/** Makes an empty database. Throws when the run has no server of that engine: `npm test` starts them. */
export async function createDatabase(engine: Engine): Promise<TestDatabase> {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'letterlock-data-'))
  return engine === 'sqlite' ? inFolder(dataDir) : onServer(engine, dataDir)
}

function inFolder(dataDir: string): TestDatabase {
  const query: TestDatabase['query'] = async (sql, values = []) => {
    const database = new BetterSqlite3(await findSqliteFile(dataDir), { readonly: true })
    try {
      return database.prepare<unknown[], Row>(sql).all(...values)
    } finally {
      database.close()
    }
  }
  return {
    engine: 'sqlite',
    dataDir,
    databaseUrl: null,
    query,
    dump: () => dumpTables(query, `select name from sqlite_master where type = 'table'`, '"'),
    remove: () => rm(dataDir, { recursive: true, force: true }),
  }
}

async function onServer(engine: 'mariadb' | 'mysql', dataDir: string): Promise<TestDatabase> {
  const adminUrl = new URL(readAdminUrl(engine))
  const name = `test_${randomBytes(6).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  const admin = await createConnection(adminUrl.href)
  await admin.query(`create database ${name}`)
  await admin.query(`create user '${name}'@'127.0.0.1' identified by '${password}'`)
  await admin.query(`grant all on ${name}.* to '${name}'@'127.0.0.1'`)
  await admin.query(`use ${name}`)
  const query: TestDatabase['query'] = async (sql, values = []) => {
    const [rows] = await admin.query<RowDataPacket[]>(sql, [...values])
    return rows
  }
  return {
    engine,
    dataDir,
    databaseUrl: `mysql://${name}:${password}@${adminUrl.host}/${name}`,
    query,
    dump: () =>
      dumpTables(
        query,
        `select table_name as name from information_schema.tables where table_schema = '${name}'`,
        '`',
      ),
    remove: () => removeFromServer(admin, name, dataDir),
  }
}

async function removeFromServer(admin: Connection, name: string, dataDir: string): Promise<void> {
  await admin.query(`drop database ${name}`)
  await admin.query(`drop user '${name}'@'127.0.0.1'`)
  await admin.end()
  await rm(dataDir, { recursive: true, force: true })
}

async function dumpTables(
  query: TestDatabase['query'],
  listTables: string,
  quote: string,
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const tables = new Map<string, readonly Row[]>()
  for (const { name } of await query(listTables)) {
    tables.set(String(name), await query(`select * from ${quote}${String(name)}${quote}`))
  }
  return tables
}

async function findSqliteFile(dataDir: string): Promise<string> {
  const names = await readdir(dataDir)
  const name = names.find((file) => /\.(sqlite|db)$/.test(file))
  if (!name) throw new Error(`no SQLite database in ${dataDir}`)
  return path.join(dataDir, name)
}

function readAdminUrl(engine: 'mariadb' | 'mysql'): string {
  const name = `TEST_${engine.toUpperCase()}_ADMIN_URL`
  const url = process.env[name]
  if (!url) throw new Error(`${name} is not set: run the tests with npm test, which starts the databases`)
  return url
}
