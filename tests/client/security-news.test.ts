import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SecurityEvent } from '../../server/wire/security.ts'
import { AccountDatabase } from '../../pwa/client/history/database.ts'
import {
  dismissSecurityNotice,
  keepSecurityNews,
  readSecurityNews,
} from '../../pwa/client/history/security-news.ts'
import './account-databases.ts'

let database: AccountDatabase
beforeEach(() => {
  database = new AccountDatabase(1)
})
afterEach(() => database.delete())

const event = (at: number, isThis: boolean): SecurityEvent => ({
  id: at,
  at,
  kind: 'password-changed',
  browser: 'Firefox on Windows',
  address: '192.0.2.7',
  isThis,
})

describe('security news', () => {
  test('begin without a notice: what came before this browser looked is on the account page', async () => {
    await keepSecurityNews(database, [event(5, false)])
    expect(await readSecurityNews(database)).toEqual({ newestAt: 5, notice: null })
  })

  test('have the newest that another session did, and nothing of this one', async () => {
    await keepSecurityNews(database, [])
    await keepSecurityNews(database, [event(7, true)])
    expect((await readSecurityNews(database)).notice).toBeNull()
    await keepSecurityNews(database, [event(9, true), event(8, false), event(7, true)])
    expect(await readSecurityNews(database)).toEqual({ newestAt: 9, notice: event(8, false) })
  })

  test('keep the notice until it is dismissed, and do not repeat it', async () => {
    await keepSecurityNews(database, [])
    const events = [event(8, false)]
    await keepSecurityNews(database, events)
    await keepSecurityNews(database, [event(9, true), ...events])
    expect((await readSecurityNews(database)).notice).toEqual(event(8, false))
    await dismissSecurityNotice(database)
    await keepSecurityNews(database, [event(9, true), ...events])
    expect((await readSecurityNews(database)).notice).toBeNull()
  })
})
