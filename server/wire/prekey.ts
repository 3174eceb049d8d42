/** One-time prekeys: each begins one exchange with somebody who is offline. The server hands out each once. */
import * as v from 'valibot'
import { token } from './account.ts'
import { accountId, prekeyId, publicKey } from './primitives.ts'

/** An account's stock at the server is never larger, and neither is one delivery. */
export const PREKEYS_MOST = 100

export const prekey = v.strictObject({ id: prekeyId, key: publicKey })
export type Prekey = v.InferOutput<typeof prekey>

/** Refused with identity_conflict unless `identity` is the published one: prekeys belong to an identity. */
export const publishPrekeysBody = v.strictObject({
  token,
  identity: publicKey,
  /** Those that no longer fit into the stock are left out; the same id is one prekey for ever. */
  prekeys: v.pipe(v.array(prekey), v.minLength(1), v.maxLength(PREKEYS_MOST)),
  /** The earlier stock is thrown away: its private halves are lost. */
  isWholeStock: v.boolean(),
})
export const prekeyStock = v.strictObject({
  /** The identity that the stock belongs to. */
  identity: v.nullable(publicKey),
  /** How many can still be handed out. */
  stock: v.pipe(v.number(), v.integer(), v.minValue(0)),
})
export type PrekeyStock = v.InferOutput<typeof prekeyStock>

export const drawnPrekey = v.strictObject({
  account: accountId,
  /** Null until that account's first browser has published one. */
  identity: v.nullable(publicKey),
  /** Null: there is none left. */
  prekey: v.nullable(prekey),
})
export type DrawnPrekey = v.InferOutput<typeof drawnPrekey>
