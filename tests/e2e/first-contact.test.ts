/** Two people who are hardly ever online together: first contact, answers, keys that were lost, each message once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { Person } from './person.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const MINUTE_S = 60

describe('first contact', () => {
  let folder: string
  let database: TestDatabase
  let app: AppProcess
  let a: Person
  let b: Person
  let clockOffsetS = 0
  let isBroken = false
  const serverNow = (): number => Date.now() + clockOffsetS * 1000
  const written = ['letter 1', 'letter 2', 'letter 3']

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-first-contact-'))
    database = await createDatabase('sqlite')
    app = await AppProcess.start({ dataDir: database.dataDir, hasMovableClock: true })
    a = new Person({ name: 'alice', folder: path.join(folder, 'alice'), origin: app.origin })
    b = new Person({ name: 'bob', folder: path.join(folder, 'bob'), origin: app.origin })
  })

  beforeEach(() => {
    if (isBroken) throw new Error('the story broke off in an earlier test')
  })

  afterEach(({ task }) => {
    isBroken ||= task.result?.state === 'fail'
  })

  afterAll(async () => {
    await a?.closeBrowser()
    await b?.closeBrowser()
    await app?.remove()
    await database?.remove()
    await rm(folder, { recursive: true, force: true })
  })

  async function count(sql: string): Promise<number> {
    const [row] = await database.query(`select count(*) as count from ${sql}`)
    return Number(row?.['count'])
  }

  async function passTime(minutes: number): Promise<void> {
    clockOffsetS += minutes * MINUTE_S
    await app.moveClock(clockOffsetS)
  }

  const textsOf = async (person: Person): Promise<string[]> =>
    (await person.bubbles()).map((bubble) => bubble.text).filter((text) => text !== '')

  test('three messages leave while the other browser is closed', async () => {
    await a.openBrowser()
    await a.register(serverNow)
    await b.openBrowser()
    await b.register(serverNow)
    await expect.poll(() => count('prekeys')).toBe(200)
    await b.closeBrowser()
    await a.find('bob')
    for (const text of written) await a.write('bob', text)
    await a.waitForState('letter 3', 'Sent')
    await a.closeBrowser()
  })

  test('ten minutes later they are read and answered while the writer is away', async () => {
    await passTime(10)
    await b.openBrowser()
    await b.openConversation('alice')
    await b.waitForText('letter 3')
    expect(await textsOf(b)).toEqual(written)
    await b.write('alice', 'answer 1')
    await b.waitForState('answer 1', 'Sent')
    await b.closeBrowser()
  })

  test('the answer is read later still', async () => {
    await passTime(10)
    await a.openBrowser()
    await a.openConversation('bob')
    await a.waitForText('answer 1')
    expect(await textsOf(a)).toEqual([...written, 'answer 1'])
    expect(await count(`entries where envelope like '%"step":"answer"%'`)).toBe(0)
  })

  test('online together, the two browsers make a two-way exchange by themselves', async () => {
    await b.openBrowser()
    await b.openConversation('alice')
    await expect.poll(() => count(`entries where envelope like '%"step":"answer"%'`)).toBe(1)
    await b.notice('Keys changed').first().waitFor()
    await a.write('bob', 'together')
    await b.waitForText('together')
    await b.write('alice', 'at last')
    await a.waitForText('at last')
    const all = [...written, 'answer 1', 'together', 'at last']
    expect(await textsOf(a)).toEqual(all)
    expect(await textsOf(b)).toEqual(all)
  })

  test('messages under way while keys are cleared arrive again, exactly once', async () => {
    const cdp = await b.context.newCDPSession(b.page)
    await cdp.send('DOMStorage.enable')
    await cdp.send('DOMStorage.clear', {
      storageId: { securityOrigin: app.origin, isLocalStorage: true },
    })
    await b.page.getByText('Your keys are gone from this browser').waitFor()
    await a.write('bob', 'under way 1')
    await a.write('bob', 'under way 2')
    await a.waitForState('under way 2', 'Sent')
    await b.page.getByRole('button', { name: 'Go on without them' }).click()
    await b.page.getByRole('button', { name: 'Make new keys' }).click()
    await a.notice('security code changed').waitFor()
    await a.page.getByRole('button', { name: 'Send 2 waiting messages' }).click()
    await b.waitForText('under way 2')
    await b.write('alice', 'read both')
    await a.waitForText('read both')
    const all = [...written, 'answer 1', 'together', 'at last', 'under way 1', 'under way 2', 'read both']
    expect(await textsOf(a)).toEqual(all)
    expect(await textsOf(b)).toEqual(all)
  })

  test('no key seals twice under one IV, and no page threw an exception', () => {
    const log = [a, b].flatMap((person) => readCryptoLog(person.profile.consoleLines))
    const seals = log.filter((line) => line.operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(12)
    expect(repeatedIvs(seals)).toEqual([])
    expect([...a.profile.pageErrors, ...b.profile.pageErrors]).toEqual([])
  })
})
