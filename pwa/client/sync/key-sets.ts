/** From what the log shows and the vault holds to the keys in use. */
import type { ExchangeRecord, LogState } from '../../protocol/log-state.ts'
import { currentExchange } from '../../protocol/order.ts'
import { deriveKeySet, type KeySet } from '../../protocol/key-set.ts'
import type { ExchangeSecret } from '../../protocol/exchange.ts'
import { outboxOf, type LogRow, type OutboxRow } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'

export const contactOf = (open: OpenAccount, state: LogState): number =>
  state.lower === open.account.id ? state.higher : state.lower

/** The secret of an exchange that the log shows as usable; null when this browser does not hold it. */
export async function secretOf(open: OpenAccount, record: ExchangeRecord): Promise<ExchangeSecret | null> {
  if (record.state === 'one-way') return open.vault.secret(record.exchange, record.offerId)
  if (!record.answer) return null
  const ownEntry = record.initiator === open.account.id ? record.offerId : record.answer.id
  return open.vault.secret(record.exchange, ownEntry)
}

export interface UsableExchange {
  readonly exchange: string
  readonly isOneWay: boolean
  readonly secret: ExchangeSecret
}

/**
 * The exchange to seal under, if this browser holds its secret: by what the log shows, or else the one-way exchange whose
 * prekey envelope is still in the outbox.
 */
export async function usableExchange(open: OpenAccount, state: LogState): Promise<UsableExchange | null> {
  const record = currentExchange(state, open.account.id)
  const isSealable = record !== null && !(await open.vault.isForReading(record.exchange))
  const secret = isSealable ? await secretOf(open, record) : null
  if (record && secret) return { exchange: record.exchange, isOneWay: record.state === 'one-way', secret }
  const queued = queuedPrekey(await outboxOf(open.database, contactOf(open, state)))
  const queuedSecret = queued && (await open.vault.secret(queued.exchange, queued.id))
  return queued && queuedSecret ? { exchange: queued.exchange, isOneWay: true, secret: queuedSecret } : null
}

/** Our prekey envelope that the log has not shown back yet. */
export const queuedPrekey = (rows: readonly OutboxRow[]): OutboxRow | null =>
  rows.findLast((row) => row.kind === 'prekey') ?? null

/** A key set by its id, derived once and kept; null when its exchange, secret or salt is not known here. */
export async function findKeySet(
  open: OpenAccount,
  state: LogState,
  exchange: string,
  keys: string,
): Promise<KeySet | null> {
  const known = open.keySets.get(keys)
  if (known) return known.exchange === exchange ? known : null
  const record = state.exchanges.find((one) => one.exchange === exchange)
  const usable = record ? null : await usableExchange(open, state)
  const secret = record ? await secretOf(open, record) : usable?.exchange === exchange ? usable.secret : null
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

/** A log that shows no exchange to seal under has no key set either, unless our prekey envelope is on its way. */
export function withoutUnusableKeys(log: LogRow, self: number): LogRow {
  const isUsable = currentExchange(log.state, self) !== null || isSealingAhead(log, log.state)
  return isUsable ? log : { ...log, sealing: null, announced: null }
}

/** Whether messages are sealed under a one-way exchange of ours that the log does not show yet. */
export const isSealingAhead = ({ sealing }: LogRow, state: LogState): boolean =>
  sealing !== null && !state.exchanges.some((one) => one.exchange === sealing.exchange)
