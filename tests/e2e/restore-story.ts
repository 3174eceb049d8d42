/** Somebody with conversations full of messages loses the whole browser, and reads everything again: from the server, and from a file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { rootOfCode, sealBackup } from '../../pwa/protocol/backup.ts'
import { BACKUP_CODE_BYTES, writeBackupCode } from '../../pwa/protocol/backup-code.ts'
import { webCrypto } from '../../pwa/protocol/primitives.ts'
import type { Account } from '../../server/wire/account.ts'
import { enrol, readLines, write, type Person as PersonInNode } from '../client/person.ts'
import type { AppProcess } from '../support/app-process.ts'
import type { TestDatabase } from '../support/database.ts'
import type { AppLocator, AppPage } from '../support/engines/app-page.ts'
import type { FileHands } from './file-hands.ts'
import { expectHistoryIsLog, numbered, readHistory } from './kept.ts'
import type { PersonAt } from './person.ts'
import { readCryptoLog, repeatedIvs } from './story-evidence.ts'

const PATIENCE = { timeout: 120_000, interval: 200 }
/** One-time codes are for 30 s, and each is good once. */
const CODE_STEP_S = 31

/** All counts but the first are of each conversation. */
export interface RestoreSize {
  readonly conversations: number
  readonly messagesEach: number
  /** Of these, those that the person writes by the screens; the contacts write the rest. */
  readonly ownEach: number
}

/** A contact, who runs in Node and is online all the time. */
interface Contact {
  readonly person: PersonInNode
  readonly tab: AccountDoor
}

export interface RestoreParts<L extends AppLocator<L>, P extends AppPage<L>> {
  readonly app: AppProcess
  readonly database: TestDatabase
  readonly alice: PersonAt<L, P>
  /** Folder of her browser. */
  readonly profileFolder: string
  readonly hands: FileHands<L>
  readonly size: RestoreSize
}

export interface RestoreFigures {
  readonly messages: number
  /** From the press of the button to the count at the end. */
  readonly fromServerMs: number
  readonly fromFileMs: number
  readonly seals: number
}

/** Tells the story with a browser that is open and knows nobody. Throws where something is not as it has to be. */
export async function tellRestoreStory<L extends AppLocator<L>, P extends AppPage<L>>(
  parts: RestoreParts<L, P>,
): Promise<RestoreFigures> {
  const { alice, database, hands, size } = parts
  const files = await mkdtemp(path.join(tmpdir(), 'letterlock-restore-'))
  const contacts: Contact[] = []
  const messages = size.conversations * size.messagesEach
  const restored = `${messages.toLocaleString('en')} of ${messages.toLocaleString('en')} messages restored.`
  try {
    await alice.register()
    const self = await findAccount(parts)
    for (let number = 1; number <= size.conversations; number += 1)
      contacts.push(await meetContact(parts, self))
    const code = await setUpBackup(alice)
    for (const contact of contacts) await talk(parts, self, contact)
    await expectHistoryIsLog(alice, database)
    const before = await readHistory(alice.page)
    expect(before).toHaveLength(messages)
    await expectBackedUp(alice, code)
    const file = await hands.save(() => press(alice, 'Save a file'))

    await loseBrowser(parts, CODE_STEP_S)
    const chooseServer = async (): Promise<void> => {
      await alice.page.getByText('The one on the server').waitFor()
      await fillCode(alice, code)
    }
    const fromServerMs = await restore(alice, { restored, open: chooseServer })
    expect(await readHistory(alice.page)).toEqual(before)

    await loseBrowser(parts, 2 * CODE_STEP_S)
    await expectRefusals(parts, { file, code, files })
    const chooseFile = async (): Promise<void> => {
      await attach(parts, files, file)
      await fillCode(alice, code)
    }
    const fromFileMs = await restore(alice, { restored, open: chooseFile })
    expect(await readHistory(alice.page)).toEqual(before)

    await writeOn(parts, self, contacts.slice(0, 2))
    const seals = [
      ...readCryptoLog(alice.profile.consoleLines),
      ...contacts.flatMap(({ person }) => person.browser.records),
    ].filter(({ operation }) => operation === 'seal')
    expect(seals.length).toBeGreaterThanOrEqual(messages)
    expect(repeatedIvs(seals.map(({ operation, key = '', iv = '' }) => ({ operation, key, iv })))).toEqual([])
    return { messages, fromServerMs, fromFileMs, seals: seals.length }
  } finally {
    for (const { person } of contacts) person.browser.closeTabs()
    await rm(files, { recursive: true, force: true })
  }
}

type Alice<L extends AppLocator<L>, P extends AppPage<L>> = PersonAt<L, P>

const press = <L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
  name: string,
): Promise<void> => alice.page.getByRole('button', { name, exact: true }).first().click()

async function findAccount<L extends AppLocator<L>, P extends AppPage<L>>({
  app,
  alice,
}: RestoreParts<L, P>): Promise<Account> {
  const stranger = await enrol(app.origin)
  const { id, username } = await stranger.api.call('findAccount', { params: { username: alice.name } })
  return { id, username }
}

/** She writes first, and keys are exchanged. */
async function meetContact<L extends AppLocator<L>, P extends AppPage<L>>(
  { app, alice }: RestoreParts<L, P>,
  self: Account,
): Promise<Contact> {
  const person = await enrol(app.origin)
  const tab = await person.browser.openTab(person.account)
  await alice.find(person.account.username)
  await alice.write(person.account.username, 'hello')
  await expect.poll(() => readLines(tab, self), PATIENCE).toContain('them: hello')
  return { person, tab }
}

/** With a code, also on the server. Gives the code. */
async function setUpBackup<L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
): Promise<string> {
  await openBackupPage(alice)
  await press(alice, 'Back up my keys')
  await press(alice, 'Continue')
  await alice.page.getByText('It is shown only now').waitFor()
  const groups = await alice.page.getByLabel('Backup code').locator('code').allTextContents()
  await press(alice, 'I have kept it')
  const labels = alice.page.locator('label').filter({ hasText: /^Group [1-7] of your code/ })
  await labels.waitFor()
  const asked = Number(/[1-7]/.exec((await labels.allTextContents())[0] ?? '')?.[0])
  await alice.page.getByLabel(`Group ${asked} of your code`).fill(groups[asked - 1] ?? '')
  await press(alice, 'Finish')
  await alice.page.getByText('Your keys are backed up').waitFor()
  return groups.join('-')
}

async function openBackupPage<L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
): Promise<void> {
  await alice.page.getByRole('button', { name: `Account: ${alice.name}` }).click()
  await alice.page.getByRole('menuitem', { name: 'Key backup' }).click()
  await alice.page.getByRole('heading', { name: 'Key backup' }).waitFor()
}

/** Both write, she by the screens, until all messages of the conversation are in the log. */
async function talk<L extends AppLocator<L>, P extends AppPage<L>>(
  { alice, size }: RestoreParts<L, P>,
  self: Account,
  { person, tab }: Contact,
): Promise<void> {
  const name = person.account.username
  await alice.openConversation(name)
  await write(tab, self, ...numbered(`of ${name}`, size.messagesEach - size.ownEach))
  for (const text of numbered(`to ${name}`, size.ownEach - 1)) await alice.write(name, text)
  const last = `of ${name} ${size.messagesEach - size.ownEach}`
  await alice.page.getByText(last, { exact: true }).first().waitFor({ timeout: PATIENCE.timeout })
  const countAll = async () => (await readLines(tab, self)).filter((line) => /^(me|them):/.test(line)).length
  await expect.poll(countAll, PATIENCE).toBe(size.messagesEach)
}

/** The backup on the server has been renewed since the last key was made. */
async function expectBackedUp<L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
  code: string,
): Promise<void> {
  await openBackupPage(alice)
  await press(alice, 'Check it')
  await fillCode(alice, code)
  await press(alice, 'Check')
  await alice.page.getByText('holds every key of this browser').waitFor()
  await press(alice, 'Done')
}

async function fillCode<L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
  code: string,
): Promise<void> {
  await alice.page.getByLabel('Backup code or passphrase').fill(code)
}

/** Nothing of the browser is left: cookies, storage, worker and all. She signs in with a new one. */
async function loseBrowser<L extends AppLocator<L>, P extends AppPage<L>>(
  { app, alice, profileFolder }: RestoreParts<L, P>,
  clockAheadS: number,
): Promise<void> {
  await alice.closeBrowser()
  await rm(profileFolder, { recursive: true, force: true })
  await app.moveClock(clockAheadS)
  await alice.openBrowser()
  await alice.signIn(() => Date.now() + clockAheadS * 1000)
  await alice.page.getByText('Your keys are gone from this browser').first().waitFor()
  await press(alice, 'Restore a backup')
}

/** Opens the chosen backup and waits for the count. Gives the milliseconds. */
async function restore<L extends AppLocator<L>, P extends AppPage<L>>(
  alice: Alice<L, P>,
  { restored, open }: { restored: string; open: () => Promise<void> },
): Promise<number> {
  await open()
  await alice.page.evaluate(() => {
    const note = (): void => {
      const words = document.querySelector('.restore-progress')?.textContent
      if (words !== undefined) document.documentElement.dataset['progress'] = words
    }
    new MutationObserver(note).observe(document.body, { childList: true, characterData: true, subtree: true })
  })
  const begunAt = Date.now()
  await press(alice, 'Restore')
  await alice.page.getByText(restored).waitFor({ timeout: PATIENCE.timeout })
  const tookMs = Date.now() - begunAt
  const counted = await alice.page.evaluate(() => document.documentElement.dataset['progress'] ?? '')
  const [, done, total] = /Reading again: ([0-9,]+) of ([0-9,]+) entries$/.exec(counted) ?? []
  expect(done).toBeDefined()
  expect(done).toBe(total)
  await press(alice, 'Done')
  return tookMs
}

interface SavedBackup {
  readonly file: string
  readonly code: string
  /** Where files are put for her to choose. */
  readonly files: string
}

let fileCount = 0

async function attach<L extends AppLocator<L>, P extends AppPage<L>>(
  { alice, hands }: RestoreParts<L, P>,
  folder: string,
  text: string,
): Promise<void> {
  fileCount += 1
  const file = path.join(folder, `backup-${fileCount}.txt`)
  await writeFile(file, text)
  await hands.choose(alice.page.getByLabel('Backup file'), file)
}

/** What does not open says why in words of its own, and changes nothing. */
async function expectRefusals<L extends AppLocator<L>, P extends AppPage<L>>(
  parts: RestoreParts<L, P>,
  { file, code, files }: SavedBackup,
): Promise<void> {
  const { alice } = parts
  const other = await makeOtherBackup()
  const refusals: readonly [words: string, text: string, secret: string][] = [
    ['The end of this file is missing', file.trimEnd().slice(0, -10), code],
    ['changed or damaged', file.replace(/(\n[^\n]{40})./, '$1*'), code],
    ['made by an older version', file.replace('version 1', 'version 0'), code],
    ['made by a newer version', file.replace('version 1', 'version 2'), code],
    ['not a key backup', 'a shopping list', code],
    ['belongs to another account', other.text, other.code],
    ['does not open this backup', file, other.code],
    ['This is no backup code', file, code.slice(1)],
  ]
  await alice.page.getByLabel('A file').check()
  const before = await readItems(alice)
  for (const [words, text, secret] of refusals) {
    await attach(parts, files, text)
    await fillCode(alice, secret)
    await press(alice, 'Restore')
    await alice.page.getByRole('alert').filter({ hasText: words }).waitFor()
  }
  expect(await readItems(alice)).toBe(before)
  expect(await readHistory(alice.page)).toEqual([])
}

const readItems = <L extends AppLocator<L>, P extends AppPage<L>>({ page }: Alice<L, P>): Promise<string> =>
  page.evaluate(() => JSON.stringify(Object.entries(localStorage).map(String).toSorted()))

async function makeOtherBackup(): Promise<{ text: string; code: string }> {
  const primitives = webCrypto(crypto)
  const code = primitives.random(BACKUP_CODE_BYTES)
  const root = await rootOfCode(primitives, code, primitives.random(16))
  const account = { id: 2 ** 48, username: 'somebody-else' }
  const text = await sealBackup(primitives, root, { account, madeAt: Date.now(), items: new Map() })
  return { text, code: (await writeBackupCode(primitives, code)).join('-') }
}

/** The conversations go on, under new keys, and nobody is told of another security code. */
async function writeOn<L extends AppLocator<L>, P extends AppPage<L>>(
  { alice }: RestoreParts<L, P>,
  self: Account,
  contacts: readonly Contact[],
): Promise<void> {
  for (const { person, tab } of contacts) {
    const name = person.account.username
    await alice.openConversation(name)
    await alice.write(name, `on we go, ${name}`)
    await expect.poll(() => readLines(tab, self), PATIENCE).toContain(`them: on we go, ${name}`)
    await write(tab, self, `indeed, says ${name}`)
    await alice.waitForText(`indeed, says ${name}`)
    expect(await readLines(tab, self)).not.toContain('security-code-changed')
  }
}
