import { describe, expect, test } from 'vitest'
import { toBase64url, utf8 } from '../../pwa/protocol/bytes.ts'
import { chainEntry, emptyLog } from '../../pwa/protocol/log-state.ts'
import { acceptPosition } from '../../pwa/protocol/positions.ts'
import type { Entry } from '../../server/wire/log.ts'
import { ENTRY_ID, makeTools } from './two-parties.ts'

const A = 7
const B = 12
const START = 1_790_000_000_000
const tools = makeTools()
const empty = await emptyLog(tools, A, B)

describe('emptyLog', () => {
  test('differs for every pair of accounts', async () => {
    const hashes = await Promise.all(
      [
        [7, 12],
        [7, 13],
        [6, 12],
        [71, 2_000],
      ].map(async ([lower = 0, higher = 0]) => {
        const state = await emptyLog(tools, lower, higher)
        return state.hash
      }),
    )
    expect(new Set(hashes).size).toBe(4)
  })

  test.each([
    [12, 7],
    [7, 7],
  ])('refuses %d before %d', async (lower, higher) => {
    await expect(emptyLog(tools, lower, higher)).rejects.toMatchObject({ code: 'malformed' })
  })

  test('can be stored by a structured clone', async () => {
    const state = acceptPosition(empty, A, { exchangeSeq: 2, epoch: 1, iv: 1n << 90n, keys: ENTRY_ID })
    expect(structuredClone(state)).toEqual(state)
  })
})

describe('chainEntry', () => {
  const entry = { seq: 1, id: ENTRY_ID, sender: A, acceptedAt: START, envelope: '{}' }

  test('advances position, time and hash', async () => {
    const state = await chainEntry(tools, empty, entry)
    expect(state).toMatchObject({ seq: 1, acceptedAt: START })
    expect(state.hash).not.toBe(empty.hash)
    const next = await chainEntry(tools, state, { ...entry, seq: 2 })
    expect(next.hash).not.toBe(state.hash)
  })

  test('gives another hash when anything about the entry is other', async () => {
    const variants: Entry[] = [
      entry,
      { ...entry, sender: B },
      { ...entry, acceptedAt: START + 1 },
      { ...entry, id: toBase64url(utf8('another entry id')) },
      { ...entry, envelope: '{} ' },
    ]
    const states = await Promise.all(variants.map((one) => chainEntry(tools, empty, one)))
    expect(new Set(states.map(({ hash }) => hash)).size).toBe(variants.length)
  })

  test.each([0, 2, 3])('refuses entry %d as the first', async (seq) => {
    await expect(chainEntry(tools, empty, { ...entry, seq })).rejects.toMatchObject({
      code: 'not_contiguous',
    })
  })

  test('refuses a time that falls, and takes the same time again', async () => {
    const state = await chainEntry(tools, empty, entry)
    const same = await chainEntry(tools, state, { ...entry, seq: 2 })
    expect(same.seq).toBe(2)
    const earlier = { ...entry, seq: 2, acceptedAt: START - 1 }
    await expect(chainEntry(tools, state, earlier)).rejects.toMatchObject({ code: 'time_falls' })
  })

  test('refuses an entry of a third account', async () => {
    const foreign = { ...entry, sender: 99 }
    await expect(chainEntry(tools, empty, foreign)).rejects.toMatchObject({ code: 'foreign_sender' })
  })
})
