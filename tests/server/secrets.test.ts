import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openSecrets } from '../../server/secrets.ts'

let folder: string
beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(tmpdir(), 'letterlock-secrets-')), 'secrets')
})
afterEach(() => rm(path.dirname(folder), { recursive: true }))

describe('openSecrets', () => {
  test('makes four different keys that only their owner can read', async () => {
    const { passwordPepper, lookupPepper, totpEncryption, csrf } = await openSecrets(folder, {
      mayMake: true,
    })
    const keys = [passwordPepper, lookupPepper, totpEncryption, csrf].map(({ current }) => current)
    expect(keys.map(({ id }) => id)).toEqual([1, 1, 1, 1])
    expect(new Set(keys.map(({ bytes }) => Buffer.from(bytes).toString('hex'))).size).toBe(4)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(folder)) {
      const { mode, size } = await stat(path.join(folder, name))
      expect([mode & 0o777, size >= 32], name).toEqual([0o400, true])
    }
  })

  test('reads the same keys again', async () => {
    const first = await openSecrets(folder, { mayMake: true })
    const second = await openSecrets(folder, { mayMake: false })
    expect(second.csrf.current).toEqual(first.csrf.current)
  })

  test('makes the same keys for servers that start at the same moment', async () => {
    const opened = await Promise.all(Array.from({ length: 4 }, () => openSecrets(folder, { mayMake: true })))
    const keys = opened.map(({ passwordPepper }) => Buffer.from(passwordPepper.current.bytes).toString('hex'))
    expect(new Set(keys).size).toBe(1)
  })

  test('writes with the newest key of a purpose and finds the others', async () => {
    const first = await openSecrets(folder, { mayMake: true })
    await writeFile(path.join(folder, 'csrf-2.key'), Buffer.alloc(32, 7), { mode: 0o400 })
    const { csrf } = await openSecrets(folder, { mayMake: false })
    expect(csrf.current).toMatchObject({ id: 2 })
    expect(csrf.find(1)).toEqual(first.csrf.current)
    expect(() => csrf.find(3)).toThrow('csrf-3.key is missing')
  })

  test('refuses a key of fewer than 32 bytes', async () => {
    await openSecrets(folder, { mayMake: true })
    const file = path.join(folder, 'password-pepper-1.key')
    const bytes = await readFile(file)
    await chmod(file, 0o600)
    await writeFile(file, bytes.subarray(0, 13))
    await expect(openSecrets(folder, { mayMake: true })).rejects.toThrow('holds 13 bytes')
  })

  test('refuses a key that others on the machine can read, and says what to do', async () => {
    await openSecrets(folder, { mayMake: true })
    await chmod(path.join(folder, 'csrf-1.key'), 0o440)
    await expect(openSecrets(folder, { mayMake: true })).rejects.toThrow('chmod 400')
  })

  test('makes no key where accounts depend on one that is missing', async () => {
    await openSecrets(folder, { mayMake: true })
    await rm(path.join(folder, 'password-pepper-1.key'))
    await expect(openSecrets(folder, { mayMake: false })).rejects.toThrow('is missing')
    expect(await readdir(folder)).not.toContain('password-pepper-1.key')
  })
})
