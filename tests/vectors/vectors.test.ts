import { readFileSync } from 'node:fs'
import { expect, test, describe } from 'vitest'
import { makeVectors } from './make-vectors.ts'

const text = readFileSync(new URL('letterlock-v1.json', import.meta.url), 'utf8')

interface Reading {
  readonly verdict: string
  readonly faults?: readonly string[]
}
// Compared with what the protocol makes below.
const { transcripts } = JSON.parse(text) as { transcripts: { expected: { readings: Reading[] } }[] }
const readings = transcripts.flatMap(({ expected }) => expected.readings)

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

describe('letterlock-v1.json', () => {
  test('is what the protocol makes of its seeds, byte for byte', async () => {
    expect(await makeVectors()).toBe(text)
  })

  test('has an example of every verdict and every fault', () => {
    expect(new Set(readings.map(({ verdict }) => verdict))).toEqual(new Set(Object.values(VERDICTS).flat()))
    expect(new Set(readings.flatMap(({ faults = [] }) => faults))).toEqual(new Set(FAULTS))
  })
})
