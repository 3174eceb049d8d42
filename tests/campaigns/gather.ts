/** What a conversation of two browsers has left in them, on their screens and on the server. */
import type { Page } from 'playwright-core'
import { listDecided, readRows, type KeptMessage } from '../e2e/kept.ts'
import type { Pair } from '../e2e/pair.ts'
import { readCryptoLog } from '../e2e/story-evidence.ts'
import type { TestDatabase } from '../support/database.ts'
import { comeToRest } from './come-to-rest.ts'
import { listComplaints, toLogged, type Evidence, type LoggedMessage } from './evidence.ts'

export interface Scene {
  readonly pair: Pair
  readonly shown: readonly string[]
  /** Pages that are open at the conversation, by a name. */
  readonly pages: ReadonlyMap<string, Page>
}

/** Has the tabs come to rest: networks are whole by now, and nobody types. */
export const gatherAtRest = (scene: Scene): Promise<Evidence> => comeToRest(() => gather(scene))

export const listPageErrors = ({ alice, bob }: Pair): string[] =>
  [alice, bob].flatMap(({ name, profile }) => profile.pageErrors.map((error) => `page of ${name}: ${error}`))

async function gather({ pair: { alice, bob, database }, shown, pages }: Scene): Promise<Evidence> {
  const histories = new Map<string, KeptMessage[]>()
  const screens = new Map<string, string[]>()
  const complaints: string[] = []
  for (const [name, page] of pages) {
    const rows = await readRows(page)
    histories.set(name, listDecided(rows))
    screens.set(name, await page.locator('.bubble-text').allTextContents())
    complaints.push(...listComplaints(name, rows))
  }
  const lines = [...alice.profile.consoleLines, ...bob.profile.consoleLines]
  const seals = readCryptoLog(lines).filter(({ operation }) => operation === 'seal')
  return { shown, log: await readLoggedMessages(database), histories, screens, complaints, seals }
}

async function readLoggedMessages(database: TestDatabase): Promise<LoggedMessage[]> {
  const rows = await database.query('select entry_id, sender, envelope from entries order by seq')
  return rows.flatMap((row) => {
    const id = Buffer.from(row['entry_id'] as Uint8Array).toString('base64url') // a column of bytes
    return toLogged(id, Number(row['sender']), String(row['envelope']))
  })
}
