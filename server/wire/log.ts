/** The append-only log of a conversation, addressed by the other account: nobody can name a conversation not their own. */
import * as v from 'valibot'
import { account, token } from './account.ts'
import { ENVELOPE_MOST_BYTES } from './envelope.ts'
import { accountId, entryId, iv, keySetId, seq, timeMs } from './primitives.ts'

export const APPEND_MOST_ENTRIES = 100
export const APPEND_MOST_BYTES = 1024 * 1024
export const PAGE_MOST_ENTRIES = 500

/** Exactly the text that was sealed; its schema is `envelope`. */
const envelopeText = v.pipe(v.string(), v.minLength(2), v.maxLength(ENVELOPE_MOST_BYTES))

export const entry = v.strictObject({
  seq: v.pipe(seq, v.minValue(1)),
  id: entryId,
  sender: accountId,
  /** The server's clock; never decreasing within a log. */
  acceptedAt: timeMs,
  envelope: envelopeText,
})
export type Entry = v.InferOutput<typeof entry>

export const logPage = v.strictObject({
  contact: accountId,
  /** Entries are after + 1, after + 2, … without gaps. */
  after: seq,
  entries: v.array(entry),
  /** Last position of the log when the page was made. */
  head: seq,
})
export type LogPage = v.InferOutput<typeof logPage>

export const appendBody = v.strictObject({
  token,
  entries: v.pipe(
    v.array(v.strictObject({ id: entryId, envelope: envelopeText })),
    v.minLength(1),
    v.maxLength(APPEND_MOST_ENTRIES),
  ),
})
export type AppendBody = v.InferOutput<typeof appendBody>

export const REFUSAL_CODES = [
  'malformed_envelope',
  'envelope_too_large',
  'iv_not_rising',
  'key_set_superseded',
  'entry_id_of_other',
  'too_many_bytes',
] as const
export const refusal = v.strictObject({
  id: entryId,
  code: v.picklist(REFUSAL_CODES),
  /** The sender's own mark in this conversation, for the two codes about IVs and key sets. */
  mark: v.optional(v.strictObject({ keys: keySetId, IV: iv })),
})
export type Refusal = v.InferOutput<typeof refusal>
/** The longest valid prefix is stored; `refused` is the first entry that was not, with nothing after it looked at. */
export const appendAnswer = v.strictObject({
  stored: v.array(v.strictObject({ id: entryId, seq, acceptedAt: timeMs, isSameEnvelope: v.boolean() })),
  refused: v.nullable(refusal),
})
export type AppendAnswer = v.InferOutput<typeof appendAnswer>

export const conversation = v.strictObject({
  contact: account,
  head: seq,
  /** How far the contact's browser has applied the log: what "delivered" means. */
  contactApplied: seq,
  isContactOnline: v.boolean(),
})
export type Conversation = v.InferOutput<typeof conversation>
export const conversationList = v.strictObject({ conversations: v.array(conversation) })
export const appliedBody = v.strictObject({ token, seq })
