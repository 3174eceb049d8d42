import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, utf8 } from '../../pwa/protocol/bytes.ts'
import {
  CONTENT_MOST_BYTES,
  TEXT_MOST_BYTES,
  paddedSize,
  readContent,
  writeContent,
  type KnownContent,
} from '../../pwa/protocol/content.ts'
import { ENTRY_ID, textContent } from './two-parties.ts'

const anyText = fc.string({ unit: 'grapheme', maxLength: 400 })

describe('paddedSize', () => {
  // L, E = floor(log2 L), S = bits of E, step 2^(E - S), worked by hand.
  test.each([
    [1, 1],
    [8, 8],
    [9, 10],
    [100, 104],
    [127, 128],
    [129, 144],
    [144, 144],
    [145, 160],
    [1000, 1024],
    [1025, 1088],
    [65_535, 65_536],
  ])('of %d bytes is %d', (sizeBytes, padded) => {
    expect(paddedSize(sizeBytes)).toBe(padded)
  })

  test('is never smaller, never 12 % larger, and padded already', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1 << 20 }), (sizeBytes) => {
        const padded = paddedSize(sizeBytes)
        expect(padded).toBeGreaterThanOrEqual(sizeBytes)
        expect(padded - sizeBytes).toBeLessThanOrEqual(Math.max(1, sizeBytes * 0.12))
        expect(paddedSize(padded)).toBe(padded)
      }),
    )
  })

  test('leaves 140 sizes to tell apart up to 16 KiB', () => {
    const sizes = new Set(Array.from({ length: 16_384 }, (_, index) => paddedSize(index + 1)))
    expect(sizes.size).toBe(140)
  })
})

describe('writeContent and readContent', () => {
  test('give back the same content, in a padded size', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), fc.integer({ min: 1 }), (body, isReply, n) => {
        const content = textContent(body, isReply ? { n, replyTo: ENTRY_ID } : { n })
        const bytes = writeContent(content)
        expect(bytes).toHaveLength(paddedSize(utf8(JSON.stringify(content)).length))
        expect(readContent(bytes)).toEqual(content)
      }),
    )
  })

  test('keep spaces and line ends of the text', () => {
    const content = textContent('  two spaces before, a line end after \n\t ')
    expect(readContent(writeContent(content))).toEqual(content)
  })

  test('are padded with spaces and nothing else', () => {
    const json = JSON.stringify(textContent('hello'))
    expect(readContent(utf8(`${json}   `))).toEqual(textContent('hello'))
    expect(readContent(utf8(`${json}\u00A0`))).toBeNull()
    expect(readContent(utf8(`${json}\uFEFF`))).toBeNull()
  })

  test('take 16 KiB of text and not a byte more', () => {
    for (const letter of ['a', 'é', '€', '👋', '"', '\n']) {
      const size = utf8(letter).length
      const most = textContent(letter.repeat(Math.floor(16_384 / size)))
      expect(readContent(writeContent(most))).toEqual(most)
      const over = textContent(letter.repeat(Math.floor(16_384 / size) + 1))
      expect(() => writeContent(over)).toThrow(expect.objectContaining({ code: 'text_too_long' }))
    }
  })

  test('refuse to write what an envelope cannot hold', () => {
    const controls = textContent('\u0001'.repeat(16_384))
    expect(JSON.stringify(controls).length).toBeGreaterThan(CONTENT_MOST_BYTES)
    expect(() => writeContent(controls)).toThrow(expect.objectContaining({ code: 'text_too_long' }))
  })

  test('refuse to write what nobody could read back', () => {
    const lone = textContent('\ud83d')
    const notCounted = textContent('a', { n: 0 })
    for (const content of [lone, notCounted])
      expect(() => writeContent(content)).toThrow(expect.objectContaining({ code: 'malformed' }))
  })
})

describe('readContent', () => {
  const read = (value: unknown) => readContent(utf8(JSON.stringify(value)))
  const good = textContent('hello')

  test('ignores members it does not know', () => {
    expect(read({ ...good, mood: 'cheerful' })).toEqual(good)
  })

  test.each(['shared', 'picture'])('keeps a content of kind %j, which it does not know', (kind) => {
    const { sentAt, n, log } = good
    const value = { kind, sentAt, n, log, places: ['x'] }
    expect(read(value)).toEqual({ kind: 'unknown', sentAt, n, log, json: JSON.stringify(value) })
  })

  test('is null for a text of another form', () => {
    const wrong = [
      { ...good, body: 7 },
      { ...good, body: 'a'.repeat(16_385) },
      { ...good, body: '\udc00' },
      { ...good, n: 0 },
      { ...good, n: 1.5 },
      { ...good, sentAt: -1 },
      { ...good, log: { seq: 1 } },
      { ...good, log: { seq: 1, hash: 'short' } },
      { ...good, replyTo: 'short' },
      { ...good, again: null },
      { kind: 'lost' },
      { ...good, kind: 7 },
      [],
      'text',
      null,
    ]
    expect(wrong.map(read)).toEqual(wrong.map(() => null))
  })

  test('is null for bytes that are not UTF-8 or not JSON', () => {
    const json = utf8(JSON.stringify(good))
    expect(readContent(json)).toEqual(good)
    /** The first letter of the text replaced by one byte. */
    const withinText = (byte: number) => json.with(json.indexOf(utf8('hello')[0] ?? 0, json.length - 8), byte)
    expect(readContent(withinText(0x6a))).toEqual(textContent('jello'))
    const noContents = [
      withinText(0xff),
      concat(json, Uint8Array.of(0xff)),
      concat(json, Uint8Array.of(0xed, 0xa0, 0x80)),
      concat(utf8('\ufeff'), json),
      concat(json, json),
      json.slice(0, -1),
      new Uint8Array(0),
    ]
    expect(noContents.map(readContent)).toEqual(noContents.map(() => null))
  })

  test('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(readContent(concat(bytes))).toBeNull()
      }),
    )
  })
})

const ID = 'AAAAAAAAAAAAAAAAAAAAAA'
const { sentAt: SENT_AT, n: N, log: LOG } = textContent('')
const HEAD = { sentAt: SENT_AT, n: N, log: LOG }

describe('a question for the history', () => {
  const ask = { kind: 'ask', ...HEAD, from: 1, to: 41 } as const

  test('is read as it was written', () => {
    expect(readContent(writeContent(ask))).toEqual(ask)
  })

  test.each([{ from: 0 }, { to: 0 }, { to: 1.5 }, { to: 2 ** 53 }])('asks not for %j', (wrong) => {
    expect(() => writeContent({ ...ask, ...wrong })).toThrow(expect.objectContaining({ code: 'malformed' }))
    expect(readContent(utf8(JSON.stringify({ ...ask, ...wrong })))).toBeNull()
  })
})

describe('a batch of shared history', () => {
  const message = { id: ID, seq: 4, by: 7, body: 'Grüße' }
  const share = {
    kind: 'share',
    ...HEAD,
    ask: ID,
    rest: 411,
    pieces: [message, { id: ID, seq: 5, by: 12, body: null }],
  } as const
  const with_ = (changes: object) => ({ ...share, pieces: [{ ...message, ...changes }] })

  test('is read as it was written', () => {
    expect(readContent(writeContent(content(share)))).toEqual(share)
    expect(readContent(writeContent(content({ ...share, rest: 0, pieces: [] })))).toMatchObject({
      pieces: [],
    })
  })

  test('holds the longest text that can be sent, and 200 pieces', () => {
    const longest = content(with_({ body: 'a'.repeat(TEXT_MOST_BYTES) }))
    expect(readContent(writeContent(longest))).toEqual(longest)
    const many = content({ ...share, pieces: Array.from({ length: 200 }, () => message) })
    expect(readContent(writeContent(many))).toEqual(many)
  })

  test.each([
    ['201 pieces', { ...share, pieces: Array.from({ length: 201 }, () => message) }],
    ['a negative rest', { ...share, rest: -1 }],
    ['a rest above 2^53', { ...share, rest: 2 ** 53 }],
    ['a question that is no entry id', { ...share, ask: 'x' }],
    ['a piece of no entry', with_({ id: 'x' })],
    ['a piece before the log', with_({ seq: 0 })],
    ['a piece of nobody', with_({ by: 0 })],
    ['a piece without a body', with_({ body: undefined })],
    ['a piece that is too long', with_({ body: 'a'.repeat(TEXT_MOST_BYTES + 1) })],
    ['a piece with a lone surrogate', with_({ body: '\udc00' })],
  ])('has not %s', (_what, wrong) => {
    expect(() => writeContent(content(wrong))).toThrow(expect.objectContaining({ code: 'malformed' }))
    expect(readContent(utf8(JSON.stringify(wrong)))).toBeNull()
  })

  test('is refused above 64 KiB', () => {
    const large = content({
      ...share,
      pieces: Array.from({ length: 5 }, () => ({ ...message, body: 'a'.repeat(16_000) })),
    })
    expect(() => writeContent(large)).toThrow(expect.objectContaining({ code: 'text_too_long' }))
  })
})

/** What the compiler would not let through. */
const content = (value: object) => value as KnownContent

describe('a report of what was lost', () => {
  const { sentAt, n, log } = textContent('')
  const exchanges = ['AAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAQ']
  const report = { kind: 'lost', sentAt, n, log, exchanges } as const

  test('is read as it was written', () => {
    expect(readContent(writeContent(report))).toEqual(report)
  })

  test.each([
    ['no exchange', []],
    ['101 exchanges', Array.from({ length: 101 }, () => 'AAAAAAAAAAAAAAAAAAAAAA')],
    ['what is no exchange id', ['x']],
  ])('names not %s', (_what, wrong) => {
    expect(() => writeContent({ ...report, exchanges: wrong })).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    )
    expect(readContent(utf8(JSON.stringify({ ...report, exchanges: wrong })))).toBeNull()
  })
})
