/** What the story leaves behind, and what must not be in it. */
import { decodeBase32 } from '../support/totp.ts'
import type { Row } from '../support/database.ts'
import type { RecordedAnswer } from '../support/fault-proxy.ts'
import type { Person } from './person.ts'

export interface CryptoLine {
  readonly operation: string
  readonly key?: string
  readonly iv?: string
  readonly keys?: string
  readonly exchange?: string
  readonly epoch?: number
  readonly peer?: number
  readonly entry?: string
  readonly plaintext?: string
  readonly privateKey?: string
}

/** A browser that saves its console puts the place in the code before each line. */
const RECORD = /(?:^|\s)crypto (\{.*\})\s*$/

/** The crypto log out of a console, one record a line. */
export function readCryptoLog(consoleLines: readonly string[]): CryptoLine[] {
  return consoleLines
    .flatMap((line) => RECORD.exec(line)?.[1] ?? [])
    .map((record) => JSON.parse(record) as CryptoLine) // the app's own format, asserted on by its fields
}

/** Pairs of key and IV that sealed more than once. */
export function repeatedIvs(seals: readonly CryptoLine[]): string[] {
  const seen = new Set<string>()
  return seals
    .map((line) => `${line.key ?? 'no key'} ${line.iv ?? 'no iv'}`)
    .filter((pair) => (seen.has(pair) ? true : (seen.add(pair), false)))
}

export interface Secret {
  readonly what: string
  readonly bytes: Buffer
}

/** Everything the server must never have: texts, keys, passwords, secrets of authenticators, recovery codes. */
export function secretsOf(people: readonly Person[]): Secret[] {
  return people.flatMap((person) => [
    { what: `password of ${person.name}`, bytes: Buffer.from(person.password) },
    {
      what: `one-time secret of ${person.name}`,
      bytes: decodeBase32(new URL(person.otpauth).searchParams.get('secret') ?? ''),
    },
    ...person.recoveryCodes.map((code) => ({
      what: `recovery code of ${person.name}`,
      bytes: Buffer.from(code),
    })),
    ...readCryptoLog(person.profile.consoleLines).flatMap(secretsInLine),
    ...person.keptSecrets.map((text) => ({
      what: `localStorage of ${person.name}`,
      bytes: Buffer.from(text, 'base64url'),
    })),
  ])
}

function secretsInLine(line: CryptoLine): Secret[] {
  const text = line.plaintext && line.operation === 'seal' ? textOf(line.plaintext) : null
  return [
    ...(line.key ? [{ what: `key of ${line.operation}`, bytes: Buffer.from(line.key, 'base64url') }] : []),
    ...(text ? [{ what: 'message', bytes: Buffer.from(text) }] : []),
  ]
}

function textOf(plaintext: string): string | null {
  const { body } = JSON.parse(plaintext) as { body?: string } // content as the crypto log has it
  return body ?? null
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function toBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('')
}

/** Base64 of bytes inside a longer text depends on where they stand: the part that is the same for each of the three offsets. */
function base64Cores(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const head = Math.ceil((offset * 4) / 3)
    const whole = Math.floor(((offset + bytes.length) * 8) / 6)
    return text.slice(head, whole)
  })
}

function encodingsOf(bytes: Buffer): string[] {
  const base64 = base64Cores(bytes)
  return [
    bytes.toString('latin1'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    toBase32(bytes),
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

/** Names the secrets that stand in the rows of a database or in a server's output: raw, hex, base32, base64 or base64url. */
export function findLeaks(secrets: readonly Secret[], rows: readonly Row[], output: string): string[] {
  const texts = rows.flatMap((row) => Object.values(row).flatMap(textsOf))
  const haystack = [...texts, output].join('\n')
  return secrets
    .filter((secret) => encodingsOf(secret.bytes).some((form) => haystack.includes(form)))
    .map((secret) => secret.what)
}

/** Answers that give a secret to whom it belongs, once: which ones they may hold. */
const GIVEN: Readonly<Record<string, RegExp>> = {
  '/api/enrolment/begin': /^one-time secret/,
  '/api/enrolment/confirm': /^recovery code/,
}

/** Names the answers' paths and the secrets that stand in headers or bodies, as `findLeaks` does. */
export function findLeaksInAnswers(secrets: readonly Secret[], answers: readonly RecordedAnswer[]): string[] {
  const texts = new Map<string, Set<string>>()
  // The app's files come often: each text once.
  for (const { path, head, chunks } of answers) {
    const known = texts.get(path) ?? new Set()
    texts.set(path, known.add(`${head}\n${Buffer.concat(chunks).toString('latin1')}`))
  }
  return [...texts].flatMap(([path, ofPath]) => {
    const isGiven = GIVEN[path]
    const searched = secrets.filter(({ what }) => !isGiven?.test(what))
    return findLeaks(searched, [], [...ofPath].join('\n')).map((what) => `${path}: ${what}`)
  })
}

/** A value as text, and what is inside an encoded envelope besides. */
function textsOf(value: unknown): string[] {
  if (Buffer.isBuffer(value)) return [value.toString('latin1'), value.toString('hex')]
  return [String(value)]
}
