import { describe, expect, test } from 'vitest'
import { emptyLog } from '../../pwa/protocol/log-state.ts'
import { currentExchange } from '../../pwa/protocol/order.ts'
import { makeTools } from '../protocol/two-parties.ts'
import { freshAccountId, openDatabase, versionOne } from './account-databases.ts'

const CONTACT = 7

/** Leaves what version 1 of the database kept of a log with an established exchange. */
async function writeVersionOne(account: number): Promise<void> {
  const { lost: _, ...state } = await emptyLog(makeTools(), CONTACT, account)
  const answer = { seq: 2, id: 'answer', acceptedAt: 2, identity: 'b', key: 'c', salt: 'd', confirm: 'e' }
  const exchange = {
    exchange: 'first',
    initiator: account,
    offerSeq: 1,
    offerId: 'offer',
    offeredAt: 1,
    identity: 'a',
    key: 'k',
    state: 'established',
    answer,
  }
  const old = versionOne(account)
  const row = { conversation: CONTACT, state: { ...state, seq: 2, exchanges: [exchange] } }
  await old.table('logs').put({ ...row, sealing: null, announced: null })
  old.close()
}

describe('AccountDatabase', () => {
  test('a log kept by version 1 goes on, with no reports and no prekeys', async () => {
    const account = freshAccountId()
    await writeVersionOne(account)
    const database = await openDatabase(account)
    const state = (await database.logs.get(CONTACT))?.state
    expect(state?.lost).toEqual([])
    expect(state?.exchanges).toMatchObject([{ exchange: 'first', state: 'established', prekey: null }])
    expect(state && currentExchange(state, account)?.exchange).toBe('first')
    database.close()
  })
})
