/** Challenges and keys on each database, with the rights of the run-time role. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import { insertPendingAccount } from '../../server/stores/accounts.ts'
import { listAuthenticators, listKeysInUse } from '../../server/stores/authenticators.ts'
import {
  findWebauthn,
  insertWebauthn,
  listCredentialIds,
  type NewWebauthnRow,
  revokeAllWebauthn,
  revokeWebauthn,
  useWebauthn,
} from '../../server/stores/webauthn-authenticators.ts'
import { deleteOldChallenges, putChallenge, takeChallenge } from '../../server/stores/webauthn-challenges.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'

for (const [name, open] of Object.entries(openers)) contract(name, open)

const USE = { isBackedUp: false, now: 50 }

function contract(name: string, open: Open): void {
  describe(`passkeys and security keys on ${name}`, () => {
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
    const makeKey = async (account: number, parts: Partial<NewWebauthnRow> = {}): Promise<NewWebauthnRow> => {
      const row = {
        id: randomId(randomBytes),
        account,
        name: 'Blaue Brücke 🔑',
        credentialId: randomBytes(64),
        publicKey: randomBytes(77),
        pepperId: 1,
        tag: randomBytes(48),
        counter: 5,
        isBackupEligible: true,
        isBackedUp: false,
        aaguid: randomBytes(16),
        boundAt: 10,
        ...parts,
      }
      expect(await insertWebauthn(db, row)).toBe(true)
      return row
    }
    const countTrue = (answers: readonly boolean[]) => answers.filter(Boolean).length

    test('a challenge is taken by one of many at once, in its session and for its purpose', async () => {
      const session = randomBytes(32)
      const challenge = randomBytes(32)
      await putChallenge(db, session, { purpose: 'prove', challenge, begunAt: 100 })
      const take = (parts = {}) =>
        takeChallenge(db, { session, purpose: 'prove' as const, since: 99, ...parts })
      expect(await take({ session: randomBytes(32) })).toBeNull()
      expect(await take({ purpose: 'create' })).toBeNull()
      expect(await take({ since: 100 })).toBeNull()
      const answers = await Promise.all(Array.from({ length: 8 }, () => take()))
      expect(answers.filter((answer) => answer !== null)).toEqual([challenge])
    })

    test('a session has one challenge, the last', async () => {
      const session = randomBytes(32)
      const begin = (begunAt: number) =>
        putChallenge(db, session, { purpose: 'prove', challenge: randomBytes(32), begunAt })
      await Promise.all([begin(100), begin(101), begin(102)])
      const challenge = randomBytes(32)
      await putChallenge(db, session, { purpose: 'create', challenge, begunAt: 103 })
      expect(await takeChallenge(db, { session, purpose: 'prove', since: 0 })).toBeNull()
      expect(await takeChallenge(db, { session, purpose: 'create', since: 0 })).toEqual(challenge)
    })

    test('old challenges are removed', async () => {
      const [old, young] = [randomBytes(32), randomBytes(32)]
      await putChallenge(db, old, { purpose: 'prove', challenge: old, begunAt: 200 })
      await putChallenge(db, young, { purpose: 'prove', challenge: young, begunAt: 201 })
      await deleteOldChallenges(db, 200)
      expect(await takeChallenge(db, { session: old, purpose: 'prove', since: 0 })).toBeNull()
      expect(await takeChallenge(db, { session: young, purpose: 'prove', since: 0 })).toEqual(young)
    })

    test('a count is used by one of many at once, and never goes back', async () => {
      const { id } = await makeKey(await makeAccount())
      const use = (counter: number) => useWebauthn(db, id, { counter, ...USE })
      expect(countTrue(await Promise.all(Array.from({ length: 8 }, () => use(6))))).toBe(1)
      for (const counter of [6, 5, 0]) expect(await use(counter)).toBe(false)
      expect(await use(7)).toBe(true)
    })

    test('a key that does not count is used at 0 each time, until it counts', async () => {
      const { id } = await makeKey(await makeAccount(), { counter: 0 })
      const use = (counter: number) => useWebauthn(db, id, { counter, ...USE })
      expect([await use(0), await use(0), await use(1), await use(0)]).toEqual([true, true, true, false])
    })

    test('a key is found by its account and credential id, byte for byte', async () => {
      const [account, other] = [await makeAccount(), await makeAccount()]
      const row = await makeKey(account, { credentialId: Buffer.from('aB') })
      const { id, tag, counter, credentialId, publicKey, pepperId } = row
      expect(await findWebauthn(db, account, credentialId)).toEqual({
        id,
        account,
        tag,
        counter,
        credentialId,
        publicKey,
        pepperId,
      })
      expect(await findWebauthn(db, other, credentialId)).toBeNull()
      expect(await findWebauthn(db, account, Buffer.from('Ab'))).toBeNull()
      expect((await listKeysInUse(db)).lookupPepper).toContain(1)
    })

    test('a credential id is bound once, for ever', async () => {
      const [account, other] = [await makeAccount(), await makeAccount()]
      const row = await makeKey(account, { credentialId: randomBytes(1023) })
      await revokeAllWebauthn(db, account, 20)
      expect(await insertWebauthn(db, { ...row, id: randomId(randomBytes), account: other })).toBe(false)
    })

    test('a revoked key is found and used no more, and stays listed', async () => {
      const [account, other] = [await makeAccount(), await makeAccount()]
      const { id, name: called, credentialId } = await makeKey(account)
      const kept = await makeKey(account, { boundAt: 11 })
      await useWebauthn(db, id, { counter: 6, ...USE })
      expect(await revokeWebauthn(db, other, { id, now: 60 })).toBe(false)
      expect(await revokeWebauthn(db, account, { id, now: 60 })).toBe(true)
      expect(await revokeWebauthn(db, account, { id, now: 61 })).toBe(false)
      expect(await findWebauthn(db, account, credentialId)).toBeNull()
      expect(await useWebauthn(db, id, { counter: 9, ...USE })).toBe(false)
      expect(await listCredentialIds(db, account)).toEqual([kept.credentialId])
      expect(await listAuthenticators(db, account)).toEqual([
        expect.objectContaining({ boundAt: 11, revokedAt: null }),
        {
          type: 'webauthn',
          boundAt: 10,
          revokedAt: 60,
          suspendedAt: null,
          app: null,
          key: { id, name: called, isSynced: true, lastUsedAt: 50 },
        },
      ])
    })

    if (name !== 'SQLite')
      test('no key can be removed by the run-time role', async () => {
        await expect(db('webauthn_authenticators').delete()).rejects.toThrow('denied')
      })
  })
}
