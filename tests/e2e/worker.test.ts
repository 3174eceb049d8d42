/** The worker: the app shell without a network, a new version when the person wants it, and nothing in the stream's way (reliability T-D6, T-D8). */
import type { Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isAppend, type Call, type Treatment } from '../support/fault-proxy.ts'
import { expectKept, numbered } from './kept.ts'
import { meet, type Pair } from './pair.ts'

/** A worker that had to wait for an open stream would take minutes. */
const TAKEN_OVER_WITHIN_MS = 6_000
const PASS: Treatment = { kind: 'pass' }
/** In the page, the version it was built from. */
const STAMP = /(<meta name="version" content=")[^"]*(")/
/** In the worker's list of files, the page with the hash of its content. */
const LISTED_PAGE = /("revision":")[0-9a-f]{32}(","url":"index\.html")/

let pair: Pair
let page: Page

beforeAll(async () => {
  pair = await meet()
  page = pair.alice.page
})

afterAll(() => pair?.remove())

/** How the network treats a request when this version of the app is deployed; null for what is not the app's files. */
function deployed(version: string): (call: Call) => Treatment | null {
  const revision = version.padEnd(32, '0')
  const rewriteWorker = (body: string): string => {
    const rewritten = body.replace(LISTED_PAGE, `$1${revision}$2`)
    if (rewritten === body) throw new Error('the worker does not list the page')
    return rewritten
  }
  const rewritePage = (body: string): string => body.replace(STAMP, `$1${version}$2`)
  return ({ path }) => {
    if (path === '/sw.js') return { kind: 'pass', rewrite: rewriteWorker }
    if (path === '/' || path === '/index.html') return { kind: 'pass', rewrite: rewritePage }
    return null
  }
}

async function lookForUpdate(): Promise<void> {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready
    await registration.update()
  })
}

const versionOf = (of: Page): Promise<string | null> =>
  of.evaluate(() => document.querySelector<HTMLMetaElement>('meta[name=version]')?.content ?? null)

const bannerIn = (of: Page) => of.getByText('A new version of Letterlock is ready')

function countLoads(of: Page): () => number {
  let loads = 0
  of.on('load', () => (loads += 1))
  return () => loads
}

async function writeAll(texts: readonly string[]): Promise<void> {
  for (const text of texts) await pair.alice.write('bob', text)
}

describe('the installed app', () => {
  test('has nothing that keeps it from being installed', async () => {
    const cdp = await pair.alice.context.newCDPSession(page)
    const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors')
    expect(installabilityErrors).toEqual([])
    const { errors, url } = await cdp.send('Page.getAppManifest')
    expect(errors).toEqual([])
    expect(new URL(url).pathname).toBe('/manifest.webmanifest')
  })

  test('comes from the worker, and what goes to the server does not pass through it', async () => {
    const responses: Response[] = []
    page.on('response', (response) => responses.push(response))
    await page.reload()
    await pair.alice.composer('bob').waitFor()
    await expect.poll(() => pathsOf(responses)).toContain('/api/stream')
    const throughWorker = pathsOf(responses.filter((response) => response.fromServiceWorker()))
    expect(throughWorker.some((path) => path.startsWith('/assets/'))).toBe(true)
    expect(throughWorker.filter((path) => path.startsWith('/api/'))).toEqual([])
    page.removeAllListeners('response')
  })

  test('does not wake the worker for what goes to the server, in Chromium', async () => {
    const sources = await page.evaluate(async () => {
      performance.clearResourceTimings()
      for (const path of ['/api/session', '/index.html']) await (await fetch(path)).text()
      // Of the Static Routing API, which the compiler's library does not know.
      const sourceOf = (entry?: PerformanceEntry & { workerMatchedSourceType?: string }) =>
        entry?.workerMatchedSourceType
      return ['/api/session', '/index.html'].map((path) =>
        sourceOf(performance.getEntriesByName(location.origin + path)[0]),
      )
    })
    expect(sources).toEqual(['network', ''])
  })

  test('opens without the server, with its history', async () => {
    await pair.app.stop()
    await page.reload()
    await pair.alice.waitForText('hello')
    await pair.app.restart()
  })

  const pathsOf = (responses: readonly Response[]): string[] =>
    responses.map((response) => new URL(response.url()).pathname)
})

describe('a new version', () => {
  test('that cannot be had in full leaves the old one at work', async () => {
    // Twice, because the first one that fails must not be the last that the page hears of.
    for (const version of ['broken', 'broken too']) {
      const rule = deployed(version)
      pair.aliceNet.treat((call) =>
        call.path === '/index.html' ? { kind: 'answer', status: 404 } : (rule(call) ?? PASS),
      )
      await lookForUpdate().catch(() => undefined) // some browsers tell that the install failed
      await page.waitForTimeout(1_000)
      expect(await bannerIn(page).count()).toBe(0)
    }
    await writeAll(['with the old version'])
    await expectKept(pair.bob.page, 'with the old version', ['with the old version'])
  })

  test('waits until it is accepted, then takes over with one reload, past an open stream, and the outbox survives', async () => {
    const { alice, aliceNet, bob } = pair
    const second = await alice.profile.openPage(page.url())
    await alice.composer('bob').waitFor()
    const inSecond = second.getByLabel('Message to bob')
    await inSecond.fill('half a sentence')
    const rule = deployed('next')
    aliceNet.treat((call) => (isAppend(call) ? { kind: 'answer', status: 503 } : (rule(call) ?? PASS)))
    const texts = numbered('across the update', 3)
    await writeAll(texts)
    await alice.waitForState('across the update 3', 'Queued')
    const loads = countLoads(page)
    const loadsOfSecond = countLoads(second)
    await lookForUpdate()
    await bannerIn(page).waitFor()
    await page.waitForTimeout(1_000)
    expect(loads()).toBe(0)
    expect(aliceNet.streamCount).toBe(1)

    await page.getByRole('button', { name: 'Update now' }).click()
    await expect.poll(loads, { timeout: TAKEN_OVER_WITHIN_MS }).toBe(1)
    expect(await versionOf(page)).toBe('next')
    await alice.waitForState('across the update 3', 'Queued')

    aliceNet.treat((call) => rule(call) ?? PASS)
    await expectKept(bob.page, 'across the update', texts)
    await page.waitForTimeout(1_000)
    expect([loads(), loadsOfSecond()]).toEqual([1, 1])
    expect(await bannerIn(page).count()).toBe(0)
    expect(await inSecond.inputValue()).toBe('half a sentence')
    await second.close()
  })

  test('is what opens without the server from then on', async () => {
    await pair.app.stop()
    await page.reload()
    await pair.alice.waitForText('across the update 3')
    expect(await versionOf(page)).toBe('next')
    await pair.app.restart()
  })
})
