/** No IV twice: in four tabs at once, and through a browser that is killed (reliability T-A2 and T-C4). */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BrowserProfile } from '../support/browser.ts'
import { servePage, type PageSite } from './page-site.ts'
import type { Allocator } from './pages/allocate.ts'

const TABS = 4
const PER_TAB = 300
const KILL_CYCLES = 8
/** The kills go on until one shows that localStorage forgets. */
const MUTANT_KILL_CYCLES_MOST = 15
const KILL_TABS = 3

/** What the page puts on its window. */
interface AllocatePage {
  allocate(allocator: Allocator, count: number): Promise<string[]>
  allocateAndReport(allocator: Allocator, endpoint: string): Promise<void>
}
declare const window: AllocatePage & Window

let folder: string
let site: PageSite
let reported: string[] = []

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'letterlock-iv-'))
  const onPost = (body: string) => void reported.push(body)
  site = await servePage('allocate', { folder: path.join(folder, 'site'), onPost })
})

afterAll(async () => {
  site.close()
  await rm(folder, { recursive: true, force: true })
})

async function allocateInTabs(allocator: Allocator, profileName: string): Promise<string[]> {
  const profile = new BrowserProfile(path.join(folder, profileName))
  await profile.open()
  try {
    const pages = await Promise.all(Array.from({ length: TABS }, () => profile.openPage(site.address)))
    const issued = await Promise.all(
      pages.map((page) =>
        page.evaluate(([name, count]) => window.allocate(name, count), [allocator, PER_TAB] as const),
      ),
    )
    return issued.flat()
  } finally {
    await profile.close()
  }
}

async function allocateThroughKills(
  allocator: Allocator,
  cycles: number,
  isEnough: (issued: readonly string[]) => boolean = () => false,
): Promise<string[]> {
  reported = []
  const profile = new BrowserProfile(path.join(folder, `${allocator}-kills`))
  for (let cycle = 0; cycle < cycles && !isEnough(reported); cycle += 1) {
    await profile.open()
    for (let tab = 0; tab < KILL_TABS; tab += 1) {
      const page = await profile.openPage(site.address)
      // It ends with the browser.
      page.evaluate((name) => window.allocateAndReport(name, '/report'), allocator).catch(() => undefined)
    }
    await delay(800 + 300 * cycle)
    await profile.kill()
  }
  return [...reported]
}

const countRepeats = (issued: readonly string[]): number => issued.length - new Set(issued).size

describe('reserveIv', () => {
  test('gives four tabs at once 1,200 different IVs', async () => {
    const issued = await allocateInTabs('real', 'tabs')
    expect(issued).toHaveLength(TABS * PER_TAB)
    expect(countRepeats(issued)).toBe(0)
  })

  test('repeats no IV when the browser is killed eight times', async () => {
    const issued = await allocateThroughKills('real', KILL_CYCLES)
    expect(issued.length).toBeGreaterThan(KILL_CYCLES * 10)
    expect(countRepeats(issued)).toBe(0)
    const databases = new Set(issued.map((one) => one.split(' ')[0]))
    // A busy machine lost a whole database once in some hundreds of kills: never twice in eight.
    expect(databases.size).toBeLessThanOrEqual(2)
  })
})

describe('a counter in localStorage under a Web Lock', () => {
  test('repeats IVs, so the net above would catch it', async () => {
    expect(countRepeats(await allocateInTabs('mutant', 'mutant-tabs'))).toBeGreaterThan(0)
    const isFound = (issued: readonly string[]) => countRepeats(issued) > 0
    expect(isFound(await allocateThroughKills('mutant', MUTANT_KILL_CYCLES_MOST, isFound))).toBe(true)
  })
})
