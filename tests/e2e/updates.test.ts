/**
 * Two real builds, one after the other and back, with messages in the outbox and three tabs open (reliability T-D8, T-B3). Each
 * release has to leave every message in the log, once, and what was typed in its field.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRandomness } from '../sim/randomness.ts'
import { UpdateStage, type Outcome } from './update-stage.ts'

/** `npm run campaign:updates` plays so many releases more, in random order. */
const RELEASES = Number(process.env['UPDATE_RELEASES'] ?? 0)
const SEED = Number(process.env['UPDATE_SEED'] ?? 1)
const RELEASE_MOST_MS = 60_000
/** A release that lacks a file is broken only where none has seen it: later the browser still has that file. */
const WAYS: readonly Outcome[] = ['accepted', 'put off', 'held in one tab']

let stage: UpdateStage

beforeAll(async () => {
  stage = await UpdateStage.open()
}, 180_000)

afterAll(() => stage?.remove())

describe('a new version with a new table in the database', () => {
  test('that lacks a file leaves the old one at work', () => stage.play('broken'))

  test('loads every tab once when one accepts it', () => stage.play('accepted'))

  test('can be rolled back, on the data that it has touched', () => stage.play('accepted'))

  test('leaves a tab alone in which something is half typed, and works beside it', () =>
    stage.play('held in one tab'))

  test('that is put off changes nothing until all tabs are closed', () => stage.play('put off'))

  test('loses nothing in all this', () => {
    expect(stage.figures).toMatchObject({ rounds: 5, messages: 27 })
  })
})

describe.runIf(RELEASES > 0)('releases in random order', () => {
  test(
    'lose nothing and load no tab once too often',
    async () => {
      const chance = createRandomness(SEED)
      for (let release = 1; release <= RELEASES; release += 1) await stage.play(chance.pick(WAYS))
      process.stdout.write(`${JSON.stringify(stage.figures)}\n`)
    },
    RELEASES * RELEASE_MOST_MS,
  )
})
