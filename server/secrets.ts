/**
 * The server's own keys: files beside the database's data, never in it. Each key has an id, so that a later one can be
 * added while rows made with an earlier one stay readable.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { chmod, link, mkdir, open, readFile, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { errorCode } from './database.ts'

export interface SecretKey {
  readonly id: number
  readonly bytes: Uint8Array
}
/** All keys of one purpose; `current` has the highest id and is the one to write with. */
export interface Keyring {
  readonly current: SecretKey
  /** Throws when the key's file is gone. */
  find(id: number): SecretKey
}
export interface Secrets {
  readonly passwordPepper: Keyring
  readonly lookupPepper: Keyring
  readonly totpEncryption: Keyring
  readonly csrf: Keyring
}

const LEAST_BYTES = 32
/** The rights of everybody but the owner in a file's mode. */
const OTHERS = 0o077
const NEW_BYTES = { 'password-pepper': 48, 'lookup-pepper': 48, 'totp-encryption': 32, csrf: 48 } as const
export type Purpose = keyof typeof NEW_BYTES
// The keys of a literal are its names.
export const PURPOSES = Object.keys(NEW_BYTES) as Purpose[]

/**
 * Reads `<folder>/<purpose>-<id>.key`. With `mayMake`, makes id 1 of each purpose that has none; without it, throws for a
 * missing key: one made anew would lock out every account. Throws for a key shorter than 32 bytes and for one that others can
 * read, too.
 */
export async function openSecrets(folder: string, { mayMake }: { mayMake: boolean }): Promise<Secrets> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const openKeyring = async (purpose: Purpose): Promise<Keyring> => {
    const keys = await readKeys(folder, purpose)
    if (keys.length > 0) return makeKeyring(purpose, keys)
    if (!mayMake)
      throw new Error(
        `${path.join(folder, `${purpose}-1.key`)} is missing, but the database has accounts that were made with it. ` +
          'Put the folder with the keys back; a new key would lock everybody out.',
      )
    await makeKey(folder, purpose, 1)
    return makeKeyring(purpose, await readKeys(folder, purpose))
  }
  return {
    passwordPepper: await openKeyring('password-pepper'),
    lookupPepper: await openKeyring('lookup-pepper'),
    totpEncryption: await openKeyring('totp-encryption'),
    csrf: await openKeyring('csrf'),
  }
}

async function readKeys(folder: string, purpose: Purpose): Promise<SecretKey[]> {
  const keys: SecretKey[] = []
  for (const name of await readdir(folder)) {
    const id = keyId(name, purpose)
    if (id === null) continue
    const file = path.join(folder, name)
    if (((await stat(file)).mode & OTHERS) !== 0)
      throw new Error(`${file} can be read by others on this machine. Run: chmod 400 '${file}'`)
    const bytes = await readFile(file)
    if (bytes.length < LEAST_BYTES)
      throw new Error(`${file} holds ${bytes.length} bytes; a key has at least ${LEAST_BYTES}.`)
    keys.push({ id, bytes })
  }
  return keys.sort((a, b) => b.id - a.id)
}

/** The number of a key of this purpose by its file's name; null: another file. */
export function keyId(name: string, purpose: Purpose): number | null {
  const match = /^(.+)-([1-9][0-9]{0,8})\.key$/.exec(name)
  return match?.[1] === purpose ? Number(match[2]) : null
}

/** Written elsewhere and linked into place: the name never stands for half a key, and an existing key is never replaced. */
export async function makeKey(folder: string, purpose: Purpose, id: number): Promise<void> {
  const draft = path.join(folder, `.${randomUUID()}`)
  const file = await open(draft, 'wx', 0o400)
  await file.writeFile(randomBytes(NEW_BYTES[purpose]))
  await file.sync()
  await file.close()
  await chmod(draft, 0o400)
  try {
    await link(draft, path.join(folder, `${purpose}-${id}.key`))
  } catch (error) {
    // Another server, started at the same moment, has made it: that one counts.
    if (errorCode(error) !== 'EEXIST') throw error
  } finally {
    await rm(draft, { force: true })
  }
}

function makeKeyring(purpose: Purpose, keys: readonly SecretKey[]): Keyring {
  const current = keys[0]
  if (!current) throw new Error(`There is no ${purpose} key.`)
  return {
    current,
    find(id) {
      const key = keys.find((candidate) => candidate.id === id)
      if (!key) throw new Error(`The key ${purpose}-${id}.key is missing: rows made with it cannot be read.`)
      return key
    },
  }
}
