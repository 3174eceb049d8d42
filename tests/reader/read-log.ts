/** Reads a whole log with the private keys of both sides: every value on the way, and a verdict for every entry. */
import { ascii, bytesOf, numberIn, readBytes, toText, u64 } from './bytes.ts'
import { decrypt, encrypt, hmac, iterateSha512, join, sha256 } from './crypto.ts'
import { paddedSize, readContent, readEnvelope, type Content, type EnvelopeOf } from './envelopes.ts'
import { epochOf, Exchanges, type Entry, type Exchange } from './exchanges.ts'
import { directionOf, KeyRing, type KeySet, type PrivateKeys } from './key-ring.ts'
import { Sender } from './senders.ts'

/** What one entry came to. Members that do not apply are left out. */
interface Found {
  readonly verdict: string
  readonly faults?: readonly string[]
  readonly voided?: readonly string[]
  /** The key set that begins here; null: nobody can have it. */
  readonly keys?: string | null
  readonly sealed?: object
  readonly change?: object
  readonly lost?: readonly object[]
  readonly pieces?: readonly string[] | null
}

export interface Log extends PrivateKeys {
  /** The lower one first. */
  readonly accounts: readonly number[]
  readonly entries: readonly Entry[]
}

/** Throws for a log that is not applied at all: entries that do not follow each other, or of a third account. */
export function readLog({ accounts, entries, ...privateKeys }: Log) {
  const [lower = 0, higher = 0] = accounts
  if (accounts.length !== 2 || lower >= higher) throw new Error('not two accounts in order')
  const ring = new KeyRing(accounts, privateKeys)
  const exchanges = new Exchanges()
  const senders = new Map(accounts.map((account) => [account, new Sender()]))
  const hashes = [toText(sha256(ascii('letterlock/log/v1'), u64(lower), u64(higher)))]
  const reported = new Set<string>()
  const questions = new Map<string, { readonly by: number; readonly from: number; readonly to: number }>()
  const safetyNumbers = new Map<string, { identities: readonly string[]; digits: string }>()
  let acceptedAt = 0

  const otherOf = (account: number): number => (account === lower ? higher : lower)

  function chain(entry: Entry): string {
    if (entry.seq !== hashes.length) throw new Error(`entry ${entry.seq} where ${hashes.length} belongs`)
    if (entry.acceptedAt < acceptedAt) throw new Error(`time falls at entry ${entry.seq}`)
    if (!senders.has(entry.sender)) throw new Error(`entry ${entry.seq} of a third account`)
    const id = readBytes(entry.id, 16)
    if (id === null) throw new Error(`entry ${entry.seq} has no id`)
    acceptedAt = entry.acceptedAt
    const inner = sha256(u64(entry.seq), u64(entry.sender), u64(acceptedAt), id, ascii(entry.envelope))
    const hash = toText(sha256(bytesOf(hashes.at(-1) ?? ''), inner))
    hashes.push(hash)
    return hash
  }

  const senderOf = (entry: Entry): Sender => senders.get(entry.sender) ?? new Sender()

  function readOne(entry: Entry): Found {
    const envelope = readEnvelope(entry.envelope)
    if (envelope === null) return { verdict: 'malformed' }
    switch (envelope.kind) {
      case 'offer': {
        const { verdict, voided } = exchanges.offer(entry, envelope)
        return { verdict, ...(voided.length > 0 && { voided }) }
      }
      case 'answer': {
        const verdict = exchanges.answer(entry, envelope)
        const offer = exchanges.find(envelope.exchange)
        if (verdict !== 'established' || !offer) return { verdict }
        return { verdict, keys: ring.takeAnswer(offer, envelope, entry.sender) }
      }
      case 'prekey': {
        const verdict = exchanges.prekey(entry, envelope)
        const begun = exchanges.find(envelope.exchange)
        if (verdict !== 'one-way' || !begun) return { verdict }
        return { verdict, keys: ring.takePrekey(begun, envelope, otherOf(entry.sender)) }
      }
      case 'change':
      case 'msg': {
        const exchange = exchanges.usableBy(envelope.exchange, entry.sender)
        if (!exchange) return { verdict: 'no_exchange' }
        const keySet = ring.find(envelope.exchange, envelope.keys)
        if (!keySet) return { verdict: 'no_keys' }
        return envelope.kind === 'msg'
          ? readMessage(entry, { envelope, exchange, keySet })
          : readChange(entry, { envelope, exchange, keySet })
      }
    }
  }

  function readChange(
    entry: Entry,
    { envelope, exchange, keySet }: { envelope: EnvelopeOf<'change'>; exchange: Exchange; keySet: KeySet },
  ): Found {
    const iv = numberIn(bytesOf(envelope.IV))
    const signed = join(bytesOf(envelope.IV), ascii('change'), bytesOf(envelope.salt))
    const signedWith = (keys: KeySet): string => toText(hmac(directionOf(keys, entry.sender).mac, signed))
    const before = { iv: String(iv), signed: toText(signed), MAC_old: signedWith(keySet) }
    if (before.MAC_old !== envelope.MAC_old) return { verdict: 'mac_old', change: before }
    if (epochOf(envelope.salt) !== BigInt(keySet.epoch + 1)) return { verdict: 'epoch', change: before }
    const next = ring.derive(envelope.exchange, envelope.salt)
    if (!next) return { verdict: 'no_keys' }
    const change = { ...before, MAC_new: signedWith(next) }
    if (change.MAC_new !== envelope.MAC_new) return { verdict: 'mac_new', change }
    const faults = senderOf(entry).faultOfClaim(envelope.keys, iv)
    const { epoch, id: keys } = next
    const refused = senderOf(entry).accept({ exchangeSeq: exchange.usableSeq ?? 0, epoch, iv: 0n, keys })
    if (refused) return { verdict: refused, change }
    ring.keySets.push(next)
    return { verdict: 'changed', change, keys, ...(faults.length > 0 && { faults }) }
  }

  function readMessage(
    entry: Entry,
    { envelope, exchange, keySet }: { envelope: EnvelopeOf<'msg'>; exchange: Exchange; keySet: KeySet },
  ): Found {
    const { keys } = envelope
    const { recipient, aes, mac } = directionOf(keySet, entry.sender)
    const [ivBytes, ciphertext] = [bytesOf(envelope.IV), bytesOf(envelope.ciphertext)]
    const iv = numberIn(ivBytes)
    const context = `CHAT_MSG_USER${entry.sender}to${recipient}|${keys}|${entry.id}`
    const MAC = toText(hmac(mac, ivBytes, ascii(context), ciphertext))
    const sealed = { iv: String(iv), context, MAC }
    if (MAC !== envelope.MAC) return { verdict: 'mac', sealed }
    const exchangeSeq = exchange.usableSeq ?? 0
    const refused = senderOf(entry).accept({ exchangeSeq, epoch: keySet.epoch, iv, keys })
    if (refused) return { verdict: refused, sealed }
    const padded = decrypt(aes, ivBytes, ascii(context), ciphertext)
    if (padded === null) return { verdict: 'decryption', sealed }
    if (toText(encrypt(aes, ivBytes, ascii(context), padded)) !== envelope.ciphertext)
      throw new Error(`entry ${entry.seq} seals to something else`)
    const opened = { ...sealed, paddedBytes: padded.length, padded: toText(padded) }
    const content = readContent(padded)
    if (content === null) return { verdict: 'content', sealed: opened }
    checkPadding(entry, content, padded)
    const faults = senderOf(entry).faultsOf(keys, content, { seq: entry.seq, hashes })
    const lost = content.kind === 'lost' ? readReport(entry, exchange, content) : []
    senderOf(entry).note(keys, content)
    if (content.range) questions.set(entry.id, { by: entry.sender, ...content.range })
    return {
      verdict: content.kind,
      sealed: opened,
      ...(content.answer && { pieces: readPieces(entry, content.answer) }),
      ...(faults.length > 0 && { faults }),
      ...(lost.length > 0 && { lost }),
    }
  }

  /** What this version writes is padded as the specification says. */
  function checkPadding({ seq }: Entry, { kind }: Content, padded: Uint8Array): void {
    const sizeBytes = padded.findLastIndex((byte) => byte !== 0x20) + 1
    if (kind !== 'unknown' && padded.length !== paddedSize(sizeBytes))
      throw new Error(`padding of entry ${seq}`)
  }

  function readReport({ sender: by }: Entry, under: Exchange, content: Content): object[] {
    const identity = exchanges.identityIn(under, by)
    const confirmedSeq = senders.get(by)?.confirmedSeq ?? 0
    return exchanges.report(by, under, content.exchanges, reported).map((exchange) => {
      reported.add(`${identity} ${exchange}`)
      return { by, identity, exchange, confirmedSeq }
    })
  }

  function readPieces({ sender }: Entry, { ask, pieces }: NonNullable<Content['answer']>): string[] | null {
    const question = questions.get(ask)
    if (!question || question.by === sender) return null
    return pieces.map(({ id, seq, by, body }) => {
      const entry = entries.find((one) => one.id === id)
      if (seq < question.from || seq > question.to) return 'not_asked'
      if (!entry) return 'unknown_entry'
      if (entry.seq !== seq) return 'wrong_seq'
      if (entry.sender !== by) return 'wrong_author'
      return body === null ? 'note' : 'placed'
    })
  }

  function noteSafetyNumber(): void {
    const identities = accounts.flatMap((account) => exchanges.shown.get(account)?.identity ?? [])
    const name = identities.join(' ')
    if (identities.length < 2 || safetyNumbers.has(name)) return
    const digits = accounts
      .map((account, index) => fingerprint(account, bytesOf(identities[index] ?? '')))
      .join('')
    safetyNumbers.set(name, { identities, digits })
  }

  const readings = entries.map((entry) => {
    const hash = chain(entry)
    const found = readOne(entry)
    noteSafetyNumber()
    const current = accounts.map((account) => exchanges.current(account, otherOf(account)))
    return { seq: entry.seq, ...found, hash, open: exchanges.open(entry.acceptedAt)?.id ?? null, current }
  })
  return {
    hash: hashes[0],
    exchanges: ring.secrets,
    keySets: ring.keySets,
    readings,
    safetyNumbers: [...safetyNumbers.values()],
  }
}

/** 30 digits of one account. */
function fingerprint(account: number, identity: Uint8Array): string {
  const hash = iterateSha512(join(ascii('letterlock/safety/v1'), u64(account), identity), identity)
  const groups = Array.from(
    { length: 6 },
    (_, group) => numberIn(hash.subarray(group * 5, group * 5 + 5)) % 100_000n,
  )
  return groups.map((group) => String(group).padStart(5, '0')).join('')
}
