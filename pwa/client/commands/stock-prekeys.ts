/** Keeps a stock of one-time prekeys at the server, so that others can write to us while we are offline. */
import { PREKEYS_MOST } from '../../../server/wire/prekey.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import { makePrekey } from '../../protocol/one-way.ts'
import { Refused } from '../api/http.ts'
import { withLock, type OpenAccount } from '../open-account.ts'

/** With fewer left, the stock is filled up. */
export const REFILL_BELOW = 25
/** The server hands none out that is older than 21 days, and one that was drawn is on its way for 7 at the most. */
const KEPT_MOST_MS = 30 * 24 * 60 * 60_000

/**
 * Fills the stock of the published identity up, if it is ours. `isDoubtful`, or more at the server than private halves here:
 * the whole stock is replaced, as the halves of some are lost.
 */
export function stockPrekeys(open: OpenAccount, isDoubtful: boolean): Promise<void> {
  return withLock(open, 'prekeys', async () => {
    const { api, vault, signal } = open
    await vault.check()
    const identity = await vault.identity()
    if (!identity || vault.keys.value.state !== 'present' || signal.aborted) return
    await destroyOutlived(open)
    const published = toBase64url(identity.publicKey)
    const server = await api.call('prekeyStock')
    if (server.identity !== published) return
    const isWholeStock = isDoubtful || vault.listPrekeys().length < server.stock
    if (!isWholeStock && server.stock >= REFILL_BELOW) return
    const count = isWholeStock ? PREKEYS_MOST : PREKEYS_MOST - server.stock
    const prekeys = await Promise.all(Array.from({ length: count }, () => makePrekey(open.tools)))
    if (vault.keys.value.state !== 'present' || signal.aborted) return
    await vault.storePrekeys(prekeys)
    await publish(open, {
      identity: published,
      prekeys: prekeys.map(({ id, keyPair }) => ({ id, key: toBase64url(keyPair.publicKey) })),
      isWholeStock,
    })
  })
}

async function destroyOutlived({ vault, nowMs }: OpenAccount): Promise<void> {
  const outlived = vault.listPrekeys().filter(({ madeAt }) => nowMs() - madeAt > KEPT_MOST_MS)
  if (outlived.length > 0) await vault.destroyPrekeys(outlived.map(({ id }) => id))
}

interface Delivery {
  identity: string
  prekeys: { id: string; key: string }[]
  isWholeStock: boolean
}

async function publish({ api }: OpenAccount, body: Delivery): Promise<void> {
  try {
    await api.call('publishPrekeys', { body })
  } catch (error) {
    // Another browser of this account published its identity meanwhile: the stock is that one's.
    if (!(error instanceof Refused) || error.code !== 'identity_conflict') throw error
  }
}
