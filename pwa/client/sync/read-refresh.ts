/** Reads a refresh: checks it, and takes up its key set where that is the one to seal under. */
import type { ChangeEnvelope } from '../../../server/wire/envelope.ts'
import { fromBase64url, ivNumber } from '../../protocol/bytes.ts'
import { readChange } from '../../protocol/change.ts'
import { checkChangeIv } from '../../protocol/gaps.ts'
import type { KeySet } from '../../protocol/key-set.ts'
import { findUsable, usableSeq } from '../../protocol/order.ts'
import { acceptPosition } from '../../protocol/positions.ts'
import type { LogRow, SealingKeys } from '../history/database.ts'
import type { OpenAccount } from '../open-account.ts'
import { contactOf, findKeySet, secretOf, usableExchange } from './key-sets.ts'
import { noticeLine, plain, unreadable, type Context, type Reading } from './reading.ts'
import { sealingKeysOf } from './seal-waiting.ts'

export async function readRefresh(context: Context, log: LogRow, change: ChangeEnvelope): Promise<Reading> {
  const { open, entry } = context
  const record = findUsable(log.state, change.exchange, entry.sender)
  if (!record) return unreadable(context, log, 'no_exchange')
  const secret = await secretOf(open, record)
  const current = await findKeySet(open, log.state, change.exchange, change.keys)
  if (!secret || !current) return unreadable(context, log, 'no_keys', change.exchange)
  const result = await readChange(open.tools, {
    current,
    secret,
    envelope: change,
    sender: entry.sender,
    self: open.account.id,
    contact: contactOf(open, log.state),
  })
  if ('refused' in result) return unreadable(context, log, 'mac')
  const { next } = result
  const claim = { keys: change.keys, iv: ivNumber(fromBase64url(change.IV)) }
  const fault = checkChangeIv(log.state, entry.sender, claim)
  const position = { exchangeSeq: usableSeq(record), epoch: next.epoch, iv: 0n, keys: next.id }
  const state = acceptPosition(log.state, entry.sender, position)
  if (typeof state === 'string') return unreadable(context, log, state)
  await open.vault.storeSalt(next.exchange, next.id, next.salt)
  const notices = fault && entry.sender !== open.account.id ? [noticeLine(context, NOTICE_OF[fault])] : []
  notices.push(noticeLine(context, 'keys-changed'))
  return plain(await adopt(open, { ...log, state }, next), notices)
}

const NOTICE_OF = { gap: 'messages-missing', went_back: 'contact-went-back' } as const

/** In the current exchange, the key set of a higher epoch is the one to seal under from now on. */
async function adopt(open: OpenAccount, log: LogRow, next: KeySet): Promise<LogRow> {
  const usable = await usableExchange(open, log.state)
  if (usable?.exchange !== next.exchange) return log
  const keys = sealingKeysOf(next)
  const higher = (held: SealingKeys | null) => (held && held.epoch >= keys.epoch ? held : keys)
  return { ...log, announced: higher(log.announced), sealing: higher(log.sealing) }
}
