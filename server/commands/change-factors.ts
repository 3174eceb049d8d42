/** The frame of every change to an account's means of signing in. */
import type { Knex } from 'knex'
import type { Origin } from '../accounts/origin.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { randomId } from '../random-id.ts'
import { lockAccount } from '../stores/accounts.ts'
import { insertSecurityEvent } from '../stores/security-events.ts'
import { revokeSessionsOf, type SessionRow } from '../stores/sessions.ts'
import type { SecurityEventKind } from '../wire/security.ts'

export type ChangeDeps = Pick<Deps, 'db' | 'hub' | 'bus' | 'clock' | 'randomBytes'>

/** Who asks, and from where. */
export interface Asker {
  readonly account: number
  /** Goes on; null where nobody is signed in. */
  readonly session: SessionRow | null
  readonly origin: Origin
}

/**
 * Changes factors in one transaction, in which all other sessions end and the change is written down; then closes the
 * streams of those sessions and tells the one that goes on. `change` gets the account's row locked.
 */
export async function changeFactors(
  deps: ChangeDeps,
  asker: Asker,
  {
    kind,
    change,
  }: { kind: SecurityEventKind; change: (trx: Knex.Transaction, now: number) => Promise<void> },
): Promise<void> {
  const { db, hub, clock } = deps
  const now = clock()
  const ended = await inTransaction(db, async (trx) => {
    await lockAccount(trx, asker.account)
    await change(trx, now)
    await insertSecurityEvent(trx, asker.account, eventOf(deps, asker, kind))
    return revokeSessionsOf(trx, asker.account, { except: asker.session?.keyHash ?? null, now })
  })
  hub.endSessions(ended)
  tellSecurity(deps, asker.account)
}

/** Writes an event down that changed no factor, and tells the account's streams. */
export async function noteSecurityEvent(
  deps: ChangeDeps,
  asker: Asker,
  kind: SecurityEventKind,
): Promise<void> {
  await insertSecurityEvent(deps.db, asker.account, eventOf(deps, asker, kind))
  tellSecurity(deps, asker.account)
}

const eventOf = (
  { clock, randomBytes }: Pick<Deps, 'clock' | 'randomBytes'>,
  { session, origin }: Asker,
  kind: SecurityEventKind,
) => ({ id: randomId(randomBytes), at: clock(), kind, session: session?.id ?? null, ...origin })

const tellSecurity = ({ bus }: Pick<Deps, 'bus'>, account: number): void =>
  bus.publish({ to: account, event: { type: 'security' } })
