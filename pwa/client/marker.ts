/** Which account this browser last used, and whether the person signed out: one small item of localStorage. */
import * as v from 'valibot'
import { account } from '../../server/wire/account.ts'
import type { KeyStorage } from './environment.ts'

const NAME = 'letterlock/last-account'
/** Stands alone where a browser was erased and the server has not heard of it. */
const END_PENDING = 'letterlock/end-pending'
/** The number of the account that is being erased here. */
const ERASING = 'letterlock/erasing'

const marker = v.strictObject({
  account,
  isSignedOut: v.boolean(),
  /** The server has not heard of the sign-out yet. */
  isEndPending: v.boolean(),
})
export type Marker = v.InferOutput<typeof marker>

/** Null for a first visit, and for anything that is not ours. */
export function readMarker(storage: KeyStorage): Marker | null {
  try {
    const parsed = v.safeParse(marker, JSON.parse(storage.getItem(NAME) ?? 'null'))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}

/** What `readMarker`, `isEndPending` and `readErasing` go by, to be compared; null: nothing, as in a browser whose storage was cleared. */
export function markerText(storage: KeyStorage): string | null {
  const texts = [NAME, END_PENDING, ERASING].map((name) => storage.getItem(name))
  return texts.some((text) => text !== null) ? texts.join(' ') : null
}

/** Best effort: without it the next start asks the databases and the server instead. */
export function writeMarker(storage: KeyStorage, value: Marker): void {
  try {
    storage.setItem(NAME, JSON.stringify(value))
  } catch {
    // The quota is spent; the vault tells the person when it matters.
  }
}

export const clearMarker = (storage: KeyStorage): void => storage.removeItem(NAME)

/** The server has not heard yet that the session is to end: somebody signed out, or erased all else of this browser. */
export const isEndPending = (storage: KeyStorage): boolean =>
  storage.getItem(END_PENDING) !== null || readMarker(storage)?.isEndPending === true

/** Best effort, as above. Names nobody, and stays when all else is erased. */
export function noteEndPending(storage: KeyStorage): void {
  try {
    storage.setItem(END_PENDING, 'yes')
  } catch {
    // Then the session ends by itself.
  }
}

export const forgetEndPending = (storage: KeyStorage): void => storage.removeItem(END_PENDING)

/** The account that is being taken out of this browser; null when that is over. */
export function readErasing(storage: KeyStorage): number | null {
  const text = storage.getItem(ERASING) ?? ''
  return /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : null
}

/** Best effort, as above. */
export function noteErasing(storage: KeyStorage, account: number): void {
  try {
    storage.setItem(ERASING, String(account))
  } catch {
    // Then an erasure that is broken off is not taken up again.
  }
}

export const forgetErasing = (storage: KeyStorage): void => storage.removeItem(ERASING)

/** Whether an item has to outlive what is erased. */
export const isErasureNote = (name: string): boolean => name === END_PENDING || name === ERASING
