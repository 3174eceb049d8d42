/** The passwords of a deployment's database: made where they are used, never shown, never in an environment. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Role, roleStatements } from './roles.ts'

const DATABASE = 'letterlock'

/** Who reads what: a folder and the account (uid, and gid alike) that everything in it belongs to. */
export interface Keeper {
  readonly folder: string
  readonly owner: number
}
export interface PasswordPlaces {
  /** `root-password`, and `roles.sql` for the database's first start. */
  readonly database: Keeper
  /** `database-url` of the role that changes the schema. */
  readonly migrator: Keeper
  /** `database-url` of the role that serves. */
  readonly app: Keeper
  /** host:port of the database, as the others reach it. */
  readonly address: string
}

/** Makes what is missing, once; later calls change nothing but put the owners right. The folders must exist. */
export async function makePasswords({ database, migrator, app, address }: PasswordPlaces): Promise<void> {
  const statements = path.join(database.folder, 'roles.sql')
  // Written last: where it is, everything is, and belongs to others already.
  if (!existsSync(statements)) {
    await keep(database.folder, 'root-password', makePassword)
    const roles = {
      migrator: await keepRole(migrator.folder, 'migrator', address),
      runTime: await keepRole(app.folder, 'letterlock', address),
    }
    await keep(database.folder, 'roles.sql', () => `${roleStatements(DATABASE, roles).join(';\n')};\n`)
  }
  for (const keeper of [database, migrator, app]) await handOver(keeper)
}

const makePassword = (): string => randomBytes(24).toString('base64url')

async function keepRole(folder: string, name: string, address: string): Promise<Role> {
  const url = await keep(
    folder,
    'database-url',
    () => `mysql://${name}:${makePassword()}@${address}/${DATABASE}`,
  )
  return { name, host: '%', password: new URL(url).password }
}

/** Gives the file's content. The name never stands for half of it. */
async function keep(folder: string, name: string, make: () => string): Promise<string> {
  const file = path.join(folder, name)
  if (existsSync(file)) return readFile(file, 'utf8')
  const content = make()
  await rm(`${file}.draft`, { force: true })
  await writeFile(`${file}.draft`, content, { mode: 0o400, flush: true })
  await rename(`${file}.draft`, file)
  return content
}

async function handOver({ folder, owner }: Keeper): Promise<void> {
  for (const name of await readdir(folder)) await chown(path.join(folder, name), owner, owner)
  await chown(folder, owner, owner)
}
