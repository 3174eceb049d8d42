import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  BUDGETS,
  type Budget,
  findBudget,
  judgeThrottled,
  type Outcome,
  reserveAttempt,
} from '../../server/accounts/throttle.ts'
import { readConfig } from '../../server/config.ts'
import type { Database } from '../../server/database.ts'
import { ApiError } from '../../server/errors.ts'
import { randomId } from '../../server/random-id.ts'
import { insertPendingAccount } from '../../server/stores/accounts.ts'
import { renewDevice } from '../../server/stores/known-devices.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'
import { makeSecrets } from './secrets.ts'

const HOUR_MS = 60 * 60_000

for (const [name, open] of Object.entries(openers)) contract(name, open)

function contract(name: string, open: Open): void {
  describe(`the throttle on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    let now = 1_000_000
    const secrets = makeSecrets()
    const config = readConfig({})
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.remove())

    const deps = () => ({ db, secrets, config, clock: () => now })
    const newName = () => `n${randomId(randomBytes)}`
    const attemptOn = (username: string, budget: Budget = 'unknown') => ({
      username,
      budget,
      address: randomBytes(4).join('.'),
    })
    const settle = (username: string, outcome: Outcome, budget?: Budget) =>
      judgeThrottled(deps(), attemptOn(username, budget), () => Promise.resolve(outcome))
    const refusalOf = async (work: Promise<unknown>): Promise<ApiError> => {
      const error: unknown = await work.then(
        () => new Error('not refused'),
        (thrown: unknown) => thrown,
      )
      if (error instanceof ApiError) return error
      throw error
    }

    test('lets ten of 300 guesses at once be judged', async () => {
      const username = newName()
      const answers = await Promise.all(
        Array.from({ length: 300 }, () =>
          reserveAttempt(deps(), attemptOn(username)).then(
            () => 'reserved',
            (error: unknown) => (error instanceof ApiError ? error.code : error),
          ),
        ),
      )
      expect(answers.filter((answer) => answer === 'reserved')).toHaveLength(10)
      expect(answers.filter((answer) => answer === 'too_many_attempts')).toHaveLength(290)
    })

    test('waits 30 s before the eleventh failure, then twice as long each time, and an hour at most', async () => {
      const username = newName()
      for (let count = 0; count < 10; count++) await settle(username, 'wrong-password')
      const waits: (number | undefined)[] = []
      for (let count = 0; count < 9; count++) {
        const { retryAfterSeconds = 0 } = await refusalOf(settle(username, 'wrong-password'))
        waits.push(retryAfterSeconds)
        now += retryAfterSeconds * 1000
        await settle(username, 'wrong-password')
      }
      expect(waits).toEqual([30, 60, 120, 240, 480, 960, 1920, 3600, 3600])
    })

    test.each(Object.entries(BUDGETS) as [Budget, number][])(
      'judges no more failures on the budget %s than %i, however long the waits',
      async (budget, most) => {
        const username = newName()
        let judged = 0
        const guess = () => settle(username, 'wrong-password', budget).then(() => judged++)
        for (let count = 0; count < most; count++) {
          now += HOUR_MS
          await guess()
        }
        now += 24 * HOUR_MS
        expect(await refusalOf(guess())).toMatchObject({ code: 'attempts_spent', retryAfterSeconds: 3600 })
        expect(judged).toBe(most)
        const other = budget === 'known' ? 'unknown' : 'known'
        await settle(username, 'full-success', other)
        await guess()
      },
      60_000,
    )

    test('clears the count by full success only', async () => {
      const username = newName()
      const failNine = async () => {
        for (let count = 0; count < 9; count++) await settle(username, 'wrong-code')
      }
      await failNine()
      await settle(username, 'full-success')
      await failNine()
      for (let count = 0; count < 20; count++) await settle(username, 'partial-success')
      await settle(username, 'wrong-code')
      expect(await refusalOf(settle(username, 'full-success'))).toMatchObject({ code: 'too_many_attempts' })
    })

    test('does not count what could not be judged', async () => {
      const username = newName()
      for (let count = 0; count < 30; count++)
        await expect(
          judgeThrottled(deps(), attemptOn(username), () => Promise.reject(new Error('too busy'))),
        ).rejects.toThrow('too busy')
      await settle(username, 'wrong-password')
    })

    test('counts wrong codes apart from wrong passwords, over all budgets', async () => {
      const username = newName()
      await settle(username, 'wrong-password')
      await settle(username, 'wrong-code', 'known')
      expect((await settle(username, 'wrong-code')).wrongCodes).toBe(2)
    })

    test('refuses an address that failed often, whatever the names, for an hour', async () => {
      const address = '192.0.2.77'
      const strict = { ...deps(), config: { ...config, addressFailuresPerHour: 20 } }
      const fail = (username = newName()) =>
        judgeThrottled(strict, { username, budget: 'unknown', address }, () =>
          Promise.resolve('wrong-password'),
        )
      for (let count = 0; count < 20; count++) await fail()
      expect(await refusalOf(fail())).toMatchObject({ code: 'too_many_attempts', retryAfterSeconds: 3600 })
      now += HOUR_MS
      await fail()
    })

    test('forgets an address’s failures on a name when that name succeeds from there', async () => {
      const address = '192.0.2.78'
      const username = newName()
      const strict = { ...deps(), config: { ...config, addressFailuresPerHour: 10 } }
      const from = (outcome: Outcome) =>
        judgeThrottled(strict, { username, budget: 'unknown', address }, () => Promise.resolve(outcome))
      for (let round = 0; round < 3; round++) {
        for (let count = 0; count < 9; count++) await from('wrong-password')
        await from('full-success')
      }
    })

    test('keeps neither the name nor the address readable', async () => {
      const username = newName()
      await judgeThrottled(deps(), { username, budget: 'unknown', address: '192.0.2.79' }, () =>
        Promise.resolve('wrong-password'),
      )
      const rows = [...(await db('throttles')), ...(await db('address_failures'))].flatMap((row: object) =>
        Object.values(row).map((value: unknown) =>
          Buffer.isBuffer(value) ? value.toString('latin1') : value,
        ),
      )
      expect(rows.join()).not.toContain(username)
      expect(rows.join()).not.toContain('192.0.2.79')
    })

    test('knows a browser for 180 days after a login, by its newest key', async () => {
      const account = randomId(randomBytes)
      await insertPendingAccount(db, account, now)
      const [first, second] = [randomBytes(32), randomBytes(32)]
      const budgetOf = (key: Buffer | null) => findBudget(deps(), account, key)
      await renewDevice(db, { before: null, keyHash: first, account, now })
      expect(await budgetOf(first)).toBe('known')
      expect(await budgetOf(null)).toBe('unknown')
      await renewDevice(db, { before: first, keyHash: second, account, now })
      expect([await budgetOf(first), await budgetOf(second)]).toEqual(['unknown', 'known'])
      now += 180 * 24 * HOUR_MS
      expect(await budgetOf(second)).toBe('unknown')
    })

    test('keeps a browser known to each account that signed in there', async () => {
      const accounts = [randomId(randomBytes), randomId(randomBytes)]
      let before: Buffer | null = null
      for (const account of accounts) {
        await insertPendingAccount(db, account, now)
        const keyHash = randomBytes(32)
        await renewDevice(db, { before, keyHash, account, now })
        before = keyHash
      }
      for (const account of accounts) expect(await findBudget(deps(), account, before)).toBe('known')
    })
  })
}
