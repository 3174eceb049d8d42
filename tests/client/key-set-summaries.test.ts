import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDatabase, SealingKeys } from '../../pwa/client/history/database.ts'
import { readKeySets } from '../../pwa/client/history/key-set-summaries.ts'
import { emptyLog, type Position } from '../../pwa/protocol/log-state.ts'
import { webCrypto } from '../../pwa/protocol/primitives.ts'
import { freshAccountId, openDatabase } from './account-databases.ts'

const SELF = 2 ** 50
const tools = { primitives: webCrypto(globalThis.crypto), log: () => undefined }

let database: AccountDatabase

beforeEach(async () => {
  database = await openDatabase(freshAccountId())
})
afterEach(() => database.close())

interface Standing {
  readonly sealing?: SealingKeys
  readonly theirs?: Position
}

async function addConversation(contact: number, username: string, standing: Standing = {}): Promise<void> {
  const empty = await emptyLog(tools, contact, SELF)
  const state = { ...empty, positions: { ...empty.positions, [contact]: standing.theirs ?? null } }
  await database.conversations.put({
    conversation: contact,
    username,
    contactApplied: 0,
    readPosition: 0,
    heldUpTo: null,
  })
  await database.logs.put({
    conversation: contact,
    state,
    sealing: standing.sealing ?? null,
    announced: null,
  })
}

const count = (conversation: number, keys: string, committedIv: bigint, n: number) =>
  database.counters.put({ keys, conversation, iv: committedIv + 1n, committedIv, n, logSeq: 0 })

describe('readKeySets', () => {
  test('is empty without keys', async () => {
    await addConversation(7, 'anna')
    expect(await readKeySets(database)).toEqual([])
  })

  test('shows the key set in use from its first moment, with counters at zero', async () => {
    await addConversation(7, 'anna', { sealing: { exchange: 'x', keys: 'k1', epoch: 1 } })
    expect(await readKeySets(database)).toEqual([
      {
        contact: { id: 7, username: 'anna' },
        keys: 'k1',
        epoch: 1,
        isCurrent: true,
        lastIv: '0',
        lastContactIv: null,
        messageCount: 0,
      },
    ])
  })

  test('counts what was committed, not what was only reserved, and what the contact sent under the same keys', async () => {
    await addConversation(7, 'anna', {
      sealing: { exchange: 'x', keys: 'k2', epoch: 2 },
      theirs: { exchangeSeq: 2, epoch: 2, iv: 2n ** 80n, keys: 'k2' },
    })
    await count(7, 'k2', 5n, 4)
    expect(await readKeySets(database)).toMatchObject([
      { lastIv: '5', lastContactIv: String(2n ** 80n), messageCount: 4 },
    ])
  })

  test('puts those in use first, those before after them, and keeps conversations apart', async () => {
    await addConversation(7, 'anna', { sealing: { exchange: 'x', keys: 'k2', epoch: 2 } })
    await addConversation(8, 'ben', { sealing: { exchange: 'y', keys: 'k3', epoch: 1 } })
    await count(7, 'k1', 9n, 9)
    await count(7, 'k2', 1n, 1)
    const keySets = await readKeySets(database)
    expect(keySets.map(({ contact, keys, epoch }) => [contact.username, keys, epoch])).toEqual([
      ['anna', 'k2', 2],
      ['ben', 'k3', 1],
      ['anna', 'k1', null],
    ])
  })
})
