/**
 * `kill -9` of a browser with two tabs, again and again, while everybody types and both networks fail at random: what was on
 * a screen must reach the log once, and no key and IV may come twice.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { meet, type Pair } from '../e2e/pair.ts'
import type { Person } from '../e2e/person.ts'
import { createRandomness, type Randomness } from '../sim/randomness.ts'
import { figuresOf, findFaults, type Findings } from './evidence.ts'
import { gatherAtRest, listPageErrors } from './gather.ts'
import { typeOn } from './typing.ts'
import { blow } from './weather.ts'

/** So many kills come at any moment from the opening of the second tab on, perhaps before anything could be typed. */
const EARLY_CHANCE = 0.3
const EARLY_MOST_MS = 2_500
/** The others come after up to so many messages: a slow machine types as many as a fast one. */
const MESSAGES_MOST = 20
const LIFE_MOST_MS = 10_000
const OPENED_WITHIN_MS = 60_000
const MOMENT_MOST_MS = 200
/** Then networks are mended, all comes to rest and is looked at. */
const KILLS_BETWEEN_LOOKS = 5
const PAUSE_MS = 20
const BOB_PAUSE_MS = 200
/** A refresh now and then, so that kills fall between key sets too. */
const REFRESH_CHANCE = 0.2

export interface KillOptions {
  readonly seed: number
  readonly kills: number
  /** Folder of another build. */
  readonly project?: string
  readonly say?: (line: string) => void
}

/** Ends at the first look that finds a fault. */
export async function killBrowsers({
  seed,
  kills,
  project,
  say = () => undefined,
}: KillOptions): Promise<Findings> {
  const randomness = createRandomness(seed)
  const pair = await meet(project === undefined ? {} : { project })
  const shown: string[] = ['hello']
  const counts = { kills: 0, networkFaults: 0 }
  try {
    // A session is on the disk only after an orderly end, or half a minute.
    await reopen(pair)
    for (;;) {
      const left = kills - counts.kills
      const killsNow = Math.min(left, KILLS_BETWEEN_LOOKS)
      const storm = new AbortController()
      const weather = [pair.aliceNet, pair.bobNet].map((net) => blow(net, randomness, storm.signal))
      for (let kill = 1; kill <= killsNow; kill++) {
        counts.kills += 1
        await liveAndKill(pair, { randomness, shown, life: counts.kills })
      }
      storm.abort()
      for (const faults of await Promise.all(weather)) counts.networkFaults += faults
      const evidence = await gatherAtRest({ pair, shown, pages: pagesOf(pair) })
      const faults = [...findFaults(evidence), ...listPageErrors(pair)]
      const figures = { ...counts, ...figuresOf(evidence) }
      say(JSON.stringify(figures))
      if (faults.length > 0 || left === killsNow) return { faults, figures }
    }
  } finally {
    await pair.remove()
  }
}

const pagesOf = ({ alice, bob }: Pair): ReadonlyMap<string, Page> =>
  new Map([
    ['alice', alice.page],
    ['bob', bob.page],
  ])

async function reopen({ alice }: Pair): Promise<void> {
  const path = new URL(alice.page.url()).pathname
  await alice.closeBrowser()
  await alice.openBrowser(path)
}

/** One life of the browser with two tabs. The next one has begun when this ends. */
async function liveAndKill(
  { alice, bob }: Pair,
  { randomness, shown, life }: { randomness: Randomness; shown: string[]; life: number },
): Promise<void> {
  const path = new URL(alice.page.url()).pathname
  const end = new AbortController()
  const { signal } = end
  const type = (page: Page, contact: string, tab: string, pauseMs: number): Promise<void> =>
    typeOn(page, { contact, tab: `${tab} of life ${life}`, shown, pauseMs, signal })
  const refreshAndType = async (): Promise<void> => {
    if (randomness.isLikely(REFRESH_CHANCE)) await alice.refreshKeys()
    await type(alice.page, 'bob', 'alice one', PAUSE_MS)
  }
  const second = alice.profile.openPage(alice.page.url())
  const typing = Promise.allSettled([type(bob.page, 'alice', 'bob', BOB_PAUSE_MS)])
  // These end with the browser, or hang in a driver whose far end is dead.
  void Promise.allSettled([refreshAndType(), second.then((page) => type(page, 'bob', 'alice two', PAUSE_MS))])
  if (randomness.isLikely(EARLY_CHANCE)) await delay(randomness.whole(0, EARLY_MOST_MS))
  else await untilShown(shown, shown.length + randomness.whole(1, MESSAGES_MOST))
  await delay(randomness.whole(0, MOMENT_MOST_MS))
  end.abort()
  await alice.profile.kill()
  const [ofBob] = await typing
  if (ofBob.status === 'rejected') throw ofBob.reason
  await openAgain(alice, path)
}

async function untilShown(shown: readonly string[], count: number): Promise<void> {
  const deadlineMs = Date.now() + LIFE_MOST_MS
  while (shown.length < count && Date.now() < deadlineMs) await delay(10)
}

/** Killed before its worker was installed, the app opens when the network lets it. */
async function openAgain(person: Person, path: string): Promise<void> {
  const deadlineMs = Date.now() + OPENED_WITHIN_MS
  const isCut = (error: unknown): boolean =>
    error instanceof Error && error.message.includes('net::ERR_') && Date.now() < deadlineMs
  let open = () => person.openBrowser(path)
  for (let isOpen = false; !isOpen;) {
    try {
      await open()
      isOpen = true
    } catch (error) {
      if (!isCut(error)) throw error
      open = () => person.openTab(path)
      await delay(200)
    }
  }
}
