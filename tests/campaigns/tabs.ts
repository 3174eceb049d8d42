/**
 * Five tabs of one account and three of the other, all typing, while tabs freeze, close, crash and open again: every tab must
 * show the log, and no key and IV may come twice.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { meet } from '../e2e/pair.ts'
import { createRandomness, type Randomness } from '../sim/randomness.ts'
import { Desk } from './desk.ts'
import { figuresOf, findFaults, type Findings } from './evidence.ts'
import { gatherAtRest, listPageErrors } from './gather.ts'

const PAUSE_MOST_MS = 2_000
/** A lock that a frozen tab holds is taken over after 10 s. */
const FREEZE_LEAST_MS = 1_000
const FREEZE_MOST_MS = 16_000
const ACTS = ['freeze', 'freeze', 'close', 'crash'] as const
type Act = (typeof ACTS)[number]

export interface TabOptions {
  readonly seed: number
  readonly seconds: number
  /** Folder of another build. */
  readonly project?: string
}

export async function troubleTabs({ seed, seconds, project }: TabOptions): Promise<Findings> {
  const randomness = createRandomness(seed)
  const pair = await meet(project === undefined ? {} : { project })
  const shown = ['hello']
  const counts = { freeze: 0, close: 0, crash: 0 }
  try {
    const { alice, bob } = pair
    const desks = [
      await Desk.open({ person: alice, contact: 'bob', tabCount: 5, shown }),
      await Desk.open({ person: bob, contact: 'alice', tabCount: 3, shown }),
    ]
    const untilMs = Date.now() + seconds * 1_000
    while (Date.now() < untilMs) {
      await delay(randomness.whole(0, PAUSE_MOST_MS))
      const act = await troubleOne(randomness.pick(desks), randomness)
      if (act) counts[act] += 1
    }
    await Promise.all(desks.map((desk) => desk.rest()))
    const pages = new Map(desks.flatMap((desk) => desk.pages))
    const evidence = await gatherAtRest({ pair, shown, pages })
    const faults = [...findFaults(evidence), ...listPageErrors(pair), ...desks.flatMap((desk) => desk.faults)]
    return { faults, figures: { ...counts, tabsCompared: pages.size, ...figuresOf(evidence) } }
  } finally {
    await pair.remove()
  }
}

/** One tab always goes on. Null when there was no other. */
async function troubleOne(desk: Desk, randomness: Randomness): Promise<Act | null> {
  const { running } = desk
  if (running.length < 2) return null
  const tab = randomness.pick(running)
  const act = randomness.pick(ACTS)
  if (act === 'freeze') await desk.freeze(tab, randomness.whole(FREEZE_LEAST_MS, FREEZE_MOST_MS))
  else await desk[act](tab)
  await desk.fill()
  return act
}
