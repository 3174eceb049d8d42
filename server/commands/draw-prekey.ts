import { toBase64url } from '../bytes.ts'
import { inTransaction, type Queryable } from '../database.ts'
import type { Deps } from '../deps.ts'
import { refuse, refuseFor } from '../errors.ts'
import { findIdentity, lockAccount } from '../stores/accounts.ts'
import { type DrawScope, findNthDraw, findStockPrekey, markDrawn } from '../stores/prekeys.ts'
import type { DrawnPrekey } from '../wire/prekey.ts'
import { PREKEY_FRESH_MS } from './publish-prekeys.ts'

const WINDOW_MS = 60 * 60_000
/** Within an hour: enough for anybody who writes, and too few to empty a stock before its owner is back. */
const BY_ONE_OF_ONE_MOST = 5
const BY_ONE_MOST = 30
const OF_ONE_MOST = 60

interface Draw {
  readonly account: number
  readonly contact: number
}

/**
 * Hands out one prekey of `contact`, each once, with the identity it belongs to. Throws account_not_found, and too_many_draws
 * when `account` drew too many, or everybody together too many of `contact`.
 */
export async function drawPrekey(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  { account, contact }: Draw,
): Promise<DrawnPrekey> {
  const now = clock()
  return inTransaction(db, async (trx) => {
    if (!(await lockBoth(trx, { account, contact }))) throw refuse('account_not_found')
    const identity = await findIdentity(trx, contact)
    const prekey = identity && (await findStockPrekey(trx, contact, now - PREKEY_FRESH_MS))
    if (prekey) {
      await checkLimits(trx, { account, contact }, now)
      await markDrawn(trx, { account: contact, id: prekey.id, drawnBy: account, drawnAt: now })
    }
    return {
      account: contact,
      identity: identity && toBase64url(identity.publicKey),
      prekey: prekey && { id: toBase64url(prekey.id), key: toBase64url(prekey.key) },
    }
  })
}

/** In the order of their ids, so that two who draw from each other do not wait for each other. False: no such contact. */
async function lockBoth(trx: Queryable, { account, contact }: Draw): Promise<boolean> {
  let isContactThere = false
  for (const id of [account, contact].toSorted((a, b) => a - b)) {
    const isActive = await lockAccount(trx, id)
    if (id === contact) isContactThere = isActive
  }
  return isContactThere
}

async function checkLimits(trx: Queryable, { account, contact }: Draw, now: number): Promise<void> {
  const limits: readonly [DrawScope, number][] = [
    [{ account: contact, drawn_by: account }, BY_ONE_OF_ONE_MOST],
    [{ drawn_by: account }, BY_ONE_MOST],
    [{ account: contact }, OF_ONE_MOST],
  ]
  for (const [scope, most] of limits) {
    const drawnAt = await findNthDraw(trx, scope, { since: now - WINDOW_MS, count: most })
    if (drawnAt !== null) throw refuseFor('too_many_draws', drawnAt + WINDOW_MS - now)
  }
}
