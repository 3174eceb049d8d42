/** From what the log shows and the vault holds to the keys in use. */
import { currentExchange, type ExchangeRecord, type LogState } from '../../protocol/order.ts'
import { deriveKeySet, type KeySet } from '../../protocol/key-set.ts'
import type { ExchangeSecret } from '../../protocol/exchange.ts'
import type { OpenAccount } from '../open-account.ts'

export const contactOf = (open: OpenAccount, state: LogState): number =>
  state.lower === open.account.id ? state.higher : state.lower

/** The secret of an established exchange; null when this browser does not hold it. */
export async function secretOf(open: OpenAccount, record: ExchangeRecord): Promise<ExchangeSecret | null> {
  if (!record.answer) return null
  const ownEntry = record.initiator === open.account.id ? record.offerId : record.answer.id
  return open.vault.secret(record.exchange, ownEntry)
}

/** The exchange to seal under by what the log shows, if this browser holds its secret. */
export async function usableExchange(
  open: OpenAccount,
  state: LogState,
): Promise<{ record: ExchangeRecord; secret: ExchangeSecret } | null> {
  const record = currentExchange(state)
  if (!record) return null
  const secret = await secretOf(open, record)
  return secret && { record, secret }
}

/** A key set by its id, derived once and kept; null when its exchange, secret or salt is not known here. */
export async function findKeySet(
  open: OpenAccount,
  state: LogState,
  exchange: string,
  keys: string,
): Promise<KeySet | null> {
  const known = open.keySets.get(keys)
  if (known) return known
  const record = state.exchanges.find((one) => one.exchange === exchange)
  const secret = record ? await secretOf(open, record) : null
  const salt = secret && (await open.vault.salt(exchange, keys))
  if (!secret || !salt) return null
  const keySet = await deriveKeySet(open.tools, {
    exchange: secret,
    salt,
    self: open.account.id,
    contact: contactOf(open, state),
  })
  if (keySet.id !== keys) return null
  open.keySets.set(keys, keySet)
  return keySet
}
