// Before Dexie, which looks for it when it is loaded: live queries need it.
import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { createCell, liveFromQuery } from '../../pwa/client/live.ts'
import { freshAccountId, openDatabase } from './account-databases.ts'

test('liveFromQuery tells why a query failed, and goes on once what it reads can be read', async () => {
  const database = await openDatabase(freshAccountId())
  const failures: unknown[] = []
  const values: number[] = []
  const wakes = createCell(0)
  const fault = new TypeError('a row that is no row')
  let isBroken = true
  async function query(): Promise<number> {
    const count = await database.messages.count()
    if (isBroken) throw fault
    return count
  }
  const stop = liveFromQuery(query, { wakes, noteFailure: (error) => failures.push(error) }).subscribe(
    (value) => values.push(value),
  )
  await expect.poll(() => failures).toEqual([fault])
  isBroken = false
  wakes.set(1)
  await expect.poll(() => values).toEqual([0])
  database.close()
  wakes.set(2)
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(failures).toEqual([fault])
  stop()
})
