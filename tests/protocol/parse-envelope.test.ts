import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ENVELOPE_MOST_BYTES, parseEnvelope } from '../../server/wire/envelope.ts'
import { makeChange } from '../../pwa/protocol/change.ts'
import { toBase64url } from '../../pwa/protocol/bytes.ts'
import { beginOneWay, makePrekey } from '../../pwa/protocol/one-way.ts'
import { sealMessage } from '../../pwa/protocol/envelope.ts'
import { ENTRY_ID, makeTools, meet, textContent } from './two-parties.ts'

const tools = makeTools()
const { alice, bob, offer, answer, aliceKeys, aliceSecret } = await meet(tools)
const direction = { self: 7, contact: 12 }
const message = await sealMessage(tools, {
  keySet: aliceKeys,
  iv: 1n,
  entryId: ENTRY_ID,
  content: textContent('hello'),
  ...direction,
})
const changed = await makeChange(tools, { current: aliceKeys, secret: aliceSecret, lastIv: 1n, ...direction })
const prekey = await makePrekey(tools)
const begun = await beginOneWay(tools, {
  self: alice,
  contact: 12,
  identity: toBase64url(bob.identity.publicKey),
  prekey: { id: prekey.id, key: toBase64url(prekey.keyPair.publicKey) },
})
const envelopes = { offer, answer, prekey: begun.envelope, message, change: changed.envelope }
const each = Object.entries(envelopes)

const parseObject = (text: string): Record<string, unknown> => JSON.parse(text)
const rewrite = (text: string, changes: Record<string, unknown>) =>
  JSON.stringify({ ...parseObject(text), ...changes })

describe('parseEnvelope', () => {
  test.each(each)('reads what the protocol writes: %s', (_name, text) => {
    expect(parseEnvelope(text)).toEqual(parseObject(text))
  })

  test.each(each)('reads the members of an %s in any order and with white space', (_name, text) => {
    const turned = Object.fromEntries(Object.entries(parseObject(text)).toReversed())
    expect(parseEnvelope(JSON.stringify(turned, null, 2))).toEqual(parseObject(text))
  })

  test.each(each)('refuses a missing member: %s', (_name, text) => {
    for (const member of Object.keys(parseObject(text)))
      expect(parseEnvelope(rewrite(text, { [member]: undefined }))).toBeNull()
  })

  test.each(each)('refuses an unknown member, whatever its name: %s', (_name, text) => {
    for (const name of ['other', 'Type', 'mac', 'toString', 'constructor', '__proto__', ''])
      expect(parseEnvelope(`${text.slice(0, -1)},${JSON.stringify(name)}:"x"}`)).toBeNull()
  })

  test.each(each)('refuses a member given twice: %s', (_name, text) => {
    for (const [name, value] of Object.entries(parseObject(text))) {
      const member = JSON.stringify(value)
      const escaped = `\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}`
      for (const again of [name, escaped])
        for (const space of ['', ' ', '\n'])
          expect(parseEnvelope(`${text.slice(0, -1)},"${again}"${space}:${member}}`)).toBeNull()
    }
  })

  test.each(each)('refuses a value of another type, length or alphabet: %s', (_name, text) => {
    for (const [name, value] of Object.entries(parseObject(text))) {
      const good = String(value)
      const wrong = [
        null,
        7,
        true,
        [],
        {},
        [good],
        '',
        `${good}=`,
        `${good}A`,
        ` ${good}`,
        `${good}\n`,
        '\ud800',
      ]
      if (name === 'ciphertext') wrong.splice(wrong.indexOf(`${good}A`), 1)
      for (const other of wrong) expect(parseEnvelope(rewrite(text, { [name]: other }))).toBeNull()
    }
  })

  test('refuses base64url whose last character has bits to spare', () => {
    const { MAC } = parseObject(message)
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const accepted = alphabet
      .split('')
      .filter((last) => parseEnvelope(rewrite(message, { MAC: String(MAC).slice(0, -1) + last })))
    expect(accepted.join('')).toBe('AEIMQUYcgkosw048')
  })

  test('refuses lone surrogates, raw and escaped', () => {
    expect(parseEnvelope(`${message.slice(0, -1)}\ud800}`)).toBeNull()
    expect(parseEnvelope(message.replace('"msg"', '"msg\ud800"'))).toBeNull()
    expect(parseEnvelope(message.replace('"msg"', '"msg\\ud800"'))).toBeNull()
  })

  test('refuses an envelope above 96 KiB', () => {
    const withSpaces = (sizeBytes: number) => message.slice(0, -1).padEnd(sizeBytes - 1) + '}'
    expect(parseEnvelope(withSpaces(ENVELOPE_MOST_BYTES))).not.toBeNull()
    expect(parseEnvelope(withSpaces(ENVELOPE_MOST_BYTES + 1))).toBeNull()
  })

  test('refuses a ciphertext shorter than its tag', () => {
    expect(parseEnvelope(rewrite(message, { ciphertext: 'A'.repeat(22) }))).not.toBeNull()
    expect(parseEnvelope(rewrite(message, { ciphertext: 'A'.repeat(20) }))).toBeNull()
  })

  test.each(['', 'null', '[]', '7', '"msg"', '{}', '{', `${message}x`, `[${message}]`, `\ufeff${message}`])(
    'refuses %j',
    (text) => {
      expect(parseEnvelope(text)).toBeNull()
    },
  )

  test('never throws, and accepts nothing that it would not write', () => {
    const at = fc.nat({ max: message.length })
    const piece = fc.string({ maxLength: 4 })
    const property = fc.property(
      fc.constantFrom(...Object.values(envelopes)),
      at,
      at,
      piece,
      (text, i, j, p) => {
        const altered = text.slice(0, i) + p + text.slice(j)
        const parsed = parseEnvelope(altered)
        if (parsed !== null) expect(parseEnvelope(JSON.stringify(parsed))).toEqual(parsed)
      },
    )
    fc.assert(property, { numRuns: 1000 })
  })
})
