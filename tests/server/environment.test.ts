import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../server/config.ts'
import { readEnvironment } from '../../server/environment.ts'

const URL_TEXT = 'mysql://letterlock:secret@mysql:3306/letterlock'
let folder: string
let file: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-environment-'))
  file = path.join(folder, 'database-url')
  await writeFile(file, `${URL_TEXT}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

describe('readEnvironment', () => {
  test('leaves an environment without files as it is', async () => {
    const environment = { PORT: '8081', DATABASE_URL: URL_TEXT }
    expect(await readEnvironment(environment)).toEqual(environment)
  })

  test('puts a file’s content in the place of its name', async () => {
    const environment = await readEnvironment({ DATABASE_URL_FILE: file, MIGRATE_DATABASE_URL_FILE: file })
    const { databaseUrl, migrateDatabaseUrl } = readConfig(environment)
    expect([databaseUrl, migrateDatabaseUrl]).toEqual([URL_TEXT, URL_TEXT])
  })

  test('names every file that is missing, or that stands beside its value', async () => {
    const environment = {
      DATABASE_URL: URL_TEXT,
      DATABASE_URL_FILE: file,
      MIGRATE_DATABASE_URL_FILE: path.join(folder, 'gone'),
    }
    const error: unknown = await readEnvironment(environment).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toContain('DATABASE_URL and DATABASE_URL_FILE are both set')
    expect(String(error)).toContain('MIGRATE_DATABASE_URL_FILE cannot be read: ENOENT')
    expect(String(error)).not.toContain('secret')
  })
})
