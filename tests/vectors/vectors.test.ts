import { readFileSync } from 'node:fs'
import { expect, test, describe } from 'vitest'
import { FILES, makeVectors } from './make-vectors.ts'

const textOf = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')

interface Reading {
  readonly verdict: string
  readonly faults?: readonly string[]
  readonly pieces?: readonly string[] | null
}
function readingsIn(file: string): Reading[] {
  // Compared with what the protocol makes below.
  const { transcripts } = JSON.parse(textOf(file)) as { transcripts: { expected: { readings: Reading[] } }[] }
  return transcripts.flatMap(({ expected }) => expected.readings)
}

/** Every word that the specification has for what becomes of an entry. */
const VERDICTS = {
  offer: ['open', 'void', 'repeated'],
  prekey: ['one-way', 'repeated', 'bad_epoch'],
  answer: ['established', 'unknown_offer', 'own_offer', 'not_first', 'void_offer', 'late', 'bad_epoch'],
  change: ['changed', 'mac_old', 'epoch', 'mac_new'],
  message: ['text', 'lost', 'unknown', 'mac', 'replay', 'key_set_conflict', 'decryption', 'content'],
  any: ['malformed', 'no_exchange', 'no_keys'],
}
const FAULTS = ['gap', 'repeated', 'went_back', 'fork', 'falling']

test.each(Object.entries(FILES))(
  '%s is what the protocol makes of its seeds, byte for byte',
  async (file, stories) => {
    expect(await makeVectors(stories)).toBe(textOf(file))
  },
)

describe('letterlock-v1.json', () => {
  const readings = readingsIn('letterlock-v1.json')

  test('has an example of every verdict and every fault', () => {
    expect(new Set(readings.map(({ verdict }) => verdict))).toEqual(new Set(Object.values(VERDICTS).flat()))
    expect(new Set(readings.flatMap(({ faults = [] }) => faults))).toEqual(new Set(FAULTS))
  })
})

describe('letterlock-v1-sharing.json', () => {
  const readings = readingsIn('letterlock-v1-sharing.json')

  test('has an example of all that the log alone says of a piece', () => {
    expect(new Set(readings.flatMap(({ pieces = [] }) => pieces ?? ['nobody asked']))).toEqual(
      new Set(['placed', 'note', 'not_asked', 'unknown_entry', 'wrong_seq', 'wrong_author', 'nobody asked']),
    )
  })
})
