/** Notices at a start, and while the account is open, what was cleared of it in this browser. */
import type { Loss } from '../contract/status.ts'
import type { AccountDatabase } from '../history/database.ts'
import { createCell, liveFromQuery, type Cell, type QueryParts } from '../live.ts'
import { takeTurns } from '../take-turns.ts'
import type { Vault } from '../vault/vault.ts'
import { hasLostKeys, judgeLoss } from './judge-loss.ts'
import { readIds, writeIds, type Places } from './places.ts'

export interface Install {
  /** What is missing and the person has not been told, or has not dealt with. */
  readonly loss: Cell<Loss>
  /** The person has seen that the history is gone: from now on what is here is the whole. */
  readonly accept: () => Promise<void>
  /** Follows what becomes of the keys from now on, and what other tabs write. Call it once. */
  readonly watch: (parts: QueryParts) => () => void
}

interface InstallParts {
  readonly account: number
  readonly places: Places
  readonly database: AccountDatabase
  readonly vault: Vault
  /** The page had the account open when its database was lost. */
  readonly isKnownToPage: boolean
  /** An id that nothing else has. */
  readonly newId: () => string
}

/**
 * Compares what is left in the four places. Where keys were, and are no more, the vault says so from here on: before the
 * server is asked, and whatever it answers, so that no new identity is made behind the person's back.
 */
export async function openInstall({
  account,
  places,
  database,
  vault,
  isKnownToPage,
  newId,
}: InstallParts): Promise<Install> {
  const { keys } = vault
  const loss = createCell<Loss>('none')
  /** A look that was overtaken must not have the last word. */
  const inTurn = takeTurns(1)
  const hasKeys = (): boolean => keys.value.state === 'present' || keys.value.state === 'storage-full'

  async function look(): Promise<void> {
    const ids = await readIds(places, account, database)
    const { value } = keys
    const isGone = value.state === 'gone'
    loss.set(
      judgeLoss({
        ...ids,
        hasKeys: hasKeys(),
        isKnownToPage: isKnownToPage || (isGone && value.canPutBack),
        // Where nothing of this browser remembers keys that are gone, it was the server who did.
        isKnownToServer: isGone,
      }),
    )
  }

  async function mend(): Promise<void> {
    await writeIds(places, account, { database, fresh: newId() })
    await look()
  }

  /** Nothing is missing that matters: what is not there yet, or was cleared by itself, is written again. */
  async function tend(): Promise<void> {
    await look()
    if (loss.value === 'none' && hasKeys()) await mend()
  }

  await look()
  if (hasLostKeys(loss.value) && keys.value.state === 'unknown')
    keys.set({ state: 'gone', canPutBack: false })

  return {
    loss,
    accept: () => inTurn(mend),
    watch(parts) {
      const { noteFailure } = parts
      let wereGone = false
      /** Keys come back only by the person's choice, who was told what else is missing. */
      const stopKeys = keys.subscribe(({ state }) => {
        const areBack = wereGone && state === 'present'
        wereGone = state === 'gone' || (wereGone && state !== 'present')
        inTurn(areBack ? mend : tend).catch(noteFailure)
      })
      const rows = liveFromQuery(() => database.meta.get('install'), parts)
      const stopRows = rows.subscribe(() => void inTurn(look).catch(noteFailure))
      return () => {
        stopKeys()
        stopRows()
      }
    },
  }
}
