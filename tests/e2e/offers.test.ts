/** Offers that come late: one is answered in its last second, one is left alone (protocol, section 2). */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectKept } from './kept.ts'
import { makePair, waitForPrekeys, type Pair } from './pair.ts'

let pair: Pair

beforeEach(async () => {
  pair = await makePair({ hasMovableClock: true })
  await waitForPrekeys(pair)
})

afterEach(() => pair?.remove())

interface Step {
  readonly step: string
  readonly exchange: string
  readonly acceptedAt: number
}

/** What the log holds of one step of exchanges, oldest first. */
async function listSteps(step: 'offer' | 'answer'): Promise<Step[]> {
  const rows = await pair.database.query('select envelope, accepted_at from entries order by seq')
  return rows
    .map((row) => ({
      ...(JSON.parse(String(row['envelope'])) as { step: string; exchange: string }), // the wire's envelope
      acceptedAt: Number(row['accepted_at']),
    }))
    .filter((one) => one.step === step)
}

/** Alice writes to Bob, who has the app open without a network. Returns when the server took her offer. */
async function offerToSleeper(): Promise<Step> {
  const { alice, bobNet } = pair
  bobNet.goDown()
  await alice.find('bob')
  await alice.write('bob', 'first')
  await expect.poll(() => listSteps('offer')).toHaveLength(1)
  await alice.waitForState('first', 'Sent')
  const [offer] = await listSteps('offer')
  if (!offer) throw new Error('the offer is gone')
  return offer
}

async function wakeBob(): Promise<void> {
  const { bob, bobNet } = pair
  bobNet.mend()
  await bob.page.reload()
  await bob.openConversation('alice')
  await bob.waitForText('first')
}

async function expectTalk(): Promise<void> {
  const { alice, bob } = pair
  await bob.write('alice', 'second')
  await alice.waitForText('second')
  await alice.write('bob', 'third')
  await bob.waitForText('third')
  for (const { page } of [alice, bob]) await expectKept(page, '', ['first', 'second', 'third'])
}

describe('an offer to somebody who was away', () => {
  test('is answered when it is 58 to 59 seconds old', async () => {
    const offer = await offerToSleeper()
    await pair.app.stopClock(offer.acceptedAt + 59_000 - 1_000)
    await wakeBob()
    await expect.poll(() => listSteps('answer')).toHaveLength(1)
    const [answer] = await listSteps('answer')
    expect(answer?.exchange).toBe(offer.exchange)
    await expectTalk()
    expect(await listSteps('offer')).toHaveLength(1)
  })

  test('is left alone when it is 61 seconds old, and another one follows by itself', async () => {
    const offer = await offerToSleeper()
    await pair.app.stopClock(offer.acceptedAt + 62_000)
    await wakeBob()
    await expect.poll(() => listSteps('answer')).toHaveLength(1)
    const [answer] = await listSteps('answer')
    expect(answer?.exchange).not.toBe(offer.exchange)
    await expectTalk()
  })
})
