import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { BCRYPT_COST, createPasswordHasher } from '../../../server/accounts/password-hash.ts'
import type { Keyring } from '../../../server/secrets.ts'

const makeKeyring = (): Keyring => {
  const current = { id: 1, bytes: randomBytes(48) }
  return { current, find: () => current }
}
const makeHasher = (pepper = makeKeyring(), bcryptCost = 4) =>
  createPasswordHasher({ pepper, randomBytes, bcryptCost })

describe('hash', () => {
  test('keeps 48 bytes, two salts of 128 bits and the costs, and not the bcrypt result', async () => {
    const stored = await makeHasher(makeKeyring(), BCRYPT_COST).hash(7, 'long enough')
    expect(stored).toMatchObject({
      pepperId: 1,
      scryptCost: 2 ** 15,
      scryptBlockSize: 8,
      scryptParallelization: 1,
    })
    expect(stored.tag).toHaveLength(48)
    expect(stored.scryptSalt).toHaveLength(16)
    expect(stored.bcryptSalt).toMatch(/^\$2b\$12\$.{22}$/)
  })

  test('of one password is another each time', async () => {
    const hasher = makeHasher()
    const [one, other] = [await hasher.hash(7, 'long enough'), await hasher.hash(7, 'long enough')]
    expect(one.tag).not.toEqual(other.tag)
    expect(one.bcryptSalt).not.toBe(other.bcryptSalt)
  })
})

describe('verify', () => {
  test('knows the password, of this account, under this pepper, and no other', async () => {
    const pepper = makeKeyring()
    const hasher = makeHasher(pepper)
    const stored = await hasher.hash(7, 'long enough')
    expect(await hasher.verify(7, 'long enough', stored)).toBe(true)
    expect(await hasher.verify(7, 'long enougH', stored)).toBe(false)
    expect(await hasher.verify(8, 'long enough', stored)).toBe(false)
    expect(await makeHasher().verify(7, 'long enough', stored)).toBe(false)
  })

  test('of an account that is not costs the same work as of one that is', async () => {
    const hasher = makeHasher(makeKeyring(), BCRYPT_COST)
    const stored = await hasher.hash(7, 'long enough')
    /** Time of the processor, which other programs on the machine do not add to. */
    const measure = async (row: typeof stored | null): Promise<number> => {
      const before = process.cpuUsage()
      for (let round = 0; round < 3; round++)
        expect(await hasher.verify(7, 'wrong password', row)).toBe(false)
      return process.cpuUsage(before).user
    }
    const ratio = (await measure(null)) / (await measure(stored))
    expect(ratio).toBeGreaterThan(0.6)
    expect(ratio).toBeLessThan(1.6)
  })
})
