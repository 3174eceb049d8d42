import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import { keepMessage } from '../../pwa/client/commands/send-message.ts'
import { enrol, startTestServer, type Person, type TestServer } from './person.ts'

const CONTACT = 7

let server: TestServer
let anna: Person
let tab: AccountDoor

beforeAll(async () => {
  server = await startTestServer()
  anna = await enrol(server.origin)
  tab = await anna.browser.openTab(anna.account)
})
afterAll(async () => {
  anna.browser.closeTabs()
  await server.stop()
})

const draft = async () => (await tab.open.database.drafts.get(CONTACT))?.text
const texts = async () => (await tab.open.database.messages.toArray()).map(({ text }) => text)

describe('keepMessage', () => {
  test('takes the draft away with the transaction that keeps the message', async () => {
    await tab.open.database.drafts.put({ conversation: CONTACT, text: 'hel' })
    await keepMessage(tab.open, CONTACT, 'hello', 'hel')
    expect(await texts()).toEqual(['hello'])
    expect(await draft()).toBeUndefined()
  })

  test('leaves what another tab has typed since', async () => {
    await tab.open.database.drafts.put({ conversation: CONTACT, text: 'from another tab' })
    await keepMessage(tab.open, CONTACT, 'and this', 'and')
    expect(await draft()).toBe('from another tab')
  })

  test('leaves the draft when the message cannot be kept', async () => {
    const long = 'x'.repeat(20_000)
    await tab.open.database.drafts.put({ conversation: CONTACT, text: long })
    await expect(keepMessage(tab.open, CONTACT, long, long)).rejects.toMatchObject({
      code: 'message_too_long',
    })
    expect(await draft()).toBe(long)
    const addFails = () => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
    tab.open.database.messages.hook('creating', addFails)
    await expect(keepMessage(tab.open, CONTACT, 'short', long)).rejects.toMatchObject({
      code: 'storage_failed',
    })
    tab.open.database.messages.hook('creating').unsubscribe(addFails)
    expect(await draft()).toBe(long)
  })
})
