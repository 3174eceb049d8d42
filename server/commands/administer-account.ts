/** What the operator does to an account from the command line. The servers see it by the database, within five seconds. */
import type { Knex } from 'knex'
import { COMMAND_LINE } from '../accounts/origin.ts'
import { type Database, inTransaction } from '../database.ts'
import { type RandomBytes, randomId } from '../random-id.ts'
import { eraseAccount } from './delete-account.ts'
import { findAccountByName, lockAccount, setAccountLocked } from '../stores/accounts.ts'
import { insertSecurityEvent } from '../stores/security-events.ts'
import { revokeSessionsOf } from '../stores/sessions.ts'
import type { SecurityEventKind } from '../wire/security.ts'

export interface AdminDeps {
  readonly db: Database
  readonly clock: () => number
  readonly randomBytes: RandomBytes
}

/** Ends all sessions of an account. Returns how many, or null: nobody has this name. */
export function endSessionsOf(deps: AdminDeps, username: string): Promise<number | null> {
  return administer(deps, username, { kind: 'sessions-ended-by-operator', change: endSessions })
}

/** Nobody signs in to the account, and its sessions end. Returns how many, or null: nobody has this name. */
export function lockOut(deps: AdminDeps, username: string): Promise<number | null> {
  return administer(deps, username, {
    kind: 'account-locked',
    change: async (trx, { account, now }) => {
      await setAccountLocked(trx, account, now)
      return endSessions(trx, { account, now })
    },
  })
}

/** The account can be signed in to again. Null: nobody has this name. */
export function letIn(deps: AdminDeps, username: string): Promise<number | null> {
  return administer(deps, username, {
    kind: 'account-unlocked',
    change: async (trx, { account }) => {
      await setAccountLocked(trx, account, null)
      return 0
    },
  })
}

/**
 * Deletes the account as its owner could: nothing signs in to it, its name is never given again, its sealed entries stay.
 * Returns how many sessions it ended, or null: nobody has this name.
 */
export async function deleteByOperator({ db, clock }: AdminDeps, username: string): Promise<number | null> {
  const account = (await findAccountByName(db, username))?.id
  if (account === undefined) return null
  return inTransaction(db, async (trx) => {
    if (!(await lockAccount(trx, account))) return null
    return (await eraseAccount(trx, { account, now: clock() })).length
  })
}

interface Subject {
  readonly account: number
  readonly now: number
}
interface Change {
  readonly kind: SecurityEventKind
  /** Returns how many sessions it ended. */
  readonly change: (trx: Knex.Transaction, subject: Subject) => Promise<number>
}

async function administer(
  { db, clock, randomBytes }: AdminDeps,
  username: string,
  { kind, change }: Change,
): Promise<number | null> {
  const account = (await findAccountByName(db, username))?.id
  if (account === undefined) return null
  const now = clock()
  return inTransaction(db, async (trx) => {
    await lockAccount(trx, account)
    const ended = await change(trx, { account, now })
    const event = { id: randomId(randomBytes), at: now, kind, session: null, ...COMMAND_LINE }
    await insertSecurityEvent(trx, account, event)
    return ended
  })
}

const endSessions = async (trx: Knex.Transaction, { account, now }: Subject): Promise<number> =>
  (await revokeSessionsOf(trx, account, { except: null, now })).length
