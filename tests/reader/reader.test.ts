/**
 * A second implementation, written from `pwa/protocol/README.md` and the vectors alone, with another crypto library and no
 * line of the project's code: what the page leaves unsaid would show here.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readLog, type Log } from './read-log.ts'

interface Transcript extends Log {
  readonly name: string
  readonly expected: object
}

const transcripts = ['letterlock-v1.json', 'letterlock-v1-sharing.json'].flatMap((file) => {
  const url = new URL(`../vectors/${file}`, import.meta.url)
  // Its form is described in tests/vectors/README.md and compared member by member below.
  return (JSON.parse(readFileSync(url, 'utf8')) as { transcripts: Transcript[] }).transcripts
})

/** How many characters of an envelope are altered, one at a time. */
const PLACES = 24

const read = ({ accounts, keyPairs, prekeys, entries }: Transcript) =>
  readLog({ accounts, keyPairs, prekeys, entries })

describe('the independent reader', () => {
  test('finds transcripts', () => expect(transcripts.length).toBeGreaterThan(12))

  test.each(transcripts)('comes to every value and verdict of: $name', (transcript) => {
    expect(read(transcript)).toEqual(transcript.expected)
  })
})

type Path = readonly (string | number)[]

/** Where each text and number stands. */
function listLeaves(value: unknown, path: Path = []): Path[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => listLeaves(one, [...path, index]))
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, one]) => listLeaves(one, [...path, name]))
}

/** A copy in which the leaf at `path` says something else; of a text, the character at `at`, a fraction of its length. */
function mutate<T>(value: T, path: Path, at: number): T {
  const copy = structuredClone(value)
  const last = path.at(-1) ?? ''
  let holder = copy as Record<string | number, unknown> // each path leads through objects and arrays to a leaf
  for (const name of path.slice(0, -1)) holder = holder[name] as typeof holder // as above
  holder[last] = mutateLeaf(holder[last], at)
  return copy
}

function mutateLeaf(leaf: unknown, at: number): unknown {
  if (typeof leaf === 'number') return leaf + 1
  if (typeof leaf !== 'string') return 'AAAA'
  const index = Math.floor(at * leaf.length)
  return `${leaf.slice(0, index)}${leaf[index] === 'B' ? 'C' : 'B'}${leaf.slice(index + 1)}`
}

function isRight(transcript: Transcript): boolean {
  try {
    expect(read(transcript)).toEqual(transcript.expected)
    return true
  } catch {
    return false
  }
}

/** Whether an entry gave a message or keys. */
const isTaken = ({ verdict, keys }: { verdict: string; keys?: string | null }): boolean =>
  ['text', 'lost', 'ask', 'share', 'unknown'].includes(verdict) || (keys !== undefined && keys !== null)

describe('an altered transcript', () => {
  test.each(transcripts)('is another, whichever value is altered: $name', (transcript) => {
    const { name: _, ...values } = transcript
    const leaves = listLeaves(values)
    expect(leaves.length).toBeGreaterThan(50)
    expect(isRight(transcript)).toBe(true)
    expect(leaves.filter((path) => isRight(mutate(transcript, path, 0.5)))).toEqual([])
  })

  test.each(transcripts)('neither opens nor gives keys where an envelope is altered: $name', (transcript) => {
    const before = read(transcript).readings
    const places = Array.from({ length: PLACES }, (_, place) => (place + 0.5) / PLACES)
    const taken = [...before.keys()].filter((index) => isTaken(before[index] ?? { verdict: '' }))
    const stillTaken = taken.flatMap((index) =>
      places.filter((at) => {
        const { readings } = read(mutate(transcript, ['entries', index, 'envelope'], at))
        return isTaken(readings[index] ?? { verdict: '' })
      }),
    )
    expect(taken.length).toBeGreaterThan(2)
    expect(stillTaken).toEqual([])
  })
})
