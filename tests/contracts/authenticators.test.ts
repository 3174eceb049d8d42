import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { insertPendingAccount } from '../../server/stores/accounts.ts'
import {
  consumeRecoveryCode,
  consumeTotpStep,
  countRecoveryCodesLeft,
  findNextRecoveryCode,
  insertRecoveryList,
  insertTotp,
  listTotp,
} from '../../server/stores/authenticators.ts'
import {
  hasSecondFactor,
  reactivateAuthenticator,
  suspendAll,
  suspendAuthenticator,
} from '../../server/stores/suspensions.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'

for (const [name, open] of Object.entries(openers)) contract(name, open)

function contract(name: string, open: Open): void {
  describe(`authenticators on ${name}`, () => {
    let opened: OpenDatabase | undefined
    let db: Database
    beforeAll(async () => {
      opened = await open()
      db = opened.db
    })
    afterAll(() => opened?.remove())

    const makeAccount = async (): Promise<number> => {
      const id = randomId(randomBytes)
      await insertPendingAccount(db, id, 1)
      return id
    }
    const countTrue = (answers: readonly boolean[]) => answers.filter(Boolean).length

    test('a time step is used up by one of many at once, and all earlier ones with it', async () => {
      const [account, id] = [await makeAccount(), randomId(randomBytes)]
      const sealed = { keyId: 1, nonce: randomBytes(12), ciphertext: randomBytes(48) }
      await insertTotp(db, { id, account, name: null, sealed, now: 1 })
      const answers = await Promise.all(Array.from({ length: 8 }, () => consumeTotpStep(db, id, 100)))
      expect(countTrue(answers)).toBe(1)
      expect(await consumeTotpStep(db, id, 99)).toBe(false)
      expect(await consumeTotpStep(db, id, 101)).toBe(true)
    })

    test('a suspended app uses up no step and leaves no second factor, until it is taken back', async () => {
      const [account, id, stranger] = [await makeAccount(), randomId(randomBytes), await makeAccount()]
      const sealed = { keyId: 1, nonce: randomBytes(12), ciphertext: randomBytes(48) }
      await insertTotp(db, { id, account, name: null, sealed, now: 1 })
      expect(await hasSecondFactor(db, account)).toBe(true)
      expect(await suspendAuthenticator(db, stranger, { id, now: 2 })).toBe(false)
      const suspend = () => suspendAuthenticator(db, account, { id, now: 2 })
      expect([await suspend(), await suspend()]).toEqual([true, false])
      expect(await listTotp(db, account)).toEqual([expect.objectContaining({ id, suspendedAt: 2 })])
      expect(await consumeTotpStep(db, id, 100)).toBe(false)
      expect(await hasSecondFactor(db, account)).toBe(false)
      const reactivate = () => reactivateAuthenticator(db, account, id)
      expect([await reactivate(), await reactivate()]).toEqual([true, false])
      expect(await consumeTotpStep(db, id, 100)).toBe(true)
      expect(await suspendAll(db, account, 3)).toBe(1)
    })

    test('a recovery code is used up by one of many at once, and then the next one is asked for', async () => {
      const [account, list] = [await makeAccount(), randomId(randomBytes)]
      const codes = [2, 1, 3].map((number) => ({
        number,
        pepperId: 1,
        salt: randomBytes(16),
        tag: randomBytes(48),
      }))
      await insertRecoveryList(db, { list, account, codes, now: 1 })
      expect(await findNextRecoveryCode(db, account)).toMatchObject({ list, number: 1 })
      const consume = () => consumeRecoveryCode(db, { list, number: 1, now: 2 })
      expect(countTrue(await Promise.all(Array.from({ length: 8 }, consume)))).toBe(1)
      expect(await findNextRecoveryCode(db, account)).toMatchObject({ list, number: 2 })
      expect(await countRecoveryCodesLeft(db, account)).toBe(2)
    })
  })
}
