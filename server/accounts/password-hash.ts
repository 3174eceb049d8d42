/**
 * How a password is kept: scrypt (memory-hard), then bcrypt (slow), then HMAC-SHA-384 with a pepper that is not in the
 * database. bcrypt sees 64 ASCII characters, so its limit of 72 bytes cuts nothing.
 */
import { createHmac, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import bcrypt from 'bcrypt'
import { toU64 } from '../bytes.ts'
import type { RandomBytes } from '../random-id.ts'
import type { Keyring } from '../secrets.ts'
import { createWorkQueue, type Load } from './work-queue.ts'

export const BCRYPT_COST = 12
const SCRYPT = { cost: 2 ** 15, blockSize: 8, parallelization: 1 }
const SCRYPT_MOST_MEMORY_BYTES = 64 * 1024 * 1024
const SCRYPT_KEY_BYTES = 48
const HASHES_RUNNING = 2
const HASHES_WAITING = 20

export interface StoredPassword {
  readonly pepperId: number
  readonly scryptSalt: Uint8Array
  readonly scryptCost: number
  readonly scryptBlockSize: number
  readonly scryptParallelization: number
  /** `$2b$12$` and 22 characters. */
  readonly bcryptSalt: string
  /** 48 bytes. */
  readonly tag: Uint8Array
}

export interface PasswordHasher {
  /** Takes about half a second. Throws `busy` when too many wait. */
  hash(account: number, password: string): Promise<StoredPassword>
  /** With null (no such account) the same work is done and the answer is false. Throws `busy`. */
  verify(account: number, password: string, stored: StoredPassword | null): Promise<boolean>
  /** Whether this is how passwords are kept now: the newest pepper, no lower cost. */
  isCurrent(stored: StoredPassword): boolean
  load(): Load
}

const scryptAsync = promisify<string, Uint8Array, number, object, Buffer>(scrypt)

export function createPasswordHasher(options: {
  pepper: Keyring
  randomBytes: RandomBytes
  bcryptCost: number
}): PasswordHasher {
  const { pepper, randomBytes, bcryptCost } = options
  const queue = createWorkQueue({ running: HASHES_RUNNING, waiting: HASHES_WAITING })

  const freshParameters = async (): Promise<Omit<StoredPassword, 'tag'>> => ({
    pepperId: pepper.current.id,
    scryptSalt: randomBytes(16),
    scryptCost: SCRYPT.cost,
    scryptBlockSize: SCRYPT.blockSize,
    scryptParallelization: SCRYPT.parallelization,
    bcryptSalt: await bcrypt.genSalt(bcryptCost),
  })

  const computeTag = async (
    account: number,
    password: string,
    stored: Omit<StoredPassword, 'tag'>,
  ): Promise<Buffer> => {
    const key = await scryptAsync(password, stored.scryptSalt, SCRYPT_KEY_BYTES, {
      cost: stored.scryptCost,
      blockSize: stored.scryptBlockSize,
      parallelization: stored.scryptParallelization,
      maxmem: SCRYPT_MOST_MEMORY_BYTES,
    })
    const slow = await bcrypt.hash(key.toString('base64'), stored.bcryptSalt)
    return createHmac('sha384', pepper.find(stored.pepperId).bytes)
      .update('pw1')
      .update(toU64(account))
      .update(slow)
      .digest()
  }

  return {
    hash: (account, password) =>
      queue.run(async () => {
        const parameters = await freshParameters()
        return { ...parameters, tag: await computeTag(account, password, parameters) }
      }),
    load: queue.load,
    isCurrent: (stored) =>
      stored.pepperId === pepper.current.id &&
      stored.scryptCost >= SCRYPT.cost &&
      bcrypt.getRounds(stored.bcryptSalt) >= bcryptCost,
    verify: (account, password, stored) =>
      queue.run(async () => {
        const tag = await computeTag(account, password, stored ?? (await freshParameters()))
        return stored !== null && timingSafeEqual(tag, stored.tag)
      }),
  }
}
