import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countRate, type Rate } from '../../server/accounts/rates.ts'
import { beginCaptcha } from '../../server/commands/begin-captcha.ts'
import { judgeCaptcha } from '../../server/commands/judge-captcha.ts'
import { readConfig } from '../../server/config.ts'
import { inTransaction } from '../../server/database.ts'
import { CHEAP_WORK, solveCaptcha } from '../support/solve-captcha.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'
import { makeSecrets } from './secrets.ts'

const MINUTE_MS = 60_000

for (const [name, open] of Object.entries(openers)) contract(name, open)

function contract(name: string, open: Open): void {
  describe(`captchas and rates on ${name}`, { timeout: 60_000 }, () => {
    let opened: OpenDatabase | undefined
    let now = 1_000_000
    const config = readConfig(CHEAP_WORK)
    const secrets = makeSecrets()
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened?.remove())
    const deps = () => {
      if (!opened) throw new Error('no database')
      return { db: opened.db, config, secrets, clock: () => now, randomBytes }
    }
    const outcomeOf = (work: Promise<void>): Promise<string> =>
      work.then(
        () => 'done',
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )

    test('one of ten answers at once is taken', async () => {
      const session = randomBytes(32)
      const answer = solveCaptcha(await beginCaptcha(deps(), { session }))
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => outcomeOf(judgeCaptcha(deps(), { session, answer }))),
      )
      expect(outcomes.toSorted()).toEqual([...Array<string>(9).fill('captcha_missing'), 'done'])
    })

    test('a captcha is found by its own pre-session alone, and for five minutes', async () => {
      const [session, other] = [randomBytes(32), randomBytes(32)]
      const answer = solveCaptcha(await beginCaptcha(deps(), { session }))
      expect(await outcomeOf(judgeCaptcha(deps(), { session: other, answer }))).toBe('captcha_missing')
      now += 5 * MINUTE_MS
      expect(await outcomeOf(judgeCaptcha(deps(), { session, answer }))).toBe('captcha_missing')
    })

    const rate: Rate = {
      what: 'entries',
      by: '1',
      amount: 1,
      most: 20,
      windowMs: MINUTE_MS,
      refusal: 'too_many_entries',
    }
    const count = (change: Partial<Rate>) =>
      outcomeOf(inTransaction(deps().db, (trx) => countRate(trx, deps(), { ...rate, ...change })))

    test('of what is done at once no more than the limit is let through', async () => {
      const outcomes = await Promise.all(Array.from({ length: 12 }, () => count({ by: 'at once', most: 5 })))
      expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(5)
    })

    test('a rate is counted for each kind and each doer, and begins anew after its window', async () => {
      expect(await count({ amount: 20 })).toBe('done')
      expect(await count({})).toBe('too_many_entries')
      expect(await count({ by: '2' })).toBe('done')
      expect(await count({ what: 'registrations' })).toBe('done')
      now += MINUTE_MS
      expect(await count({})).toBe('done')
    })
  })
}
