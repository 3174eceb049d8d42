import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { KEY_BACKUP_MOST_BYTES } from '../../server/wire/key-backup.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Visitor } from './visitor.ts'

let server: TestServer
let owner: Visitor

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.remove())

beforeEach(async () => {
  owner = server.visit()
  await owner.register()
})

const store = (text: string, replaces: number | null) =>
  owner.call('storeKeyBackup', { body: { text, replaces } })

describe('a key backup on the server', () => {
  test('is nothing at first, then what was stored last', async () => {
    expect(await owner.call('keyBackupState')).toEqual({ savedAt: null })
    expect(await owner.call('keyBackup')).toEqual({ backup: null })
    const first = await store('first', null)
    const { savedAt } = await store('second', first.savedAt)
    expect(await owner.call('keyBackupState')).toEqual({ savedAt })
    expect(await owner.call('keyBackup')).toEqual({ backup: { text: 'second', savedAt } })
  })

  test('is not replaced by somebody who does not know it', async () => {
    const { savedAt } = await store('of another browser', null)
    const body = { text: 'ours', replaces: null }
    expect(await owner.refused('storeKeyBackup', { body })).toMatchObject({
      status: 409,
      code: 'key_backup_conflict',
    })
    expect(await owner.call('keyBackup')).toEqual({ backup: { text: 'of another browser', savedAt } })
  })

  test('is of the account alone', async () => {
    await store('mine', null)
    const other = server.visit()
    await other.register()
    expect(await other.call('keyBackup')).toEqual({ backup: null })
  })

  test('goes when it is removed, and with the account', async () => {
    await store('mine', null)
    await owner.call('removeKeyBackup', { body: {} })
    expect(await owner.call('keyBackup')).toEqual({ backup: null })
  })

  test.each([
    ['text that is not ASCII', 'ümlaut'],
    ['nothing', ''],
    ['too much', 'x'.repeat(KEY_BACKUP_MOST_BYTES + 1)],
  ])('is not %s', async (_, text) => {
    const body = { text, replaces: null }
    expect(await owner.refused('storeKeyBackup', { body })).toMatchObject({ code: 'invalid_body' })
  })
})
