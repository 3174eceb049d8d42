/** A browser that lost all, and its key backup. */
import { Dexie } from 'dexie'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { PREKEYS_MOST } from '../../server/wire/prekey.ts'
import { createKeyBackup } from '../../pwa/client/backup/key-backup.ts'
import { renewBackup } from '../../pwa/client/backup/renew.ts'
import { ClientError } from '../../pwa/client/contract/client-error.ts'
import type { BackupSource, KeyBackup } from '../../pwa/client/contract/key-backup.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { createCell } from '../../pwa/client/live.ts'
import { Browser, enrol, listSeals, readLines, write, type Person, type TestServer } from './person.ts'
import { endTwoPeople, startTwoPeople } from './two-people.ts'

const PATIENCE = { timeout: 15_000, interval: 50 }

let server: TestServer
let anna: Person
let ben: Person
let atBen: AccountDoor

beforeEach(async () => {
  ;({ server, anna, ben } = await startTwoPeople())
  atBen = await ben.browser.openTab(ben.account)
})
afterEach(() => endTwoPeople({ server, anna, ben }))

const backupOf = (door: AccountDoor): KeyBackup =>
  createKeyBackup({
    onMade: () => undefined,
    inside: () => door,
    whenOpen: (ifClosed) => createCell(ifClosed),
    asErrors: (work) => work(),
  })

const faultOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof ClientError ? error.code : Promise.reject(error)),
  )

/** Both write, and see what the other wrote. */
async function talk(atAnna: AccountDoor, text: string): Promise<void> {
  await write(atAnna, ben.account, `a: ${text}`)
  await expect.poll(() => readLines(atBen, anna.account), PATIENCE).toContain(`them: a: ${text}`)
  await write(atBen, anna.account, `b: ${text}`)
  await expect.poll(() => readLines(atAnna, ben.account), PATIENCE).toContain(`them: b: ${text}`)
  await expect.poll(() => atAnna.open.database.outbox.count(), PATIENCE).toBe(0)
}

/** Sets a backup up in Anna's browser. Returns its code and a file. */
async function setUp(atAnna: AccountDoor, isOnServer: boolean) {
  const backup = backupOf(atAnna)
  const groups = await backup.beginCode()
  await backup.finish(isOnServer)
  return { code: groups.join('-'), file: { kind: 'file', text: await backup.makeFile() } as const }
}

/** What "clear site data" leaves: nothing but the session, which is asked for again. */
async function wipe(): Promise<AccountDoor> {
  anna.browser.closeTabs()
  anna.browser.storage.clear()
  await Dexie.delete(`letterlock-${anna.account.id}`)
  return reopen()
}

async function reopen(): Promise<AccountDoor> {
  const door = await anna.browser.openTab(anna.account)
  await expect.poll(() => door.open.vault.keys.value.state, PATIENCE).toBe('gone')
  return door
}

const restore = (door: AccountDoor, source: BackupSource, code: string) =>
  backupOf(door).restore(source, code, () => undefined)
const messagesOf = async (door: AccountDoor) =>
  (await readLines(door, ben.account)).filter((line) => /^(me|them):/.test(line))
const SERVER: BackupSource = { kind: 'server' }

describe('a key backup', () => {
  test.each(['file', 'server'] as const)('brings all messages back, from a %s', async (kind) => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code, file } = await setUp(before, kind === 'server')
    await talk(before, 'two')
    const shown = await messagesOf(before)
    const after = await wipe()
    const told: number[] = []
    const result = await backupOf(after).restore(kind === 'file' ? file : SERVER, code, ({ done }) =>
      told.push(done),
    )
    expect(result).toEqual({ restored: 4, total: 4, missing: [], unread: [], isNewIdentity: false })
    expect(told.at(-1)).toBeGreaterThan(4)
    expect(await messagesOf(after)).toEqual(shown)
    expect(after.open.vault.keys.value.state).toBe('present')
  })

  test('is for reading: the conversation goes on by a new exchange, and no IV comes twice', async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code } = await setUp(before, true)
    const after = await wipe()
    const isNew = (seal: string) => !listSeals(anna.browser.records).includes(seal)
    const sealedBefore = new Set(anna.browser.records.flatMap(({ key }) => (key ? [key] : [])))
    const exchangesBefore = new Set(
      anna.browser.records.flatMap(({ exchange }) => (exchange ? [exchange] : [])),
    )
    await restore(after, SERVER, code)
    await talk(after, 'two')
    const sealed = anna.browser.records.filter(({ operation }) => operation === 'seal').at(-1)
    expect(sealedBefore).not.toContain(sealed?.key)
    expect(exchangesBefore).not.toContain(sealed?.exchange)
    expect(isNew(`${sealed?.key} ${sealed?.iv}`)).toBe(false)
    expect(await readLines(atBen, anna.account)).not.toContain('security-code-changed')
  })

  test('older than the last exchange leaves what was read since as it is', async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code, file } = await setUp(before, false)
    const between = await wipe()
    await restore(between, file, code)
    await talk(between, 'two')
    const shown = await messagesOf(between)
    await between.open.vault.check()
    anna.browser.storage.clear()
    await between.open.vault.check()
    expect(between.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
    expect(await restore(between, file, code)).toMatchObject({ restored: 4, total: 4 })
    expect(await messagesOf(between)).toEqual(shown)
    expect((await readLines(between, ben.account)).join('\n')).not.toContain('unreadable')
    await talk(between, 'three')
  })

  test('for which there is no room leaves everything as it was, also what this page can still put back', async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code, file } = await setUp(before, false)
    anna.browser.storage.clear()
    await before.open.vault.check()
    anna.browser.storage.room = 3
    expect(await faultOf(restore(before, file, code))).toBe('storage_failed')
    expect(anna.browser.storage.length).toBe(0)
    expect(before.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: true })
    anna.browser.storage.room = Infinity
    await before.open.vault.putBack()
    await talk(before, 'two')
  })

  test('is set up although the server goes away before it has stored it', async () => {
    const before = await anna.browser.openTab(anna.account)
    const backup = backupOf(before)
    const code = (await backup.beginCode()).join('')
    anna.browser.isOffline = true
    await expect(backup.finish(true)).rejects.toThrow()
    anna.browser.isOffline = false
    anna.browser.losesAnswer = (request) => request === 'POST /api/key-backup'
    await backup.finish(true)
    anna.browser.losesAnswer = () => false
    await renewBackup(before.open)
    expect((await backup.rehearse(SERVER, code)).madeAt).toBeGreaterThan(0)
  })

  test('is renewed on the server by itself when keys change', async () => {
    const before = await anna.browser.openTab(anna.account)
    const { code } = await setUp(before, true)
    await talk(before, 'after the backup')
    const missing = async () => (await backupOf(before).rehearse(SERVER, code)).missingCount
    await expect.poll(missing, PATIENCE).toBe(0)
    const after = await wipe()
    expect(await restore(after, SERVER, code)).toMatchObject({ restored: 2, total: 2 })
  })

  test('that is older than some keys says how many messages stay closed, and why', async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code, file } = await setUp(before, false)
    const again = await wipe()
    await replaceIdentity(again.open)
    await talk(again, 'with other keys')
    const after = await wipe()
    const result = await restore(after, file, code)
    expect(result).toMatchObject({ restored: 2, isNewIdentity: true })
    // Those two, and what the browser in between said of its lost keys.
    expect(result.total).toBeGreaterThanOrEqual(4)
    expect(result.missing.reduce((sum, { count }) => sum + count, 0)).toBe(result.total - 2)
    await talk(after, 'and on')
  })

  test('changes nothing when it does not open', async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const { code, file } = await setUp(before, false)
    const { text } = file
    const foreign = await setUp(atBen, false)
    const after = await wipe()
    const faults: [string, string, string][] = [
      ['backup_truncated', text.slice(0, -30), code],
      ['backup_damaged', text.replace(/(\n[^\n]{40})./, '$1*'), code],
      ['backup_too_old', text.replace('version 1', 'version 0'), code],
      ['backup_too_new', text.replace('version 1', 'version 2'), code],
      ['backup_not_a_backup', 'a shopping list', code],
      ['backup_other_account', foreign.file.text, foreign.code],
      ['backup_wrong_secret', text, foreign.code],
      ['backup_code_mistyped', text, code.slice(1)],
    ]
    for (const [fault, changed, secret] of faults)
      expect(await faultOf(restore(after, { kind: 'file', text: changed }, secret))).toBe(fault)
    expect(await faultOf(restore(after, SERVER, code))).toBe('backup_missing')
    expect(after.open.vault.keys.value).toEqual({ state: 'gone', canPutBack: false })
    expect(anna.browser.storage.length).toBe(0)
  })

  // Argon2id stretches three times here, for seconds each.
  test('opens by a passphrase, however it was typed', { timeout: 60_000 }, async () => {
    const before = await anna.browser.openTab(anna.account)
    await talk(before, 'one')
    const backup = backupOf(before)
    await backup.beginPassphrase('Gr\u00fc\u00dfe aus der K\u00fcche')
    await backup.finish(true)
    const after = await wipe()
    expect(await faultOf(restore(after, SERVER, 'another'))).toBe('backup_wrong_secret')
    const decomposed = 'Gru\u0308\u00dfe aus der Ku\u0308che'
    expect(await restore(after, SERVER, decomposed)).toMatchObject({ restored: 2, total: 2 })
  })

  test('can be tried without changing anything', async () => {
    const before = await anna.browser.openTab(anna.account)
    await expect.poll(() => before.open.vault.listPrekeys().length, PATIENCE).toBe(PREKEYS_MOST)
    const { code, file } = await setUp(before, false)
    const backup = backupOf(before)
    expect((await backup.rehearse(file, code)).missingCount).toBe(0)
    await talk(before, 'new keys')
    expect((await backup.rehearse(file, code)).missingCount).toBeGreaterThan(0)
  })

  test('of another browser with another code is not overwritten, and the person is told', async () => {
    const before = await anna.browser.openTab(anna.account)
    await setUp(before, true)
    const other = new Browser(server.origin)
    other.takeCookiesOf(anna.browser)
    await anna.api.call('removeKeyBackup', { body: {} })
    const { file } = await setUp(atBen, false)
    await anna.api.call('storeKeyBackup', { body: { text: file.text, replaces: null } })
    await talk(before, 'new keys')
    await renewBackup(before.open)
    expect((await anna.api.call('keyBackup')).backup?.text).toBe(file.text)
    expect(await before.open.database.meta.get('backup')).toMatchObject({ isReplaced: true })
  })

  test('goes on in a browser that restored it, beside the first one', async () => {
    const first = await anna.browser.openTab(anna.account)
    await talk(first, 'one')
    const { code } = await setUp(first, true)
    const carl = await enrol(server.origin)
    expect(carl.account.id).not.toBe(anna.account.id)
    const second = await wipe()
    await restore(second, SERVER, code)
    await talk(second, 'two')
    await expect
      .poll(async () => (await backupOf(second).rehearse(SERVER, code)).missingCount, PATIENCE)
      .toBe(0)
  })
})
