/** What is in the outbox arrives once and in order, whatever breaks on its way (reliability T-D1, T-D2, T-D4, T-E2). */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isAppend, type Treatment } from '../support/fault-proxy.ts'
import { expectHistoryIsLog, expectKept, numbered, readLoggedMessages } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { dispatchSync, stopWorkers } from './sync-event.ts'

const WORKER_KILLS = 10

let pair: Pair

beforeAll(async () => {
  pair = await meet()
})

afterAll(() => pair?.remove())

afterEach(async () => {
  pair.aliceNet.mend()
  expect(await pair.alice.page.getByText('Your session has ended').isVisible()).toBe(false)
  await expectHistoryIsLog(pair.bob, pair.database)
  await expectHistoryIsLog(pair.alice, pair.database)
})

/** Alice writes as fast as she can; a text counts as written when she sees it. */
async function writeAll(texts: readonly string[]): Promise<void> {
  const composer = pair.alice.composer('bob')
  for (const text of texts) {
    await composer.fill(text)
    await composer.press('Enter')
  }
  const last = texts.at(-1)
  if (last) await pair.alice.waitForText(last)
}

/** Treats Alice's next appends one by one as listed, and lets all later ones through. Returns how many are still to come. */
function treatAppends(treatments: readonly Treatment[]): () => number {
  const left = [...treatments]
  pair.aliceNet.treat((call) => (isAppend(call) ? left.shift() : null) ?? { kind: 'pass' })
  return () => left.length
}

describe('the page', () => {
  test('stores a message once when the answer to its append is lost', async () => {
    const before = await readLoggedMessages(pair.database)
    const countLeft = treatAppends([{ kind: 'lose-answer' }])
    await writeAll(['lost answer'])
    await expectKept(pair.bob.page, 'lost answer', ['lost answer'])
    await pair.alice.waitForState('lost answer', 'Delivered')
    expect(countLeft()).toBe(0)
    expect(await readLoggedMessages(pair.database)).toHaveLength(before.length + 1)
  })

  test('sends everything once and in order through 500, 503, broken connections and lost answers', async () => {
    const countLeft = treatAppends([
      { kind: 'answer', status: 500 },
      { kind: 'answer', status: 503 },
      { kind: 'refuse' },
      { kind: 'lose-answer' },
      { kind: 'answer', status: 502 },
      { kind: 'refuse' },
    ])
    const texts = numbered('through faults', 6)
    // One message, so that nothing but a new try of its own sends it again.
    await writeAll(texts.slice(0, 1))
    await expect.poll(countLeft).toBeLessThan(3)
    await writeAll(texts.slice(1))
    await expectKept(pair.bob.page, 'through faults', texts)
    await pair.alice.waitForState('through faults 6', 'Delivered')
    expect(countLeft()).toBe(0)
  })

  test('gives up an append that nobody answers, and sends it again', async () => {
    const countLeft = treatAppends([{ kind: 'hang' }])
    const texts = numbered('into silence', 3)
    await writeAll(texts)
    await expectKept(pair.bob.page, 'into silence', texts, 30_000)
    expect(countLeft()).toBe(0)
  }, 45_000)

  test('sends a burst of 50 once and in order when the server is killed in the middle of it', async () => {
    const texts = numbered('burst', 50)
    await writeAll(texts.slice(0, 20))
    await pair.app.kill()
    await writeAll(texts.slice(20, 35))
    await pair.app.restart()
    await writeAll(texts.slice(35))
    await expectKept(pair.bob.page, 'burst', texts)
    await pair.alice.waitForState('burst 50', 'Delivered')
  })
})

describe('the worker', () => {
  test('sends 50 once and in order though it is stopped again and again', async () => {
    const { alice, aliceNet, app, database } = pair
    const before = await readLoggedMessages(database)
    const texts = numbered('worker', 50)
    aliceNet.goDown()
    await writeAll(texts)
    await alice.waitForState('worker 50', 'Queued')
    await alice.closeTab()
    // The answer comes late, so that some stops fall between the commit and the answer.
    aliceNet.treat((call) =>
      isAppend(call) ? { kind: 'pass', beforeMs: 60, afterMs: 60_000 } : { kind: 'pass' },
    )
    const appends = () => aliceNet.calls.filter(isAppend).length
    const appendsBefore = appends()
    for (let kill = 0; kill < WORKER_KILLS; kill += 1) {
      await dispatchSync(alice.context, app.origin)
      await delay(Math.random() * 400)
      await stopWorkers(alice.context)
    }
    expect(appends()).toBeGreaterThan(appendsBefore)
    aliceNet.mend()
    await dispatchSync(alice.context, app.origin)
    await expectKept(pair.bob.page, 'worker', texts)
    expect(await readLoggedMessages(database)).toHaveLength(before.length + 50)
    await alice.openTab()
    await alice.openConversation('bob')
    await alice.waitForState('worker 50', 'Delivered')
  })

  test('and two tabs that drain at once send 30 once and in order', async () => {
    const { alice, aliceNet, app } = pair
    const texts = numbered('all at once', 30)
    aliceNet.goDown()
    await writeAll(texts)
    await alice.waitForState('all at once 30', 'Queued')
    const second = await alice.profile.openPage(alice.page.url())
    await second.getByText('all at once 30', { exact: true }).waitFor()
    aliceNet.treat(() => ({ kind: 'pass', beforeMs: Math.random() * 80 }))
    await dispatchSync(alice.context, app.origin)
    await expectKept(pair.bob.page, 'all at once', texts)
    await expectKept(second, 'all at once', texts)
    await second.close()
  })
})

describe('without Background Sync', () => {
  test('the page sends what was written offline within 10 s after the network is back', async () => {
    const { alice, aliceNet } = pair
    await alice.context.addInitScript(() => {
      Reflect.deleteProperty(window, 'SyncManager')
      Reflect.deleteProperty(ServiceWorkerRegistration.prototype, 'sync')
    })
    await alice.page.reload()
    await alice.composer('bob').waitFor()
    expect(await alice.page.evaluate(() => 'sync' in ServiceWorkerRegistration.prototype)).toBe(false)
    aliceNet.goDown()
    const texts = numbered('without sync', 5)
    await writeAll(texts)
    await alice.waitForState('without sync 5', 'Queued')
    // By now the pauses between its tries are as long as they get.
    await delay(9_000)
    aliceNet.mend()
    await expectKept(pair.bob.page, 'without sync', texts, 10_000)
  })
})

describe('a browser that is killed', () => {
  test('has all 10 messages that were written offline when it is opened again, and sends them once', async () => {
    const { alice, aliceNet, bob } = pair
    const texts = numbered('before the kill', 10)
    aliceNet.goDown()
    await writeAll(texts)
    await alice.profile.kill()
    await alice.openBrowser()
    await alice.openConversation('bob')
    for (const text of texts) await alice.waitForText(text)
    aliceNet.mend()
    await expectKept(bob.page, 'before the kill', texts)
    await alice.waitForState('before the kill 10', 'Delivered')
    await expectKept(alice.page, 'before the kill', texts)
  })
})
