/** Content: what a message says, as JSON in UTF-8, padded so that its size tells little. */
import * as v from 'valibot'
import { accountId, binary, entryId, exchangeId, seq, timeMs } from '../../server/wire/primitives.ts'
import { utf8 } from './bytes.ts'
import type { Bytes } from './bytes.ts'
import { ProtocolError } from './protocol-error.ts'

export const TEXT_MOST_BYTES = 16 * 1024
/** Leaves room for base64url and the routing fields within an envelope's 96 KiB. */
export const CONTENT_MOST_BYTES = 64 * 1024

/** Exchanges that one report names. */
export const LOST_MOST = 100
/** Pieces of history in one batch. */
export const PIECES_MOST = 200

const SPACE = 0x20

const text = v.pipe(
  v.string(),
  v.check((value) => value.isWellFormed(), 'lone surrogate'),
  v.check((value) => utf8(value).length <= TEXT_MOST_BYTES, 'too long'),
)

/** In every content: when it was written, its number, and the head of the log that its writer had applied. */
const head = {
  /** The writer's clock. */
  sentAt: timeMs,
  /** Number of this message among its sender's under its key set, from 1 without gaps. */
  n: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  log: v.object({ seq, hash: binary(32) }),
}

const textContent = v.object({
  kind: v.literal('text'),
  ...head,
  body: text,
  /** Entry id of the message this one replies to. */
  replyTo: v.exactOptional(entryId),
  /** Entry id of the message this one repeats under newer keys. */
  again: v.exactOptional(entryId),
})
/** Its writer cannot open entries of the other side under these exchanges. */
const lostContent = v.object({
  kind: v.literal('lost'),
  ...head,
  exchanges: v.pipe(v.array(exchangeId), v.minLength(1), v.maxLength(LOST_MOST)),
})
/** The seq of an entry. */
const place = v.pipe(seq, v.minValue(1))
/** Its writer asks the other side to share what it has of these entries. */
const askContent = v.object({ kind: v.literal('ask'), ...head, from: place, to: place })
/** What its writer has of one entry: who wrote it, and its text; null: it was no message, but a note between the clients. */
const piece = v.object({ id: entryId, seq: place, by: accountId, body: v.nullable(text) })
const shareContent = v.object({
  kind: v.literal('share'),
  ...head,
  /** Entry id of the question that this answers. */
  ask: entryId,
  /** Messages still to come; 0: these were the last. */
  rest: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  pieces: v.pipe(v.array(piece), v.maxLength(PIECES_MOST)),
})
const knownContent = v.variant('kind', [textContent, lostContent, askContent, shareContent])
const anyContent = v.object({ kind: v.string(), ...head })

export type TextContent = v.InferOutput<typeof textContent>
export type LostContent = v.InferOutput<typeof lostContent>
export type AskContent = v.InferOutput<typeof askContent>
export type ShareContent = v.InferOutput<typeof shareContent>
export type Piece = v.InferOutput<typeof piece>
/** What this version writes. */
export type KnownContent = TextContent | LostContent | AskContent | ShareContent
export type LogReference = TextContent['log']
/** Of a kind this version does not know; `json` keeps it for one that does. */
export type UnknownContent = Omit<v.InferOutput<typeof anyContent>, 'kind'> & {
  kind: 'unknown'
  json: string
}
export type Content = KnownContent | UnknownContent

/**
 * Content as bytes, padded.
 *
 * Throws `text_too_long` above 16 KiB of text (or 64 KiB of content: control characters take six bytes each), and
 * `malformed` for a text with a lone surrogate or a field that nobody could read back.
 */
export function writeContent(content: KnownContent): Bytes {
  if (content.kind === 'text' && utf8(content.body).length > TEXT_MOST_BYTES)
    throw new ProtocolError('text_too_long')
  if (!v.is(knownContent, content)) throw new ProtocolError('malformed', 'not a content')
  const json = utf8(JSON.stringify(content))
  const sizeBytes = paddedSize(json.length)
  if (sizeBytes > CONTENT_MOST_BYTES) throw new ProtocolError('text_too_long')
  const padded = new Uint8Array(sizeBytes).fill(SPACE)
  padded.set(json)
  return padded
}

/** The content in opened bytes; null when they are not UTF-8, not JSON, or not of the form that their kind asks for. */
export function readContent(bytes: Bytes): Content | null {
  const json = decodeText(bytes)
  if (json === null) return null
  const value = parseJson(json)
  const any = v.safeParse(anyContent, value)
  if (!any.success) return null
  if (!isKnownKind(any.output.kind)) return { ...any.output, kind: 'unknown', json }
  const known = v.safeParse(knownContent, value)
  return known.success ? known.output : null
}

const KNOWN_KINDS: ReadonlySet<string> = new Set<KnownContent['kind']>(['text', 'lost', 'ask', 'share'])
const isKnownKind = (kind: string): boolean => KNOWN_KINDS.has(kind)

/** The padded size of `sizeBytes` bytes, by Padmé: at most 12 % more, and few sizes to tell apart. */
export function paddedSize(sizeBytes: number): number {
  const exponent = bitLength(sizeBytes) - 1
  const step = 2 ** Math.max(0, exponent - bitLength(exponent))
  return Math.ceil(sizeBytes / step) * step
}

/** Bits needed to write `n`, below 2^32; 0 for 0. */
function bitLength(n: number): number {
  return 32 - Math.clz32(n)
}

/** The text without its padding; null when the bytes are not UTF-8. */
function decodeText(bytes: Bytes): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(withoutPadding(bytes))
  } catch {
    return null
  }
}

function withoutPadding(bytes: Bytes): Bytes {
  return bytes.subarray(0, bytes.findLastIndex((byte) => byte !== SPACE) + 1)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
