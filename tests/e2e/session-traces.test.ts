/** What a browser keeps of a session: its secret nowhere that a script can read, and nothing on the page once it is over. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { meet, type Pair } from './pair.ts'
import { Person } from './person.ts'
import { findLeaks } from './story-evidence.ts'

/** Everything that a script of the page can read of what the browser keeps for it, as one text. */
async function dumpStorage(page: Page): Promise<string> {
  const { addresses, text } = await readCaches(page)
  const others = await page.evaluate(async () => {
    const parts: string[] = [document.cookie, location.href, JSON.stringify(history.state)]
    for (const storage of [localStorage, sessionStorage])
      for (const [name, value] of Object.entries(storage)) parts.push(name, String(value))
    const whole = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(new Error('IndexedDB')))
      })
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await whole(indexedDB.open(name))
      for (const store of Array.from(database.objectStoreNames)) {
        const rows = database.transaction(store).objectStore(store)
        parts.push(JSON.stringify([name, store, await whole(rows.getAllKeys()), await whole(rows.getAll())]))
      }
      database.close()
    }
    return parts.join('\n')
  })
  return [...addresses, text, others].join('\n')
}

/** What the worker keeps: the addresses and everything that stands in their answers. */
function readCaches(page: Page): Promise<{ addresses: string[]; text: string }> {
  return page.evaluate(async () => {
    const addresses: string[] = []
    const texts: string[] = []
    for (const name of await caches.keys()) {
      const cache = await caches.open(name)
      for (const request of await cache.keys()) {
        addresses.push(new URL(request.url).pathname)
        texts.push((await (await cache.match(request))?.text()) ?? '')
      }
    }
    return { addresses, text: texts.join('\n') }
  })
}

describe('a session', () => {
  let folder: string
  let app: AppProcess
  let alice: Person

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-traces-'))
    app = await AppProcess.start()
    alice = new Person({ name: 'alice', folder: path.join(folder, 'laptop'), origin: app.origin })
    await alice.openBrowser()
    await alice.register()
  })
  afterAll(async () => {
    await alice?.closeBrowser()
    await app?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('has its secrets in no storage that a script can read', async () => {
    const { page, context } = alice
    await page.evaluate(() => navigator.serviceWorker.ready)
    const cookies = await context.cookies()
    const { token } = await page.evaluate(async () => (await fetch('/api/session')).json())
    const secrets = [
      ...cookies.filter(({ httpOnly }) => httpOnly).map(({ name, value }) => ({ what: name, text: value })),
      { what: 'token', text: String(token) },
    ].map(({ what, text }) => ({ what, bytes: Buffer.from(text, 'base64url') }))
    expect(Object.fromEntries(secrets.map(({ what, bytes }) => [what, bytes.length]))).toEqual({
      dev: 32,
      session: 32,
      token: 32,
    })
    const find = (text: string) => findLeaks(secrets, [], text)

    expect(find(await dumpStorage(page))).toEqual([])
    for (const plant of [
      (secret: string) => localStorage.setItem('planted', secret),
      async (secret: string) => (await caches.open('planted')).put('/planted', new Response(secret)),
      (secret: string) => {
        document.cookie = `planted=${secret}`
      },
    ]) {
      await page.evaluate(plant, token)
      expect(find(await dumpStorage(page))).toEqual(['token'])
      await page.evaluate(async () => {
        localStorage.removeItem('planted')
        document.cookie = 'planted=; Max-Age=0'
        await caches.delete('planted')
      })
    }
  })
})

describe('signing out while the server is away', () => {
  const TEXT = 'a letter about the harvest moon'
  let pair: Pair
  beforeAll(async () => {
    pair = await meet()
  })
  afterAll(() => pair?.remove())

  test('leaves nothing of the account on the page, in the address or in the caches, also one step back', async () => {
    const { alice, app } = pair
    const { page } = alice
    await alice.write('bob', TEXT)
    await alice.waitForState(TEXT, 'Sent')
    const readPage = async (): Promise<string> => `${await page.title()}\n${await page.content()}`
    expect(await readPage()).toContain(TEXT)
    await app.stop()
    await page.getByRole('button', { name: 'Account: alice' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()

    const isClean = async (): Promise<void> => {
      const text = await readPage()
      expect(text).not.toContain(TEXT)
      expect(text).not.toContain('Message to bob')
    }
    await isClean()
    await page.goBack()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await isClean()
    await page.reload()
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await isClean()
    const { addresses, text } = await readCaches(page)
    expect(addresses).toContain('/index.html')
    expect(addresses.filter((address) => address.startsWith('/api/'))).toEqual([])
    expect(text).not.toContain(TEXT)
  })
})
