/** What the account page reads and changes, on each database with the rights of the run-time role. */
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Database, inTransaction } from '../../server/database.ts'
import { randomId } from '../../server/random-id.ts'
import {
  activateAccount,
  findAccountByName,
  findOpenAccountByName,
  insertPendingAccount,
  listAccounts,
  setAccountLocked,
} from '../../server/stores/accounts.ts'
import {
  insertRecoveryList,
  insertTotp,
  listAuthenticators,
  revokeAllTotp,
  revokeRecoveryLists,
  setPassword,
} from '../../server/stores/authenticators.ts'
import { insertSecurityEvent, listSecurityEvents } from '../../server/stores/security-events.ts'
import {
  findSession,
  findSessionById,
  insertSession,
  listSessions,
  renewSession,
  revokeSessionsOf,
  wasRenewed,
} from '../../server/stores/sessions.ts'
import { findTotpReplacement, putTotpReplacement } from '../../server/stores/totp-replacements.ts'
import { type Open, type OpenDatabase, openers } from './databases.ts'

for (const [name, open] of Object.entries(openers)) contract(name, open)

const ORIGIN = { address: '192.0.2.7', userAgent: 'a browser' }
const ENDS = { idleSince: 0, absoluteSince: 0, preSessionSince: 0 }

function contract(name: string, open: Open): void {
  describe(`the account page on ${name}`, () => {
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
    const makeSession = async (account: number, at = 10) => {
      const times = { authenticatedAt: at, lastActiveAt: at, steppedUpAt: at }
      const row = { keyHash: randomBytes(32), account, id: randomId(randomBytes), ...times }
      await insertSession(db, row, ORIGIN)
      return { ...row, mustChangePassword: false }
    }

    test('a session keeps its name when it is renewed, and its value before is no session', async () => {
      const account = await makeAccount()
      const before = await makeSession(account)
      const row = { ...before, keyHash: randomBytes(32), steppedUpAt: 20 }
      expect(await renewSession(db, before.keyHash, row)).toBe(true)
      expect(await renewSession(db, before.keyHash, row)).toBe(false)
      expect(await findSession(db, before.keyHash)).toBeNull()
      expect(await wasRenewed(db, before.keyHash)).toBe(true)
      expect(await findSession(db, row.keyHash)).toMatchObject({ id: before.id, steppedUpAt: 20 })
    })

    test('sessions are listed by their last activity, of one account, without those that ended', async () => {
      const [account, stranger] = [await makeAccount(), await makeAccount()]
      const [first, second] = [await makeSession(account, 10), await makeSession(account, 30)]
      await makeSession(stranger)
      const listed = await listSessions(db, account, ENDS)
      expect(listed).toEqual(
        [second, first].map(({ id, lastActiveAt }) => ({
          id,
          begunAt: lastActiveAt,
          lastActiveAt,
          ...ORIGIN,
        })),
      )
      expect(await listSessions(db, account, { ...ENDS, idleSince: 10 })).toHaveLength(1)
      expect(await findSessionById(db, stranger, first.id)).toBeNull()
      expect(await revokeSessionsOf(db, account, { except: second.keyHash, now: 40 })).toEqual([
        first.keyHash,
      ])
      expect(await findSessionById(db, account, first.id)).toBeNull()
      expect(await listSessions(db, account, ENDS)).toHaveLength(1)
    })

    test('a locked account has no sessions and is found by nobody who signs in, until it is unlocked', async () => {
      const account = await makeAccount()
      const username = `locked-${account}`.slice(0, 32)
      await activateAccount(db, { id: account, username, now: 1 })
      const { keyHash } = await makeSession(account)
      const listed = async () => (await listAccounts(db)).find((row) => row.username === username)
      expect(await listed()).toMatchObject({ createdAt: 1, lockedAt: null, deletedAt: null, sessions: 1 })
      await setAccountLocked(db, account, 5)
      expect(await findSession(db, keyHash)).toBeNull()
      expect(await findOpenAccountByName(db, username)).toBeNull()
      expect(await findAccountByName(db, username)).toEqual({ id: account, username })
      expect(await listed()).toMatchObject({ lockedAt: 5 })
      await setAccountLocked(db, account, null)
      expect(await findOpenAccountByName(db, username)).toEqual({ id: account, username })
    })

    test('authenticators stay on record when they are revoked', async () => {
      const account = await makeAccount()
      const sealed = { keyId: 1, nonce: randomBytes(12), ciphertext: randomBytes(48) }
      const code = { number: 1, pepperId: 1, salt: randomBytes(16), tag: randomBytes(48) }
      const stored = {
        pepperId: 1,
        scryptSalt: randomBytes(16),
        scryptCost: 1,
        scryptBlockSize: 1,
        scryptParallelization: 1,
        bcryptSalt: '$2b$12$',
        tag: randomBytes(48),
      }
      const app = { id: randomId(randomBytes), name: 'Altes Gerät 📱' }
      await setPassword(db, { account, stored, now: 1 })
      await setPassword(db, { account, stored, now: 5 })
      await insertTotp(db, { id: app.id, account, name: app.name, sealed, now: 2 })
      await insertRecoveryList(db, { list: randomId(randomBytes), account, codes: [code], now: 3 })
      await revokeAllTotp(db, account, 6)
      await revokeRecoveryLists(db, account, 7)
      expect(await listAuthenticators(db, account)).toEqual([
        { type: 'password', boundAt: 5, revokedAt: null, suspendedAt: null, app: null, key: null },
        { type: 'recovery-codes', boundAt: 3, revokedAt: 7, suspendedAt: null, app: null, key: null },
        { type: 'totp', boundAt: 2, revokedAt: 6, suspendedAt: null, app, key: null },
      ])
    })

    test('a new secret takes the place of one that was begun before', async () => {
      const account = await makeAccount()
      const row = (begunAt: number) => ({
        authenticator: randomId(randomBytes),
        keyId: 1,
        nonce: randomBytes(12),
        ciphertext: randomBytes(48),
        begunAt,
      })
      await inTransaction(db, (trx) => putTotpReplacement(trx, account, row(1)))
      const second = row(2)
      await inTransaction(db, (trx) => putTotpReplacement(trx, account, second))
      expect(await findTotpReplacement(db, account)).toEqual(second)
    })

    test('the newest security events are read, and none can be changed or removed by the run-time role', async () => {
      const account = await makeAccount()
      for (const at of [1, 3, 2])
        await insertSecurityEvent(db, account, {
          id: randomId(randomBytes),
          at,
          kind: 'signed-in',
          session: null,
          ...ORIGIN,
        })
      expect((await listSecurityEvents(db, account, 2)).map(({ at }) => at)).toEqual([3, 2])
      if (name === 'SQLite') return
      await expect(db('security_events').where({ account }).update({ at: 9 })).rejects.toThrow('denied')
      await expect(db('security_events').where({ account }).delete()).rejects.toThrow('denied')
    })
  })
}
