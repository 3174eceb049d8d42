/**
 * `node tests/sim/crash-points.ts --scene seal --mutant NAME`, both optional: the power fails at every point of some fixed scenes, one after the other; then the browser
 * starts again, and every promise must be kept.
 *
 * A point is whatever outlives a tab: a commit, an item in localStorage, a request that leaves, an answer of the server, a seal. Between two
 * of them only memory changes, so a crash at any other await is a crash at the next point. Ends with a line of JSON: of each scene its points by
 * name, how many there were, and the faults.
 */
import './virtual-globals.ts'
import { parseArgs } from 'node:util'
import { plantByName } from './mutants.ts'
import type { Outcome } from './outcome.ts'
import type { Browser } from './browser.ts'
import type { Story } from './story.ts'
import { present } from './virtual-globals.ts'

const SEED = 2
const REST_MOST_MS = 60_000
/** For what tabs do by themselves, before and after. */
const CALM_MS = 5_000

interface Scene {
  readonly name: string
  /** Who crashes: the one who writes, or the one who reads. */
  readonly victim: 'anna' | 'ben'
  readonly hasMet: boolean
  /** One of two tabs ends instead of the whole browser: the other goes on in the same run. */
  readonly isOneTab?: boolean
  /** What happens before, in calm. */
  readonly prepare?: (story: Story, anna: Browser) => Promise<void>
  readonly act: (story: Story, anna: Browser, ben: Browser) => Promise<void>
}

export interface SceneReport {
  readonly scene: string
  readonly pointCount: number
  /** Without repetitions, in alphabetical order. */
  readonly points: readonly string[]
  readonly faults: readonly string[]
}

const scenes: readonly Scene[] = [
  { name: 'exchange, as initiator', victim: 'anna', hasMet: false, act: writeOne },
  { name: 'exchange, as responder', victim: 'ben', hasMet: false, act: writeOne },
  { name: 'seal', victim: 'anna', hasMet: true, act: writeOne },
  { name: 'seal, in one of two tabs', victim: 'anna', hasMet: true, isOneTab: true, act: writeOne },
  { name: 'receive', victim: 'ben', hasMet: true, act: writeOne },
  { name: 'refresh, as sender', victim: 'anna', hasMet: true, act: refresh },
  { name: 'refresh, as receiver', victim: 'ben', hasMet: true, act: refresh },
  { name: 'drain', victim: 'anna', hasMet: true, prepare: writeOffline, act: comeOnline },
  { name: 'shared history, as who asks', victim: 'anna', hasMet: true, prepare: loseAll, act: share },
  { name: 'shared history, as who is asked', victim: 'ben', hasMet: true, prepare: loseAll, act: share },
]

async function writeOne(story: Story, anna: Browser): Promise<void> {
  await story.write(anna, false)
}

async function refresh(story: Story, anna: Browser): Promise<void> {
  const [tab] = anna.tabs
  if (tab) void anna.refresh(tab).catch(() => undefined)
  await story.write(anna, false)
}

async function comeOnline(_story: Story, anna: Browser): Promise<void> {
  anna.goOnline()
}

/** Runs a scene and crashes at point `at`, counted from 1; 0: nowhere. `seen` gets the names of all points. */
function play(
  { victim, hasMet, isOneTab = false, prepare, act }: Scene,
  at: number,
  seen: string[],
): Promise<Outcome> {
  const options = { primitives: 'transparent', server: 'honest', temper: 'calm' } as const
  return runSeed(SEED, options, async (story) => {
    const [anna, ben] = story.browsers
    if (!anna || !ben) throw new Error('two people are needed')
    if (hasMet) await meet(story, anna, ben)
    await prepare?.(story, anna)
    const browser = victim === 'anna' ? anna : ben
    if (isOneTab) await browser.openTab()
    await present.time.runFor(CALM_MS)
    const ending = isOneTab ? browser.tabs.slice(0, 1) : browser.tabs
    let hasCrashed = false
    present.onEffect = (owner, name) => {
      if (!ending.some((tab) => tab === owner)) return
      seen.push(name)
      if (seen.length !== at) return
      hasCrashed = true
      if (isOneTab) for (const tab of ending) browser.closeTab(tab)
      else browser.crash()
    }
    await act(story, anna, ben)
    await story.rest(REST_MOST_MS, () => hasCrashed)
    await present.time.runUntil(() => hasCrashed, CALM_MS)
    present.onEffect = () => undefined
    if (!hasCrashed) return
    for (const tab of browser.tabs) browser.freeze(tab)
    story.tell(`${browser.name} crashed at ${seen.at(-1)}`)
    // What is sealed again meets another log than before.
    await story.write(browser === anna ? ben : anna, true)
    await story.rest(CALM_MS)
    for (const tab of browser.tabs) browser.thaw(tab)
  })
}

async function meet(story: Story, anna: Browser, ben: Browser): Promise<void> {
  await story.write(anna, true)
  await story.rest(REST_MOST_MS)
  await story.write(ben, true)
  await story.rest(REST_MOST_MS)
}

async function writeOffline(story: Story, anna: Browser): Promise<void> {
  anna.goOffline(true)
  await story.write(anna, true)
  await story.write(anna, true)
  await present.time.runFor(5_000)
}

/** All that anna's browser kept is gone, and she has new keys. */
async function loseAll(story: Story, anna: Browser): Promise<void> {
  story.asker = anna
  anna.isDisturbed = true
  await anna.quit()
  anna.loseDatabase()
  anna.clearStorage()
  const tab = await anna.openTab()
  await present.time.runFor(CALM_MS)
  if (tab) await present.time.settle(anna.goOnWithoutKeys(tab), CALM_MS)
  await story.rest(REST_MOST_MS)
  await present.time.runFor(CALM_MS)
}

async function share(story: Story, anna: Browser, ben: Browser): Promise<void> {
  const [asking, answering] = [anna.tabs[0], ben.tabs[0]]
  if (asking) void anna.askForHistory(asking).catch(() => undefined)
  await present.time.runFor(CALM_MS)
  if (answering) void ben.shareHistory(answering).catch(() => undefined)
  await story.rest(REST_MOST_MS)
}

async function report(scene: Scene): Promise<SceneReport> {
  const points: string[] = []
  const faults: string[] = []
  const whole = await play(scene, 0, points)
  if (whole.fault !== null) faults.push(`without a crash: ${whole.fault}`)
  for (let at = 1; at <= points.length; at++) {
    const { fault } = await play(scene, at, [])
    if (fault !== null) faults.push(`at ${at}, ${points[at - 1]}: ${fault}`)
  }
  return { scene: scene.name, pointCount: points.length, points: [...new Set(points)].sort(), faults }
}

const { values } = parseArgs({ options: { scene: { type: 'string' }, mutant: { type: 'string' } } })
if (values.mutant !== undefined) plantByName(values.mutant)
// After the bug is planted.
const { runSeed } = await import('./run-seed.ts')
const reports: SceneReport[] = []
for (const scene of scenes)
  if (values.scene === undefined || scene.name === values.scene) reports.push(await report(scene))
process.stdout.write(`${JSON.stringify(reports)}\n`)
process.exitCode = reports.every(({ faults }) => faults.length === 0) ? 0 : 1
