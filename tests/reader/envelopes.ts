/** Envelopes and contents: their forms, sections "Encodings", 2, 4, 5 and 9 of the specification. */
import { readBytes } from './bytes.ts'

/** Sizes of the members in bytes; `ciphertext` has none of its own. */
const SIZES = {
  exchange: 16,
  identity: 97,
  key: 97,
  to: 97,
  prekey: 16,
  keys: 16,
  salt: 24,
  confirm: 32,
  IV: 12,
  MAC: 32,
  MAC_old: 32,
  MAC_new: 32,
} as const
const FORMS = {
  offer: ['exchange', 'identity', 'key'],
  answer: ['exchange', 'identity', 'key', 'salt', 'confirm'],
  prekey: ['exchange', 'identity', 'key', 'to', 'prekey', 'salt', 'confirm'],
  msg: ['exchange', 'keys', 'IV', 'ciphertext', 'MAC'],
  change: ['exchange', 'keys', 'salt', 'IV', 'MAC_old', 'MAC_new'],
} as const
const ENVELOPE_MOST_BYTES = 96 * 1024
const TEXT_MOST_BYTES = 16 * 1024
const TAG_BYTES = 16

type Form = typeof FORMS
export type Kind = keyof Form
export type Envelope = {
  [K in Kind]: { readonly kind: K } & { readonly [M in Form[K][number]]: string }
}[Kind]
export type EnvelopeOf<K extends Kind> = Extract<Envelope, { kind: K }>

/** Null: malformed. */
export function readEnvelope(text: string): Envelope | null {
  if (!text.isWellFormed() || Buffer.byteLength(text) > ENVELOPE_MOST_BYTES) return null
  const value = readJson(text)
  if (!isRecord(value)) return null
  const kind = value['type'] === 'ECDH' ? value['step'] : value['type']
  if (!isKind(kind) || (value['type'] === 'ECDH') !== ['offer', 'answer', 'prekey'].includes(kind))
    return null
  const routing = value['type'] === 'ECDH' ? ['type', 'step'] : ['type']
  const names = [...routing, ...FORMS[kind]].toSorted()
  const given = [...text.matchAll(/"([^"]*)"\s*:/g)].map(([, name]) => name ?? '').toSorted()
  if (JSON.stringify(names) !== JSON.stringify(given)) return null
  if (!FORMS[kind].every((name) => isMember(name, value[name]))) return null
  return { ...value, kind } as Envelope // every member was looked at
}

function isMember(name: string, value: unknown): boolean {
  if (name === 'ciphertext') return (readBytes(value)?.length ?? 0) >= TAG_BYTES
  return readBytes(value, SIZES[name as keyof typeof SIZES]) !== null // a name out of FORMS
}

const isKind = (kind: unknown): kind is Kind => typeof kind === 'string' && Object.hasOwn(FORMS, kind)

export interface Content {
  readonly kind: string
  readonly n: number
  readonly log: { readonly seq: number; readonly hash: string }
  /** Of a report. */
  readonly exchanges: readonly string[]
  /** Of a question: the first and the last entry asked for. */
  readonly range?: { readonly from: number; readonly to: number }
  /** Of a batch: entry id of its question, and what it shares. */
  readonly answer?: { readonly ask: string; readonly pieces: readonly Piece[] }
}

export interface Piece {
  readonly id: string
  readonly seq: number
  readonly by: number
  /** Null: it was no message. */
  readonly body: string | null
}

/** The content in padded bytes; null: not of the form that its kind asks for. */
export function readContent(padded: Uint8Array): Content | null {
  const value = readJson(readUtf8(padded))
  if (!isRecord(value)) return null
  const { kind, sentAt, n, log, body, replyTo, again, exchanges } = value
  if (typeof kind !== 'string' || !isCount(sentAt, 0) || !isCount(n, 1) || !isRecord(log)) return null
  const { seq, hash } = log
  if (!isCount(seq, 0) || typeof hash !== 'string' || readBytes(hash, 32) === null) return null
  const head = { kind, n, log: { seq, hash } }
  if (kind === 'ask') {
    const { from, to } = value
    return isCount(from, 1) && isCount(to, 1) ? { ...head, exchanges: [], range: { from, to } } : null
  }
  if (kind === 'share') {
    const { ask, rest, pieces } = value
    const isForm = typeof ask === 'string' && readBytes(ask, 16) !== null && isCount(rest, 0)
    if (!isForm || !Array.isArray(pieces) || pieces.length > 200 || !pieces.every(isPiece)) return null
    return { ...head, exchanges: [], answer: { ask, pieces } }
  }
  if (kind === 'text') {
    const isText = isBody(body)
    const areIds = [replyTo, again].every((id) => id === undefined || readBytes(id, 16) !== null)
    return isText && areIds ? { ...head, exchanges: [] } : null
  }
  if (kind !== 'lost') return { ...head, kind: 'unknown', exchanges: [] }
  const areIds = Array.isArray(exchanges) && exchanges.every((one) => readBytes(one, 16) !== null)
  if (!areIds || exchanges.length < 1 || exchanges.length > 100) return null
  return { ...head, exchanges: exchanges.map(String) }
}

const isBody = (body: unknown): boolean =>
  typeof body === 'string' && body.isWellFormed() && Buffer.byteLength(body) <= TEXT_MOST_BYTES

function isPiece(value: unknown): value is Piece {
  if (!isRecord(value)) return false
  const { id, seq, by, body } = value
  return readBytes(id, 16) !== null && isCount(seq, 1) && isCount(by, 1) && (body === null || isBody(body))
}

/** The size that `size` bytes are padded to. */
export function paddedSize(size: number): number {
  const bitLength = (n: number): number => (n === 0 ? 0 : Math.floor(Math.log2(n)) + 1)
  const e = bitLength(size) - 1
  const step = 2 ** Math.max(0, e - bitLength(e))
  return Math.ceil(size / step) * step
}

function readUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return ''
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && Number(value) >= least
