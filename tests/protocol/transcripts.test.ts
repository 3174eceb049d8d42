import { createCipheriv, createECDH, createHash, createHmac, createPrivateKey, hkdfSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { answerEnvelope, messageEnvelope, offerEnvelope, parseEnvelope } from '../../server/wire/envelope.ts'
import { BEGINNINGS, makeTranscript } from './transcripts.ts'
import type { Transcript } from './transcripts.ts'

const url = new URL('../vectors/protocol/two-way.json', import.meta.url)
// Written by makeTranscript and compared with it below.
const frozen: Transcript[] = JSON.parse(readFileSync(url, 'utf8'))

const bytes = (text: string): Buffer => Buffer.from(text, 'base64url')
const u64 = (n: number): Buffer => {
  const eight = Buffer.alloc(8)
  eight.writeBigUInt64BE(BigInt(n))
  return eight
}
const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest()
const hmac = (key: Uint8Array, ...parts: Uint8Array[]): Buffer =>
  createHmac('sha256', key).update(Buffer.concat(parts)).digest()

/** X coordinate of the ECDH agreement, by OpenSSL. */
function agree(privateKey: string, publicKey: string): Buffer {
  const { d } = createPrivateKey({ key: bytes(privateKey), format: 'der', type: 'pkcs8' }).export({
    format: 'jwk',
  })
  const ecdh = createECDH('secp384r1')
  ecdh.setPrivateKey(bytes(d ?? ''))
  return ecdh.computeSecret(bytes(publicKey))
}

function entryOf(transcript: Transcript, index: number) {
  const entry = transcript.entries[index]
  if (!entry) throw new Error(`no entry ${index}`)
  return entry
}

describe('a whole two-way conversation', () => {
  test('is byte for byte the frozen one', async () => {
    expect(frozen).toHaveLength(BEGINNINGS.length)
    for (const [index, beginning] of BEGINNINGS.entries())
      expect(JSON.parse(JSON.stringify(await makeTranscript(beginning)))).toEqual(frozen[index])
  })

  test('opens to what was written', () => {
    for (const { opened } of frozen)
      expect(opened.map((content) => 'body' in content && content.body)).toEqual([
        'Hello Bob',
        'Grüße, 你好, 👋🏽',
        '',
        'under my own new keys',
        'and I under mine',
      ])
  })

  test('gives both sides the same keys, mirrored', () => {
    for (const { keySets } of frozen)
      for (const [index, { id, salt, send, receive }] of keySets.alice.entries())
        expect(keySets.bob[index]).toMatchObject({ id, salt, send: receive, receive: send })
  })
})

describe('a second client, written from the specification with another library', () => {
  test.each(frozen)('comes to the same transcript, keys and confirmation ($seed)', (transcript) => {
    const { accounts, identities, exchangeKeys, keySets } = transcript
    const offer = v.parse(offerEnvelope, parseEnvelope(entryOf(transcript, 0).envelope))
    const answer = v.parse(answerEnvelope, parseEnvelope(entryOf(transcript, 1).envelope))
    const hash = sha256(
      Buffer.from('letterlock/twoway/v1'),
      u64(accounts.alice),
      u64(accounts.bob),
      ...[offer.exchange, offer.identity, answer.identity, offer.key, answer.key].map(bytes),
    )
    expect(hash.toString('base64url')).toBe(transcript.transcript)

    const secret = bytes(transcript.secret)
    expect(secret).toHaveLength(144)
    expect(agree(identities.alice.privateKey, answer.key)).toEqual(secret.subarray(0, 48))
    expect(agree(identities.bob.privateKey, offer.key)).toEqual(secret.subarray(48, 96))
    expect(agree(exchangeKeys.bob.privateKey, offer.key)).toEqual(secret.subarray(96))

    const [first] = keySets.alice
    const derive = (label: string) =>
      Buffer.from(
        hkdfSync('sha256', secret, bytes(answer.salt), `${label}|${transcript.transcript}`, 32),
      ).toString('base64url')
    const { alice: a, bob: b } = accounts
    expect(first).toEqual({
      id: sha256(Buffer.from('letterlock/keys/v1'), bytes(offer.exchange), bytes(answer.salt))
        .subarray(0, 16)
        .toString('base64url'),
      epoch: 1,
      salt: answer.salt,
      send: { aes: derive(`CHAT_KEY_USER${a}to${b}`), mac: derive(`CHAT_MAC_USER${a}to${b}`) },
      receive: { aes: derive(`CHAT_KEY_USER${b}to${a}`), mac: derive(`CHAT_MAC_USER${b}to${a}`) },
    })
    expect(bytes(answer.salt).subarray(0, 8)).toEqual(u64(1))
    expect(hmac(bytes(first?.receive.mac ?? ''), Buffer.from('confirm'), hash)).toEqual(bytes(answer.confirm))
  })

  test.each(frozen)('seals the same first message ($seed)', (transcript) => {
    const { accounts, keySets, hashes } = transcript
    const [first] = keySets.alice
    const { id, envelope } = entryOf(transcript, 2)
    const message = v.parse(messageEnvelope, parseEnvelope(envelope))
    const log = { seq: 2, hash: hashes[2] }
    const json = JSON.stringify({ kind: 'text', sentAt: 1_790_000_000_000, n: 1, log, body: 'Hello Bob' })
    // 128 to 255 bytes: E = 7, S = 3, a multiple of 16.
    const padded = Buffer.from(json.padEnd(Math.ceil(json.length / 16) * 16))
    const iv = Buffer.from('000000000000000000000001', 'hex')
    const context = Buffer.from(`CHAT_MSG_USER${accounts.alice}to${accounts.bob}|${first?.id}|${id}`)
    const cipher = createCipheriv('aes-256-gcm', bytes(first?.send.aes ?? ''), iv).setAAD(context)
    const sealed = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()])

    expect(json.length).toBeGreaterThan(127)
    expect(bytes(message.IV)).toEqual(iv)
    expect(bytes(message.ciphertext)).toEqual(sealed)
    expect(bytes(message.MAC)).toEqual(hmac(bytes(first?.send.mac ?? ''), iv, context, sealed))
  })

  test.each(frozen)('comes to the same running hashes ($seed)', ({ accounts, entries, hashes }) => {
    const [lower = 0, higher = 0] = Object.values(accounts).toSorted((a, b) => a - b)
    let hash = sha256(Buffer.from('letterlock/log/v1'), u64(lower), u64(higher))
    expect(hash.toString('base64url')).toBe(hashes[0])
    for (const { seq, sender, acceptedAt, id, envelope } of entries) {
      const entryHash = sha256(u64(seq), u64(sender), u64(acceptedAt), bytes(id), Buffer.from(envelope))
      hash = sha256(hash, entryHash)
      expect(hash.toString('base64url')).toBe(hashes[seq])
    }
    expect(entries).toHaveLength(9)
  })
})
