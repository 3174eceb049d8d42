/** The live stream loses time at most, never an entry: the history is the log (reliability T-E5, T-E6). */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { isPull, isStream } from '../support/fault-proxy.ts'
import { expectHistoryIsLog, expectKept, numbered } from './kept.ts'
import { meet, type Pair } from './pair.ts'
import { startPlainNginx } from './plain-nginx.ts'

const CUTS = 8

let pair: Pair

beforeAll(async () => {
  pair = await meet()
})

afterAll(() => pair?.remove())

afterEach(() => {
  pair.bobNet.mend()
})

async function writeAll(texts: readonly string[], pauseMs = 0): Promise<void> {
  const composer = pair.alice.composer('bob')
  for (const text of texts) {
    await composer.fill(text)
    await composer.press('Enter')
    await delay(pauseMs)
  }
}

async function waitForStream(): Promise<void> {
  await expect.poll(() => pair.bobNet.streamCount).toBe(1)
}

describe('a stream that connects while others write', () => {
  test('loses nothing that is committed before its first byte arrives', async () => {
    const { bobNet, bob, database } = pair
    const texts = numbered('before the first byte', 10)
    bobNet.treat((call) => (isStream(call) ? { kind: 'pass', afterMs: 1_500 } : { kind: 'pass' }))
    const streams = bobNet.calls.filter(isStream).length
    bobNet.cut()
    await expect.poll(() => bobNet.calls.filter(isStream).length).toBeGreaterThan(streams)
    await writeAll(texts, 100)
    await expectKept(bob.page, 'before the first byte', texts)
    await expectHistoryIsLog(bob, database)
  })

  test('loses nothing that is committed while pages are pulled', async () => {
    const { bobNet, bob, database } = pair
    const texts = numbered('beside slow pulls', 20)
    bobNet.treat((call) =>
      isPull(call)
        ? { kind: 'pass', beforeMs: Math.random() * 300, afterMs: Math.random() * 600 }
        : { kind: 'pass' },
    )
    const pulls = bobNet.calls.filter(isPull).length
    bobNet.cut()
    await writeAll(texts, 80)
    await expectKept(bob.page, 'beside slow pulls', texts)
    await expectHistoryIsLog(bob, database)
    expect(bobNet.calls.filter(isPull).length).toBeGreaterThan(pulls)
  })
})

describe('a stream that is cut again and again', () => {
  test('loses nothing and doubles nothing', async () => {
    const { bobNet, bob, database } = pair
    const texts = numbered('between cuts', 40)
    const countStreams = () => bobNet.calls.filter(isStream).length
    const cutting = (async () => {
      for (let cut = 0; cut < CUTS; cut += 1) {
        const streams = countStreams()
        bobNet.cut()
        await expect.poll(countStreams).toBeGreaterThan(streams)
        await delay(Math.random() * 300)
      }
    })()
    await Promise.all([cutting, writeAll(texts, 150)])
    await expectKept(bob.page, 'between cuts', texts)
    await expectHistoryIsLog(bob, database)
  })
})

describe('two streams at once', () => {
  test('apply each entry once', async () => {
    const { bobNet, bob, database } = pair
    const texts = numbered('heard twice', 20)
    const second = await bob.context.newPage()
    await holdStreamWithoutLock(second)
    await second.goto(bob.page.url())
    await expect.poll(() => bobNet.streamCount).toBe(2)
    await writeAll(texts)
    await bob.write('alice', 'and answered once')
    await expectKept(bob.page, 'heard twice', texts)
    await expectKept(pair.alice.page, 'and answered once', ['and answered once'])
    await expectHistoryIsLog(bob, database)
    await second.close()
  })

  /** As if this tab had taken the stream over while the other one was not frozen at all. */
  function holdStreamWithoutLock(page: Page): Promise<unknown> {
    return page.addInitScript(() => {
      // oxlint-disable-next-line typescript/unbound-method -- it is called on its own object below
      const { request } = LockManager.prototype
      LockManager.prototype.request = function (this: LockManager, name: string, ...rest: unknown[]) {
        const work = rest.at(-1)
        if (name.endsWith('-stream') && typeof work === 'function') return Promise.resolve(work(null))
        return Reflect.apply(request, this, [name, ...rest])
      } as typeof request // the two shapes of its arguments are passed on as they come
    })
  }
})

describe('a connection that is dead without saying so', () => {
  test('is noticed within 50 s (slow)', async () => {
    await waitForStream()
    pair.bobNet.swallowStreams()
    await writeAll(['into a dead connection'])
    await expectKept(pair.bob.page, 'into a dead connection', ['into a dead connection'], 50_000)
  }, 70_000)
})

describe('behind nginx with its defaults', () => {
  /** A stream that nginx held back would be found dead after 45 s, and no sooner. */
  const PASSED_ON_WITHIN_MS = 10_000

  test('events arrive as they come, and the end of the session ends the stream', async () => {
    const { app, bob, bobNet } = pair
    const nginx = await startPlainNginx(app.port)
    try {
      bobNet.retarget(nginx.port)
      await waitForStream()
      await bob.page.getByText('Online', { exact: true }).waitFor()
      for (const text of numbered('through nginx', 3)) {
        await writeAll([text])
        await expectKept(bob.page, text, [text], PASSED_ON_WITHIN_MS)
      }
      const ending = bob.page.evaluate(readStreamToItsEnd)
      await expect.poll(() => bobNet.streamCount).toBe(2)
      await bob.page.getByRole('button', { name: 'Account: bob' }).click()
      await bob.page.getByRole('menuitem', { name: 'Sign out' }).click()
      await bob.page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
      expect(await Promise.race([ending, delay(PASSED_ON_WITHIN_MS, 'it goes on')])).toContain(
        '{"type":"ended"}',
      )
    } finally {
      bobNet.retarget(app.port)
      await nginx.stop()
    }
  })

  async function readStreamToItsEnd(): Promise<string> {
    const response = await fetch('/api/stream', { headers: { accept: 'text/event-stream' } })
    return response.text()
  }
})
