import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { makePasswords, type PasswordPlaces } from '../../server/passwords.ts'

const FILES = ['database/root-password', 'database/roles.sql', 'migrator/database-url', 'app/database-url']
// Only root may give files away.
const OWNERS = process.getuid?.() === 0 ? [999, 1000] : [process.getuid?.() ?? 0, process.getuid?.() ?? 0]
const [database = 0, others = 0] = OWNERS

let folder: string
let places: PasswordPlaces
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-passwords-'))
  const keeper = async (name: string, owner: number) => {
    await mkdir(path.join(folder, name))
    return { folder: path.join(folder, name), owner }
  }
  places = {
    database: await keeper('database', database),
    migrator: await keeper('migrator', others),
    app: await keeper('app', others),
    address: 'mysql:3306',
  }
})
afterEach(() => rm(folder, { recursive: true }))

const readAll = () => Promise.all(FILES.map((name) => readFile(path.join(folder, name), 'utf8')))

describe('makePasswords', () => {
  test('makes a password for each role, and the statements that create both', async () => {
    await makePasswords(places)
    const [root = '', statements = '', migratorUrl = '', appUrl = ''] = await readAll()
    const passwords = [root, new URL(migratorUrl).password, new URL(appUrl).password]
    expect(new Set(passwords).size).toBe(3)
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/)
    expect(appUrl).toBe(`mysql://letterlock:${passwords[2]}@mysql:3306/letterlock`)
    expect(statements).toContain(`CREATE USER IF NOT EXISTS 'migrator'@'%' IDENTIFIED BY '${passwords[1]}';`)
    expect(statements).toContain(
      `CREATE USER IF NOT EXISTS 'letterlock'@'%' IDENTIFIED BY '${passwords[2]}';`,
    )
  })

  test('lets nobody read them but the owner of each folder', async () => {
    await makePasswords(places)
    for (const name of FILES) {
      const { mode, uid } = await stat(path.join(folder, name))
      expect([mode & 0o777, uid], name).toEqual([0o400, name.startsWith('database') ? database : others])
    }
    expect((await stat(path.join(folder, 'app'))).uid).toBe(others)
  })

  test('changes nothing when it runs again', async () => {
    await makePasswords(places)
    const before = await readAll()
    await makePasswords(places)
    expect(await readAll()).toEqual(before)
  })

  test('goes on where it was killed, with the passwords that were made', async () => {
    await makePasswords(places)
    const [root, statements, ...urls] = await readAll()
    await rm(path.join(folder, 'database/roles.sql'))
    await makePasswords(places)
    expect(await readAll()).toEqual([root, statements, ...urls])
  })
})
