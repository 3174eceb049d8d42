/** Both refresh at the same moment, and neither knows of the other (protocol, section 5). */
import { isPull, isStream } from '../support/fault-proxy.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectHistoryIsLog, expectKept } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

let pair: Pair

beforeAll(async () => {
  pair = await meet()
})

afterAll(() => pair?.remove())

interface Change {
  readonly sender: number
  readonly keys: string
  readonly salt: string
}

async function listChanges(): Promise<Change[]> {
  const rows = await pair.database.query('select sender, envelope from entries order by seq')
  return rows
    .map(({ sender, envelope }) => ({
      sender: Number(sender),
      ...(JSON.parse(String(envelope)) as { type: string; keys: string; salt: string }), // the wire's envelope
    }))
    .filter(({ type }) => type === 'change')
}

describe('refreshes that cross', () => {
  test('leave both with keys that the other can open', async () => {
    const { alice, bob, aliceNet, bobNet } = pair
    // Both still send, and neither hears of the other.
    for (const net of [aliceNet, bobNet]) {
      net.swallowStreams()
      net.treat((call) => (isPull(call) || isStream(call) ? { kind: 'refuse' } : { kind: 'pass' }))
    }
    await alice.refreshKeys()
    await bob.refreshKeys()
    await expect.poll(async () => (await listChanges()).length).toBe(2)
    await alice.write('bob', 'talk: from alice')
    await bob.write('alice', 'talk: from bob')
    for (const net of [aliceNet, bobNet]) {
      net.mend()
      net.cut()
    }
    await Promise.all([alice.waitForText('talk: from bob'), bob.waitForText('talk: from alice')])
    const changes = await listChanges()
    expect(new Set(changes.map(({ sender }) => sender)).size).toBe(2)
    expect(new Set(changes.map(({ keys }) => keys)).size).toBe(1)
    expect(new Set(changes.map(({ salt }) => salt)).size).toBe(2)
  })

  test('are told to both, and the next messages go on', async () => {
    const { alice, bob, database } = pair
    for (const person of [alice, bob]) await expect.poll(() => person.notice('Keys changed').count()).toBe(2)
    await alice.write('bob', 'later: alice')
    await bob.waitForText('later: alice')
    await bob.write('alice', 'later: bob')
    await alice.waitForText('later: bob')
    for (const person of [alice, bob]) {
      await expectHistoryIsLog(person, database)
      await expectKept(person.page, 'later', ['later: alice', 'later: bob'])
    }
  })

  test('use no IV twice under a key', () => {
    const seals = [pair.alice, pair.bob]
      .flatMap(({ profile }) => readCryptoLog(profile.consoleLines))
      .filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBe(5)
    expect(repeatedIvs(seals)).toEqual([])
  })
})
