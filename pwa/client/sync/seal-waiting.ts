/** Seals what waits: the only place where content becomes an envelope. */
import { toBase64url } from '../../protocol/bytes.ts'
import { makeChange } from '../../protocol/change.ts'
import type { KnownContent } from '../../protocol/content.ts'
import { sealMessage } from '../../protocol/envelope.ts'
import type { KeySet } from '../../protocol/key-set.ts'
import { ClientError } from '../contract/client-error.ts'
import { commitChange, commitMessage, reserveIv } from '../history/counters.ts'
import type { LogRow, MessageRow, SealingKeys } from '../history/database.ts'
import { nextToSeal } from '../history/next-to-seal.ts'
import { withLock, type OpenAccount } from '../open-account.ts'
import { readBatch, readRange } from '../sharing/row-texts.ts'
import { findKeySet, usableExchange } from './key-sets.ts'
import { maySealUnder } from './run.ts'

/** How often one message is sealed again because something moved, before the next occasion tries. */
const TRIES_MOST = 8

/**
 * Seals the waiting messages of a conversation, in order, as long as there is a key set to seal under. Says what stopped it:
 * `done`, or `no-keys` when an exchange is needed first.
 */
export function sealWaiting(open: OpenAccount, conversation: number): Promise<'done' | 'no-keys'> {
  return withLock(open, `seal-${conversation}`, async () => {
    await open.vault.check()
    let isAnySealed = false
    for (let tries = 0; tries < TRIES_MOST;) {
      const message = await nextToSeal(open.database, conversation)
      if (!message) break
      const log = await open.database.logs.get(conversation)
      const keySet = log && (await sealingKeySet(open, log))
      if (!log || !keySet) return 'no-keys'
      if (!(await maySealUnder(open, keySet.id))) {
        await refresh(open, log)
        tries += 1
        continue
      }
      const isSealed = await sealOne(open, { message, log, keySet })
      isAnySealed ||= isSealed
      tries = isSealed ? 0 : tries + 1
    }
    if (isAnySealed) open.drainSoon()
    return 'done'
  })
}

/** "Refresh keys": derives the next key set and commits the change. Throws ClientError `no_keys_yet` without a key set. */
export function refreshKeySet(open: OpenAccount, conversation: number): Promise<void> {
  return withLock(open, `seal-${conversation}`, async () => {
    await open.vault.check()
    for (let tries = 0; tries < TRIES_MOST; tries += 1) {
      const log = await open.database.logs.get(conversation)
      if (!log || !(await sealingKeySet(open, log))) throw new ClientError('no_keys_yet')
      if (await refresh(open, log)) return open.drainSoon()
    }
    throw new ClientError('storage_failed')
  })
}

async function sealingKeySet(open: OpenAccount, log: LogRow): Promise<KeySet | null> {
  const usable = await usableExchange(open, log.state)
  if (!usable || log.sealing?.exchange !== usable.exchange) return null
  return findKeySet(open, log.state, log.sealing.exchange, log.sealing.keys)
}

interface Sealing {
  readonly message: MessageRow
  readonly log: LogRow
  readonly keySet: KeySet
}

async function sealOne(open: OpenAccount, { message, log, keySet }: Sealing): Promise<boolean> {
  const conversation = log.conversation
  const { iv, n } = await reserveIv(open.database, conversation, keySet.id)
  const { seq, hash } = log.state
  const envelope = await sealMessage(open.tools, {
    keySet,
    iv,
    entryId: message.id,
    content: { sentAt: message.at, n, log: { seq, hash }, ...saidBy(message) },
    self: open.account.id,
    contact: conversation,
  })
  const seal = { exchange: keySet.exchange, keys: keySet.id, iv, n }
  return commitMessage(open.database, { id: message.id, conversation, envelope, seal, logSeq: seq })
}

type Said<T> = T extends KnownContent ? Omit<T, 'sentAt' | 'n' | 'log'> : never

function saidBy({ kind, text, again }: MessageRow): Said<KnownContent> {
  if (kind === 'lost') return { kind, exchanges: readReport(text) }
  if (kind === 'ask') return { kind, ...readRange(text) }
  if (kind === 'share') return { kind, ...readBatch(text) }
  return { kind: 'text', body: text, ...(again === undefined ? {} : { again }) }
}

/** The exchanges that a report of ours names. */
const readReport = (text: string): string[] => JSON.parse(text) as string[] // only reports are kept with this kind

async function refresh(open: OpenAccount, log: LogRow): Promise<boolean> {
  const usable = await usableExchange(open, log.state)
  const sealing = log.sealing
  const current = sealing && (await findKeySet(open, log.state, sealing.exchange, sealing.keys))
  if (!usable || !sealing || !current) return false
  const { conversation } = log
  const lastIv = (await open.database.counters.get(current.id))?.committedIv ?? 0n
  const { envelope, next } = await makeChange(open.tools, {
    current,
    secret: usable.secret,
    lastIv,
    self: open.account.id,
    contact: conversation,
  })
  await open.vault.storeSalt(next.exchange, next.id, next.salt)
  return commitChange(open.database, {
    id: newEntryId(open),
    conversation,
    envelope,
    from: sealing,
    lastIv,
    next: sealingKeysOf(next),
  })
}

export const sealingKeysOf = (keySet: KeySet): SealingKeys => ({
  exchange: keySet.exchange,
  keys: keySet.id,
  epoch: keySet.epoch,
})

export const newEntryId = (open: OpenAccount): string => toBase64url(open.tools.primitives.random(16))
