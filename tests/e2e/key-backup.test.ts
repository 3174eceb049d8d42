/** The everyday case of lost storage: somebody backs up, loses all that the browser kept, and reads everything again. */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meet, type Pair } from './pair.ts'
import type { Person } from './person.ts'
import { ScreenCamera } from './screen-camera.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const camera = new ScreenCamera('.build/screens/key-backup')

let pair: Pair
let alice: Person
let bob: Person
let code: string[] = []
let file = ''
const written = ['hello']

beforeAll(async () => {
  pair = await meet()
  ;({ alice, bob } = pair)
})
afterAll(() => pair?.remove())

const press = (name: string) => alice.page.getByRole('button', { name, exact: true }).first().click()

/** In both themes, on a desktop and a phone, and at 200 % zoom. */
const visit = async (name: string) => expect(await camera.visit(alice.page, name)).toEqual([])

async function talk(text: string): Promise<void> {
  await alice.write('bob', `${text} from alice`)
  await bob.waitForText(`${text} from alice`)
  await bob.write('alice', `${text} from bob`)
  await alice.waitForText(`${text} from bob`)
  written.push(`${text} from alice`, `${text} from bob`)
}

async function openBackupPage(): Promise<void> {
  await alice.page.getByRole('button', { name: 'Account: alice' }).click()
  await alice.page.getByRole('menuitem', { name: 'Key backup' }).click()
  await alice.page.getByRole('heading', { name: 'Key backup' }).waitFor()
}

/** What "clear site data" of the browser does with no page open, the session included. */
async function clearSite(): Promise<void> {
  const { origin } = pair.app
  await alice.page.goto('about:blank')
  const cdp = await alice.context.newCDPSession(alice.page)
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await alice.context.clearCookies()
  await alice.openTab()
}

/** What "clear all" of the developer tools does to localStorage, with the page open. */
async function clearLocalStorage(): Promise<void> {
  const cdp = await alice.context.newCDPSession(alice.page)
  await cdp.send('DOMStorage.enable')
  await cdp.send('DOMStorage.clear', { storageId: { securityOrigin: pair.app.origin, isLocalStorage: true } })
}

async function restore(secret: string): Promise<void> {
  await press('Restore a backup')
  await alice.page.getByLabel('The one on the server').waitFor()
  await alice.page.getByLabel('Backup code or passphrase').fill(secret)
  await press('Restore')
}

const textsOf = async (person: Person) => (await person.bubbles()).map(({ text }) => text)

describe('a key backup', () => {
  test('is made with a code that is shown once and asked for', async () => {
    await openBackupPage()
    await visit('none')
    await press('Back up my keys')
    await visit('choose')
    await press('Continue')
    code = await alice.page.getByLabel('Backup code').locator('code').allTextContents()
    expect(code).toHaveLength(7)
    await visit('code')
    await press('I have kept it')
    const field = alice.page.getByLabel(/^Group [1-7] of your code$/)
    await field.fill('0000')
    await press('Finish')
    await alice.page.getByText('That is not this group').waitFor()
    const label = await alice.page.getByText(/^Group [1-7] of your code$/).textContent()
    await field.fill(code[Number(label?.match(/[1-7]/)?.[0]) - 1] ?? '')
    await press('Finish')
    await alice.page.getByText('Your keys are backed up').waitFor()
    await alice.page.getByText(/^Stored at/).waitFor()
    await visit('made')
  })

  test('is saved as a file, and can be tried', async () => {
    const download = alice.page.waitForEvent('download')
    await press('Save a file')
    file = (await readFile(await (await download).path(), 'utf8')).trim()
    expect(file).toMatch(/^letterlock key backup, version 1\n/)
    await alice.page.getByText(/It holds all your keys/).waitFor()
    await press('Check it')
    await alice.page.getByLabel('Backup code or passphrase').fill(code.join(' ').toLowerCase())
    await press('Check')
    await alice.page.getByText('holds every key of this browser').waitFor()
    await visit('tried')
    await press('Done')
  })

  test('brings everything back from the server after the site’s storage was cleared', async () => {
    await alice.openConversation('bob')
    await talk('after the backup')
    await clearSite()
    await alice.signIn()
    await alice.page.getByText('Your keys are gone from this browser').waitFor()
    await visit('gone')
    pair.aliceNet.treat(({ path }) => ({ kind: path.includes('key-backup') ? 'hang' : 'pass' }))
    await press('Restore a backup')
    await press('Restore')
    await alice.page.getByText('The server had not said yet whether it keeps a backup').waitFor()
    await visit('asking')
    pair.aliceNet.mend()
    await alice.page.keyboard.press('Escape')
    await restore('WRONG')
    await alice.page.getByText('This is no backup code').waitFor()
    await alice.page.getByLabel('Backup code or passphrase').fill(code.join('-'))
    await press('Restore')
    await alice.page.getByText('3 of 3 messages restored.').waitFor()
    await visit('restored')
    await press('Done')
    await alice.openConversation('bob')
    await expect.poll(() => textsOf(alice)).toEqual(written)
    await talk('with the keys restored')
    expect(await bob.notice('security code changed').count()).toBe(0)
  })

  test('brings everything back from a file, also what only localStorage lost', async () => {
    await clearLocalStorage()
    await alice.page.getByText('Your keys are gone from this browser').waitFor()
    await press('Restore a backup')
    await alice.page.getByLabel('A file').check()
    const name = { name: 'keys.txt', mimeType: 'text/plain' }
    await alice.page
      .getByLabel('Backup file')
      .setInputFiles({ ...name, buffer: Buffer.from(file.slice(0, -10)) })
    await alice.page.getByLabel('Backup code or passphrase').fill(code.join('-'))
    await press('Restore')
    await alice.page.getByText('The end of this file is missing').waitFor()
    await visit('truncated')
    await alice.page.getByLabel('Backup file').setInputFiles({ ...name, buffer: Buffer.from(file) })
    await press('Restore')
    await alice.page.getByText('5 of 5 messages restored.').waitFor()
    await press('Done')
    await alice.openConversation('bob')
    await talk('at last')
    expect(await textsOf(alice)).toEqual(written)
    expect(await textsOf(bob)).toEqual(written)
  })

  test('sealed nothing twice under one key and IV, and no page had a fault', () => {
    const lines = [alice, bob].flatMap((person) => readCryptoLog(person.profile.consoleLines))
    expect(repeatedIvs(lines.filter(({ operation }) => operation === 'seal'))).toEqual([])
    expect(
      [alice, bob].flatMap(({ profile }) => [...profile.pageErrors, ...profile.policyViolations]),
    ).toEqual([])
  })
})
