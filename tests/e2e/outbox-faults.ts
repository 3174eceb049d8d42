/** The cases of the fault table (reliability T-D1): ten messages written offline meet one fault each on their way. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { isAppend, type Treatment } from '../support/fault-proxy.ts'
import { expectKept, numbered, readLoggedMessages } from './kept.ts'
import type { Pair } from './pair.ts'
import { dispatchSync, stopWorkers } from './sync-event.ts'

export const MESSAGES = 10
/** So many appends in a row meet the fault: what is refused together is refused alone as well. */
const TIMES = 2
const ARRIVED_WITHIN_MS = 40_000

/** How the browser lets the worker drain: as Chromium does, not at all because the person forbade it, or not at all. */
export type Way = 'native' | 'forbidden' | 'removed'
export const WAYS: readonly Way[] = ['native', 'forbidden', 'removed']

export interface Fault {
  readonly name: string
  readonly treatment: Treatment
  /** The outbox parks it: somebody has to press "Try again". */
  readonly isParked?: true
}

const answer = (status: number, retryAfterS?: number): Fault => ({
  name: retryAfterS === undefined ? `${status}` : `${status} with Retry-After`,
  treatment: { kind: 'answer', status, ...(retryAfterS !== undefined && { retryAfterS }) },
  ...([400, 413, 422].includes(status) && { isParked: true }),
})

export const FAULTS: readonly Fault[] = [
  { name: '200', treatment: { kind: 'pass' } },
  { name: '201', treatment: { kind: 'pass', status: 201 } },
  ...[400, 401, 403, 408, 409, 413, 422, 425, 429].map((status) => answer(status)),
  answer(429, 2),
  ...[500, 502, 503, 504].map((status) => answer(status)),
  answer(503, 2),
  { name: 'reset before the answer', treatment: { kind: 'refuse' } },
  { name: 'reset after the server has stored', treatment: { kind: 'lose-answer' } },
  { name: 'hang', treatment: { kind: 'hang' } },
]

/** Makes Alice's browser one of the kind, for every page that it loads from now on. */
export async function prepareWay({ alice }: Pair, way: Way): Promise<void> {
  if (way === 'native') return
  await alice.context.addInitScript((isRemoved: boolean) => {
    if (isRemoved) {
      Reflect.deleteProperty(window, 'SyncManager')
      Reflect.deleteProperty(ServiceWorkerRegistration.prototype, 'sync')
      return
    }
    const register = () => Promise.reject(new DOMException('forbidden by the person', 'NotAllowedError'))
    Object.defineProperty(ServiceWorkerRegistration.prototype, 'sync', { value: { register } })
  }, way === 'removed')
  await alice.page.reload()
  await alice.composer('bob').waitFor()
}

/** Writes ten messages without a network. Returns their texts; `name` begins each and has not been used before. */
async function writeOffline({ alice, aliceNet }: Pair, name: string): Promise<string[]> {
  aliceNet.goDown()
  const texts = numbered(name, MESSAGES)
  const composer = alice.composer('bob')
  for (const text of texts) {
    await composer.fill(text)
    await composer.press('Enter')
  }
  await alice.waitForState(texts.at(-1) ?? '', 'Queued')
  return texts
}

/** Sends ten messages through a fault; throws unless the log then holds exactly those ten, in order, once. */
export async function sendThrough(
  pair: Pair,
  way: Way,
  fault: Fault,
  name: string,
  withinMs = ARRIVED_WITHIN_MS,
): Promise<void> {
  const { alice, aliceNet, app } = pair
  const before = await readLoggedMessages(pair.database)
  const texts = await writeOffline(pair, name)
  let met = 0
  if (way === 'native') await alice.closeTab()
  aliceNet.treat((call) => {
    if (!isAppend(call) || met >= TIMES) return { kind: 'pass' }
    met += 1
    return fault.treatment
  })
  if (way === 'native') {
    await dispatchSync(alice.context, app.origin)
    await expect.poll(() => met).toBeGreaterThan(0)
    await alice.openTab()
    await alice.openConversation('bob')
  } else await announceNetwork(alice.page)
  if (fault.isParked) await retryParked(alice.page)
  await expectAllOnce(pair, { countBefore: before.length, name, texts, withinMs })
  expect(met).toBeGreaterThan(0)
}

/** Ends whatever drains at a random moment, as a browser does; throws unless the ten arrive all the same, once. */
export async function endDrainer(pair: Pair, way: Way, afterMs: number, name: string): Promise<void> {
  const { alice, aliceNet, app } = pair
  const before = await readLoggedMessages(pair.database)
  const texts = await writeOffline(pair, name)
  // The answer takes its time, so that some ends fall between the commit and the answer.
  aliceNet.treat((call) => (isAppend(call) ? { kind: 'pass', beforeMs: 60, afterMs: 120 } : { kind: 'pass' }))
  if (way === 'native') {
    await alice.closeTab()
    await dispatchSync(alice.context, app.origin)
    await delay(afterMs)
    await stopWorkers(alice.context)
    await alice.openTab()
  } else {
    await announceNetwork(alice.page)
    await delay(afterMs)
    await stopWorkers(alice.context)
    await alice.page.reload()
  }
  await alice.openConversation('bob')
  await expectAllOnce(pair, {
    countBefore: before.length,
    name,
    texts,
    withinMs: ARRIVED_WITHIN_MS,
  })
}

interface Expected {
  /** Messages in the log before. */
  readonly countBefore: number
  readonly name: string
  readonly texts: readonly string[]
  readonly withinMs: number
}

async function expectAllOnce(
  { alice, bob, aliceNet, database }: Pair,
  { countBefore, name, texts, withinMs }: Expected,
): Promise<void> {
  await expectKept(bob.page, name, texts, withinMs)
  await expectKept(alice.page, name, texts, withinMs)
  aliceNet.mend()
  expect(await readLoggedMessages(database)).toHaveLength(countBefore + texts.length)
}

/** As when the cable is plugged in again; without it the page would look by itself within 8 s. */
const announceNetwork = (page: Page): Promise<void> =>
  page.evaluate(() => void window.dispatchEvent(new Event('online')))

async function retryParked(page: Page): Promise<void> {
  await page.getByRole('button', { name: /A message was not sent/ }).click()
  await page.getByRole('button', { name: /^Try again/ }).click()
  await page.getByRole('button', { name: 'Done' }).click()
}
