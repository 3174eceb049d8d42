/**
 * The main job, end to end, wherever the app is served: two people in two browsers register, find each other, write, go offline,
 * come back, lose keys and refresh them, and at the end both have the same history, each message once.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Row } from '../support/database.ts'
import { dispatchSync } from './sync-event.ts'
import { checkCryptoLog, type DueChange } from './key-changes.ts'
import type { Person } from './person.ts'
import { findLeaks, readCryptoLog, repeatedIvs, secretsOf, type CryptoLine } from './story-evidence.ts'

const SESSION_MIN = 31
const SHOWN_OF_FAILURE = 25

/** Where the story takes place: the server with its database, and what leads there. */
export interface Stage {
  readonly origin: string
  /** Somebody whose browser is closed, and finds the way to `origin`. */
  readonly person: (name: string) => Person
  readonly stop: () => Promise<void>
  /** Starts the server anew; waits until it answers. */
  readonly restart: () => Promise<void>
  /** The server's clock, in milliseconds. */
  readonly nowMs: () => number
  /** Lets so much time go by for every session. */
  readonly passMinutes: (minutes: number) => Promise<void>
  /** Entries in the log, past the server. */
  readonly countEntries: () => Promise<number>
  /** All that the database holds. */
  readonly dump: () => Promise<readonly Row[]>
  /** All that the server has written to its logs. */
  readonly readOutput: () => Promise<string>
  readonly remove: () => Promise<void>
}

/** What tests of one stage alone have to do with. */
export interface Told<S extends Stage> {
  readonly stage: () => S
  readonly people: () => readonly [Person, Person]
}

/** Declares the tests. `tellMore` declares those of this stage alone, which come after the others. */
export function tellStory<S extends Stage>(
  where: string,
  openStage: () => Promise<S>,
  tellMore: (told: Told<S>) => void = () => undefined,
): void {
  describe(`two people, ${where}`, () => {
    let stage: S
    let a: Person
    let b: Person
    let isBroken = false
    /** Where in somebody's crypto log the specification wants new keys. */
    const due = new Map<Person, DueChange[]>()
    const expectNewKeys = (person: Person, why: string): void => {
      const at = readCryptoLog(person.profile.consoleLines).length
      due.set(person, [...(due.get(person) ?? []), { at, why }])
    }
    const serverNow = (): number => stage.nowMs()
    const numbered = (name: string, count: number): string[] =>
      Array.from({ length: count }, (_, index) => `${name} ${index + 1}`)

    beforeAll(async () => {
      stage = await openStage()
      a = stage.person('alice')
      b = stage.person('bob')
    })

    beforeEach(() => {
      if (isBroken) throw new Error('the story broke off in an earlier test')
    })

    afterEach(async ({ task }) => {
      if (isBroken || task.result?.state !== 'fail') return
      isBroken = true
      for (const person of [a, b]) process.stderr.write(`${await describeScreen(person)}\n`)
    })

    afterAll(async () => {
      await a?.closeBrowser()
      await b?.closeBrowser()
      await stage?.remove()
    })

    /** What somebody saw and what their browser did last, for whoever has to find out why the story broke off. */
    async function describeScreen(person: Person): Promise<string> {
      const shown = await person.page.locator('body').innerText({ timeout: 5_000 }).catch(String)
      const lines = [
        ...shown.split('\n').slice(-SHOWN_OF_FAILURE),
        ...person.profile.consoleLines.slice(-SHOWN_OF_FAILURE),
      ]
      return [`${person.name}, ${where}:`, ...lines].join('\n  ')
    }

    async function expectInOrder(person: Person, texts: readonly string[]): Promise<void> {
      const last = texts.at(-1)
      if (last) await person.waitForText(last)
      const shown = (await person.bubbles()).map((bubble) => bubble.text)
      expect(shown.filter((text) => texts.includes(text))).toEqual(texts)
    }

    test('both register through the screens with real one-time codes', async () => {
      await Promise.all([a.openBrowser(), b.openBrowser()])
      await a.register(serverNow)
      await b.register(serverNow)
      expect(a.recoveryCodes).toHaveLength(10)
    })

    test('one finds the other, keys are exchanged, and 20 messages go each way', async () => {
      for (const person of [a, b]) expectNewKeys(person, 'the first exchange')
      await a.find('bob')
      await a.write('bob', 'first letter')
      await b.page.getByRole('link', { name: 'alice' }).waitFor()
      await b.openConversation('alice')
      await b.waitForText('first letter')
      await a.notice('Keys exchanged').waitFor()
      await b.notice('Keys exchanged').waitFor()
      const fromA = numbered('from alice', 20)
      const fromB = numbered('from bob', 20)
      for (let index = 0; index < 20; index += 1) {
        await a.write('bob', fromA[index] ?? '')
        await b.write('alice', fromB[index] ?? '')
      }
      await a.waitForState('from alice 20', 'Delivered')
      await b.waitForState('from bob 20', 'Delivered')
      for (const person of [a, b]) {
        await expectInOrder(person, fromA)
        await expectInOrder(person, fromB)
      }
    })

    test('a browser that was closed goes on without signing in again', async () => {
      await b.closeBrowser()
      await a.write('bob', 'while bob was away')
      await a.waitForState('while bob was away', 'Sent')
      await b.openBrowser()
      await b.openConversation('alice')
      await b.waitForText('while bob was away')
      await b.write('alice', 'back again')
      await a.waitForText('back again')
    })

    test('without the server, a reload reads the history, and 5 messages written then arrive once and in order', async () => {
      await a.waitForState('while bob was away', 'Delivered')
      await stage.stop()
      await a.page.reload()
      await a.composer('bob').waitFor()
      await a.waitForText('back again')
      const offline = numbered('from the train', 5)
      expectNewKeys(a, 'the first run without the server')
      for (const text of offline) await a.write('bob', text)
      await a.waitForState('from the train 5', 'Queued')
      await a.closeTab()
      await stage.restart()
      await a.openTab()
      await a.openConversation('bob')
      await a.waitForState('from the train 5', 'Sent')
      await expectInOrder(b, offline)
    })

    test('5 messages written offline are sent by the sync event before any page is open', async () => {
      await a.waitForState('from the train 5', 'Delivered')
      await stage.stop()
      await a.page.reload()
      await a.waitForText('from the train 5')
      const offline = numbered('from the tunnel', 5)
      expectNewKeys(a, 'the second run without the server')
      for (const text of offline) await a.write('bob', text)
      await a.waitForState('from the tunnel 5', 'Queued')
      const before = await stage.countEntries()
      await a.closeTab()
      await stage.restart()
      expect(a.context.pages().filter((page) => page.url().startsWith(stage.origin))).toEqual([])
      await dispatchSync(a.context, stage.origin)
      // The refresh before the first offline seal of a run stands before them.
      await expect.poll(stage.countEntries).toBe(before + 6)
      await expectInOrder(b, offline)
      await a.openTab()
      await a.openConversation('bob')
      await a.waitForState('from the tunnel 5', 'Delivered')
      await expectInOrder(a, offline)
    })

    test('when the session has run out, reading and writing go on, and a sign-in empties the outbox', async () => {
      await stage.passMinutes(SESSION_MIN)
      await a.page.getByText('Your session has ended').waitFor({ timeout: 90_000 })
      await a.write('bob', 'written after the session')
      await a.waitForState('written after the session', 'Queued')
      await a.waitForText('from the tunnel 5')
      await a.page.getByRole('button', { name: 'Sign in' }).first().click()
      await a.signIn(serverNow)
      await a.waitForState('written after the session', 'Sent')
      await b.page.getByText('Your session has ended').waitFor({ timeout: 90_000 })
      await b.page.getByRole('button', { name: 'Sign in' }).first().click()
      await b.signIn(serverNow)
      await b.waitForText('written after the session')
      await a.waitForState('written after the session', 'Delivered')
    })

    test('when localStorage is cleared, the warning appears, a new exchange follows, and both write on', async () => {
      const cdp = await b.context.newCDPSession(b.page)
      await cdp.send('DOMStorage.enable')
      await cdp.send('DOMStorage.clear', {
        storageId: { securityOrigin: stage.origin, isLocalStorage: true },
      })
      await b.page.getByText('Your keys are gone from this browser').waitFor()
      await b.waitForText('from the tunnel 5')
      await b.bubble('from the tunnel 5').getByRole('img', { name: /keys/i }).waitFor()
      for (const person of [a, b]) expectNewKeys(person, 'an exchange anew')
      await b.page.getByRole('button', { name: 'Go on without them' }).click()
      await b.page.getByRole('button', { name: 'Make new keys' }).click()
      await b.page.getByText('Your keys are gone from this browser').waitFor({ state: 'detached' })
      await b.write('alice', 'written under the new ones')
      await a.waitForText('written under the new ones')
      await a.notice('security code changed').waitFor()
      await a.write('bob', 'to your new keys')
      await b.waitForText('to your new keys')
    })

    test('refreshed keys show on both sides, and both write on', async () => {
      for (const person of [a, b]) expectNewKeys(person, 'a refresh')
      await a.refreshKeys()
      for (const person of [a, b]) await person.lastLine().filter({ hasText: 'Keys changed' }).waitFor()
      await a.write('bob', 'after the refresh')
      await b.waitForText('after the refresh')
      await b.write('alice', 'yes, after the refresh')
      await a.waitForText('yes, after the refresh')
    })

    test('a restart of the server in between goes unnoticed', async () => {
      await stage.restart()
      await a.write('bob', 'across the restart')
      await b.waitForText('across the restart')
      await b.write('alice', 'and answered under them')
      await a.waitForText('and answered under them')
      await b.waitForState('and answered under them', 'Delivered')
    })

    test('each browser, opened anew, shows the same history, each message once', async () => {
      await Promise.all([a.closeBrowser(), b.closeBrowser()])
      await Promise.all([a.openBrowser(), b.openBrowser()])
      await a.openConversation('bob')
      await b.openConversation('alice')
      const texts: string[][] = []
      for (const person of [a, b]) {
        await person.waitForText('and answered under them')
        await person.showWholeHistory()
        texts.push((await person.bubbles()).map((bubble) => bubble.text))
      }
      expect(texts[0]).toEqual(texts[1])
      expect(new Set(texts[0]).size).toBe(texts[0]?.length)
      expect(texts[0]?.length).toBe(1 + 40 + 2 + 5 + 5 + 1 + 2 + 2 + 2)
    })

    test('no key seals twice under one IV, and keys change where they should', () => {
      const log = [...readCryptoLog(a.profile.consoleLines), ...readCryptoLog(b.profile.consoleLines)]
      const seals = log.filter((line) => line.operation === 'seal')
      expect(seals.length).toBeGreaterThanOrEqual(60)
      expect(repeatedIvs(seals)).toEqual([])
      for (const person of [a, b])
        expect(checkCryptoLog(readCryptoLog(person.profile.consoleLines), due.get(person) ?? [])).toEqual([])
      expect([a, b].map((person) => due.get(person)?.length)).toEqual([5, 3])
      const exchanges = new Set(seals.map((line: CryptoLine) => line.exchange))
      expect(exchanges.size).toBe(2)
      const keySets = new Set(seals.map((line: CryptoLine) => line.keys))
      // First exchange and the two refreshes before offline writing; second exchange and its refresh.
      expect(keySets.size).toBe(5)
    })

    test('database and server output hold no secret, in any encoding', async () => {
      await delay(200)
      const dump = await stage.dump()
      const output = await stage.readOutput()
      const secrets = secretsOf([a, b])
      expect(secrets.length).toBeGreaterThan(100)
      expect(findLeaks(secrets, dump, output)).toEqual([])
      const planted = secrets[0]
      expect(planted).toBeDefined()
      if (planted)
        expect(findLeaks(secrets, [{ planted: planted.bytes.toString('hex') }], '')).not.toEqual([])
    })

    test('nothing was done against the content policy', () => {
      expect([...a.profile.policyViolations, ...b.profile.policyViolations]).toEqual([])
    })

    test('no page threw an exception or met an unexpected error', () => {
      expect([...a.profile.pageErrors, ...b.profile.pageErrors]).toEqual([])
      const said = [...a.profile.consoleLines, ...b.profile.consoleLines]
      expect(said.filter((line) => line.startsWith('Letterlock met'))).toEqual([])
    })

    tellMore({ stage: () => stage, people: () => [a, b] })
  })
}
