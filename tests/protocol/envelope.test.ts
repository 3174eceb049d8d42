import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, fromBase64url, ivBytes, ivNumber, toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import { makeChange } from '../../pwa/protocol/change.ts'
import { openMessage, sealMessage, verifyMessage } from '../../pwa/protocol/envelope.ts'
import type { StoredMessage } from '../../pwa/protocol/envelope.ts'
import type { MessageEnvelope } from '../../server/wire/envelope.ts'
import { ENVELOPE_MOST_BYTES } from '../../server/wire/envelope.ts'
import { ENTRY_ID, makeTools, meet, parseMessage, textContent } from './two-parties.ts'

const tools = makeTools()
const parties = await meet(tools)
const { aliceKeys, bobKeys, aliceSecret } = parties
const fromAlice = { self: 7, contact: 12 }
const content = textContent('Are you there?')

const seal = (iv = 1n, entryId = ENTRY_ID, body = content) =>
  sealMessage(tools, { keySet: aliceKeys, iv, entryId, content: body, ...fromAlice })
const envelope = parseMessage(await seal())
/** As Bob finds it. */
const stored: StoredMessage = {
  keySet: bobKeys,
  envelope,
  entryId: ENTRY_ID,
  sender: 7,
  recipient: 12,
  self: 12,
}
const openWith = (changes: Partial<StoredMessage>) => openMessage(tools, { ...stored, ...changes })

function flipBit(text: string, bit: number): string {
  const bytes = fromBase64url(text)
  const index = (bit >> 3) % bytes.length
  bytes[index] = (bytes[index] ?? 0) ^ (1 << (bit & 7))
  return toBase64url(bytes)
}

/** An envelope whose MAC is right although the rest was not made by `sealMessage`. */
async function signAnew(changes: Partial<MessageEnvelope>): Promise<MessageEnvelope> {
  const altered = { ...envelope, ...changes }
  const signed = concat(
    fromBase64url(altered.IV),
    utf8(`CHAT_MSG_USER7to12|${altered.keys}|${ENTRY_ID}`),
    fromBase64url(altered.ciphertext),
  )
  return { ...altered, MAC: toBase64url(await tools.primitives.hmac(aliceKeys.send.mac, signed)) }
}

describe('sealMessage and openMessage', () => {
  test('give back what was written, to the recipient and to the sender', async () => {
    const texts = fc.string({ unit: 'grapheme', maxLength: 300 })
    const ivs = fc.bigInt({ min: 1n, max: (1n << 96n) - 1n })
    const property = fc.asyncProperty(texts, ivs, async (body, iv) => {
      const written = textContent(body)
      const sealed = parseMessage(await seal(iv, ENTRY_ID, written))
      expect(ivNumber(fromBase64url(sealed.IV))).toBe(iv)
      expect(await openWith({ envelope: sealed })).toEqual(written)
      expect(await openWith({ envelope: sealed, keySet: aliceKeys, self: 7 })).toEqual(written)
    })
    await fc.assert(property, { numRuns: 50 })
  })

  test('hold the longest text within the limit of an envelope', async () => {
    for (const letter of ['a', '"', '👋']) {
      const longest = textContent(letter.repeat(16_384 / utf8(letter).length), { replyTo: ENTRY_ID })
      const text = await seal(1n, ENTRY_ID, longest)
      expect(text.length).toBeLessThanOrEqual(ENVELOPE_MOST_BYTES)
      expect(await openWith({ envelope: parseMessage(text) })).toEqual(longest)
    }
  })

  test('hide the length of a text within its padded size', async () => {
    const size = async (body: string) => (await seal(1n, ENTRY_ID, textContent(body))).length
    expect(await size('yes')).toBe(await size('no'))
    expect(await size('yes')).toBeLessThan(await size('y'.repeat(300)))
  })
})

describe('sealMessage', () => {
  test.each([0n, -1n, 1n << 96n])('refuses IV %d', async (iv) => {
    await expect(seal(iv)).rejects.toMatchObject({ code: 'iv_out_of_range' })
  })

  test('names exchange and key set, and shows nothing of the content', async () => {
    expect(envelope).toMatchObject({ type: 'msg', exchange: aliceKeys.exchange, keys: aliceKeys.id })
    const text = await seal(1n, ENTRY_ID, textContent('unmistakable'))
    expect(Buffer.from(parseMessage(text).ciphertext, 'base64url').includes('unmistakable')).toBe(false)
  })

  test('writes key, IV and plaintext into the crypto log', async () => {
    tools.records.length = 0
    await seal(77n)
    expect(tools.records).toMatchObject([
      {
        operation: 'seal',
        peer: 12,
        exchange: aliceKeys.exchange,
        epoch: 1,
        keys: aliceKeys.id,
        key: toBase64url(aliceKeys.send.aes),
        iv: '77',
        plaintext: JSON.stringify(content),
      },
      { operation: 'mac', key: toBase64url(aliceKeys.send.mac), iv: '77' },
    ])
  })
})

describe('openMessage', () => {
  test('opens the message that the tests below alter', async () => {
    expect(await openWith({})).toEqual(content)
  })

  test('refuses by its MAC any flipped bit of IV, ciphertext, MAC and key set', async () => {
    const members = fc.constantFrom('IV', 'ciphertext', 'MAC', 'keys', 'exchange')
    const property = fc.asyncProperty(members, fc.nat(), async (member, bit) => {
      const altered = { ...envelope, [member]: flipBit(envelope[member], bit) }
      expect(await openWith({ envelope: altered })).toEqual({ unreadable: 'mac' })
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('refuses by its MAC any other entry id', async () => {
    const property = fc.asyncProperty(fc.nat({ max: 127 }), async (bit) => {
      expect(await openWith({ entryId: flipBit(ENTRY_ID, bit) })).toEqual({ unreadable: 'mac' })
    })
    await fc.assert(property, { numRuns: 128 })
  })

  test('refuses by its MAC another sender or recipient', async () => {
    const moved = [
      { sender: 12, recipient: 7 },
      { sender: 8 },
      { recipient: 13 },
      { sender: 71, recipient: 2 },
    ]
    for (const changes of moved) expect(await openWith(changes)).toEqual({ unreadable: 'mac' })
  })

  test('refuses by its MAC a message reflected to its sender', async () => {
    const reflected = { keySet: aliceKeys, self: 7, sender: 12, recipient: 7 }
    expect(await openWith(reflected)).toEqual({ unreadable: 'mac' })
  })

  test('refuses by its MAC a ciphertext that was cut or grew', async () => {
    const bytes = fromBase64url(envelope.ciphertext)
    for (const other of [bytes.slice(0, -1), bytes.slice(1), concat(bytes, Uint8Array.of(0))]) {
      const altered = { ...envelope, ciphertext: toBase64url(other) }
      expect(await openWith({ envelope: altered })).toEqual({ unreadable: 'mac' })
    }
  })

  test('refuses the keys of another epoch and of another exchange', async () => {
    const { next } = await makeChange(tools, {
      current: aliceKeys,
      secret: aliceSecret,
      lastIv: 1n,
      ...fromAlice,
    })
    const other = await meet(tools)
    for (const keySet of [next, other.bobKeys])
      expect(await openWith({ keySet })).toEqual({ unreadable: 'mac' })
  })

  test('refuses IV 0 even under a good MAC', async () => {
    const zero = await signAnew({ IV: toBase64url(ivBytes(0n)) })
    expect(await openWith({ envelope: zero })).toEqual({ unreadable: 'mac' })
  })

  test('says "decryption" for a good MAC over a ciphertext that is none', async () => {
    const signed = await signAnew({ ciphertext: flipBit(envelope.ciphertext, 5) })
    expect(await openWith({ envelope: signed })).toEqual({ unreadable: 'decryption' })
    const short = await signAnew({ ciphertext: toBase64url(new Uint8Array(16)) })
    expect(await openWith({ envelope: short })).toEqual({ unreadable: 'decryption' })
  })

  test('says "content" for what is sealed well and has no form', async () => {
    const iv = ivBytes(1n)
    const context = utf8(`CHAT_MSG_USER7to12|${aliceKeys.id}|${ENTRY_ID}`)
    const sealed = await tools.primitives.encrypt(aliceKeys.send.aes, iv, utf8('not JSON'), context)
    const signed = await signAnew({ ciphertext: toBase64url(sealed) })
    expect(await openWith({ envelope: signed })).toEqual({ unreadable: 'content' })
  })

  test('does not decrypt before the MAC has verified', async () => {
    let decryptions = 0
    const { decrypt } = { decrypt: tools.primitives.decrypt.bind(tools.primitives) }
    const counting = {
      ...tools,
      primitives: {
        ...tools.primitives,
        decrypt: (...all: Parameters<typeof decrypt>) => (decryptions++, decrypt(...all)),
      },
    }
    await openMessage(counting, { ...stored, envelope: { ...envelope, MAC: flipBit(envelope.MAC, 0) } })
    expect(decryptions).toBe(0)
    await openMessage(counting, stored)
    expect(decryptions).toBe(1)
  })

  test('writes success and each refusal into the crypto log', async () => {
    tools.records.length = 0
    await openWith({})
    await openWith({ entryId: flipBit(ENTRY_ID, 3) })
    await openWith({ envelope: await signAnew({ ciphertext: flipBit(envelope.ciphertext, 5) }) })
    expect(tools.records.map(({ operation, reason }) => [operation, reason])).toEqual([
      ['mac', undefined],
      ['open', undefined],
      ['refuse', 'mac'],
      ['mac', undefined],
      ['refuse', 'decryption'],
    ])
    expect(tools.records[1]).toMatchObject({ iv: '1', peer: 7, plaintext: JSON.stringify(content) })
  })
})

describe('verifyMessage', () => {
  test('is true for the genuine message, on both sides, and false for an altered one', async () => {
    expect(await verifyMessage(tools, stored)).toBe(true)
    expect(await verifyMessage(tools, { ...stored, keySet: aliceKeys, self: 7 })).toBe(true)
    expect(await verifyMessage(tools, { ...stored, entryId: flipBit(ENTRY_ID, 0) })).toBe(false)
  })
})
