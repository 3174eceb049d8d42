/** Which account this browser last used, and whether the person signed out: one small item of localStorage. */
import * as v from 'valibot'
import { account } from '../../server/wire/account.ts'
import type { KeyStorage } from './environment.ts'

const NAME = 'letterlock/last-account'

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

/** Best effort: without it the next start asks the databases and the server instead. */
export function writeMarker(storage: KeyStorage, value: Marker): void {
  try {
    storage.setItem(NAME, JSON.stringify(value))
  } catch {
    // The quota is spent; the vault tells the person when it matters.
  }
}
