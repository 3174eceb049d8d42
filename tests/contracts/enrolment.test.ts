import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createBreachCheck } from '../../server/accounts/breached-passwords.ts'
import { createPasswordHasher } from '../../server/accounts/password-hash.ts'
import { activateEnrolment } from '../../server/commands/activate-enrolment.ts'
import { beginEnrolment } from '../../server/commands/begin-enrolment.ts'
import { confirmEnrolment } from '../../server/commands/confirm-enrolment.ts'
import { readConfig } from '../../server/config.ts'
import type { Database } from '../../server/database.ts'
import { ApiError } from '../../server/errors.ts'
import { randomId } from '../../server/random-id.ts'
import { totpCode } from '../support/totp.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'
import { makeSecrets } from './secrets.ts'

const AT_ONCE = 6

for (const [name, open] of Object.entries(openers)) contract(name, open)

function contract(name: string, open: Open): void {
  describe(`enrolments at once on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.remove())

    const secrets = makeSecrets()
    const hasher = createPasswordHasher({ pepper: secrets.passwordPepper, randomBytes, bcryptCost: 4 })
    const breaches = createBreachCheck({ baseUrl: null, onUnavailable: () => undefined })
    const config = readConfig({})
    const deps = () => ({ db, secrets, hasher, breaches, config, randomBytes, clock: Date.now })
    const newName = () => `u${randomId(randomBytes)}`
    const begin = (session: Buffer, username = newName()) =>
      beginEnrolment(deps(), { session, username, password: 'long enough' })
    const activate = (session: Buffer) => activateEnrolment(deps(), { session })
    const beginAndConfirm = async (session: Buffer, username: string) => {
      const { address } = await begin(session, username)
      await confirmEnrolment(deps(), { session, code: totpCode(address, Date.now()) })
    }
    const countAccounts = async (username: string | null) => {
      const [row] = await db('accounts').where({ username }).count<{ rows: number }[]>({ rows: '*' })
      return row?.rows
    }

    test('of many beginnings one is left, and nobody sees a fault', async () => {
      for (let round = 0; round < 5; round++) {
        const session = randomBytes(32)
        expect(await outcomes(AT_ONCE, () => begin(session))).toEqual(Array(AT_ONCE).fill('done'))
        expect(await countAccounts(null)).toBe(round + 1)
      }
    })

    test('of many proofs of one code one gives recovery codes', async () => {
      const session = randomBytes(32)
      const { address } = await begin(session)
      const code = totpCode(address, Date.now())
      const confirm = () => confirmEnrolment(deps(), { session, code })
      expect(await outcomes(AT_ONCE, confirm)).toEqual(['done', ...refusals('enrolment_out_of_order')])
      const [row] = await db('recovery_codes')
        .join('recovery_lists', 'recovery_lists.id', 'recovery_codes.list')
        .join('enrolments', 'enrolments.account', 'recovery_lists.account')
        .where({ session })
        .count<{ rows: number }[]>({ rows: '*' })
      expect(row?.rows).toBe(10)
    })

    test('of many activations one signs in', async () => {
      const [session, username] = [randomBytes(32), newName()]
      await beginAndConfirm(session, username)
      expect(await outcomes(AT_ONCE, () => activate(session))).toEqual([
        'done',
        ...refusals('enrolment_missing'),
      ])
      expect(await countAccounts(username)).toBe(1)
    })

    test('of many enrolments of one name one has it', async () => {
      const username = newName()
      const sessions = Array.from({ length: AT_ONCE }, () => randomBytes(32))
      await Promise.all(sessions.map((session) => beginAndConfirm(session, username)))
      const activateNext = () => activate(sessions.pop() ?? Buffer.alloc(32))
      expect(await outcomes(AT_ONCE, activateNext)).toEqual(['done', ...refusals('username_taken')])
      expect(await countAccounts(username)).toBe(1)
    })
  })
}

const refusals = (code: string): string[] => Array<string>(AT_ONCE - 1).fill(code)

/** What became of `count` works begun at once: `done` first, then the codes of refusals. Throws for any other error. */
async function outcomes(count: number, work: () => Promise<unknown>): Promise<string[]> {
  const settle = async (): Promise<string> => {
    try {
      await work()
      return 'done'
    } catch (error) {
      if (error instanceof ApiError) return error.code
      throw error
    }
  }
  return (await Promise.all(Array.from({ length: count }, settle))).sort()
}
