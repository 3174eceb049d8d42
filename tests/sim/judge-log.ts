/** The rules of exchanges and refreshes, read from the log by somebody who shares no code with the client. */
import type { NewEntryRow } from '../../server/stores/entries.ts'
import { parseEnvelope, type Envelope, type PrekeyEnvelope } from '../../server/wire/envelope.ts'

export type Sha256 = (message: Uint8Array<ArrayBuffer>) => Uint8Array

const OFFER_OPEN_MS = 60_000

interface Exchange {
  readonly sender: number
  readonly atMs: number
  /** `one-way`: usable by its sender. */
  state: 'open' | 'void' | 'established' | 'one-way'
  /** Key sets that the log has announced. */
  readonly keys: Set<string>
}

/**
 * What an honest log must not hold. `identities`: all that accounts ever published; null: not looked at. `sha256`: as the two
 * browsers compute it.
 */
export function judgeLog(
  entries: readonly NewEntryRow[],
  { identities, sha256 }: { identities: ReadonlyMap<number, readonly string[]> | null; sha256: Sha256 },
): string[] {
  const faults: string[] = []
  const exchanges = new Map<string, Exchange>()
  const nameKeys = (exchange: string, salt: string): string => keySetIdOf(sha256, exchange, salt)
  let open: Exchange | null = null
  for (const [index, { sender, acceptedAt, envelope: text }] of entries.entries()) {
    const envelope = parseEnvelope(text)
    if (!envelope) continue
    const place = index + 1
    if (envelope.type === 'ECDH' && identities?.get(sender)?.includes(envelope.identity) === false)
      faults.push(`${sender} showed an identity at ${place} that it never published`)
    const begun = exchanges.get(envelope.exchange)
    if (isPrekey(envelope)) {
      const keys = new Set([nameKeys(envelope.exchange, envelope.salt)])
      if (begun) faults.push(`${sender} used the id of an exchange again at ${place}`)
      else exchanges.set(envelope.exchange, { sender, atMs: acceptedAt, state: 'one-way', keys })
    } else if (isOffer(envelope)) {
      const isOpen: boolean = open?.state === 'open' && acceptedAt - open.atMs < OFFER_OPEN_MS
      const isVoid = isOpen && open?.sender !== sender
      if (open && isOpen && !isVoid) open.state = 'void'
      const made: Exchange = { sender, atMs: acceptedAt, state: isVoid ? 'void' : 'open', keys: new Set() }
      exchanges.set(envelope.exchange, made)
      if (!isVoid) open = made
    } else if (envelope.type === 'ECDH') {
      const isAnswered = begun?.state === 'open' && begun.sender !== sender
      if (!isAnswered || acceptedAt - begun.atMs >= OFFER_OPEN_MS) continue
      begun.state = 'established'
      begun.keys.add(nameKeys(envelope.exchange, 'salt' in envelope ? envelope.salt : ''))
    } else if (begun?.state !== 'established' && !(begun?.state === 'one-way' && begun.sender === sender))
      faults.push(`${sender} used an exchange at ${place} that was never established`)
    else if (!begun.keys.has(envelope.keys))
      faults.push(`${sender} used keys at ${place} that the log never announced`)
    if (envelope.type === 'change') begun?.keys.add(nameKeys(envelope.exchange, envelope.salt))
  }
  return faults
}

const isOffer = (envelope: Envelope): boolean => envelope.type === 'ECDH' && envelope.step === 'offer'

const isPrekey = (envelope: Envelope): envelope is PrekeyEnvelope =>
  envelope.type === 'ECDH' && envelope.step === 'prekey'

/** Protocol, section 2. */
export function keySetIdOf(sha256: Sha256, exchange: string, salt: string): string {
  const named = Buffer.concat([
    Buffer.from('letterlock/keys/v1'),
    Buffer.from(exchange, 'base64url'),
    Buffer.from(salt, 'base64url'),
  ])
  return Buffer.from(sha256(new Uint8Array(named)).subarray(0, 16)).toString('base64url')
}
