/**
 * A lost browser with many messages, restored whole. `npm run campaign:restore` (after `npm run build`) is the full size, in
 * Chromium and Firefox; otherwise a small one runs in Chromium.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { DrivenProfile } from '../support/engines/driven-profile.ts'
import { firefox } from '../support/engines/firefox.ts'
import type { Driven } from './engines/company.ts'
import { handsInChromium, handsInFirefox } from './file-hands.ts'
import { Person, PersonAt } from './person.ts'
import { tellRestoreStory, type RestoreFigures, type RestoreSize } from './restore-story.ts'

const isFull = process.env['CAMPAIGN'] === 'full'
const SIZE: RestoreSize = isFull
  ? { conversations: 5, messagesEach: 200, ownEach: 20 }
  : { conversations: 5, messagesEach: 12, ownEach: 2 }
const MESSAGES = SIZE.conversations * SIZE.messagesEach

describe('a browser that was lost whole', () => {
  let folder: string
  let database: TestDatabase
  let app: AppProcess

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'letterlock-restore-large-'))
    database = await createDatabase('sqlite')
    app = await AppProcess.start({ dataDir: database.dataDir, hasMovableClock: true })
  })
  afterEach(async () => {
    await app.remove()
    await database.remove()
    await rm(folder, { recursive: true, force: true })
  })

  function expectFigures(engine: string, figures: RestoreFigures): void {
    expect(figures.messages).toBe(MESSAGES)
    // oxlint-disable-next-line no-console -- a campaign's figures are its result
    if (isFull) console.log(`${engine}: ${JSON.stringify(figures)}`)
  }

  test(`has all of its ${MESSAGES} messages back, from the server and from a file, in Chromium`, async () => {
    const profileFolder = path.join(folder, 'alice')
    const alice = new Person({ name: 'alice', folder: profileFolder, origin: app.origin })
    await alice.openBrowser()
    try {
      const hands = handsInChromium(alice)
      expectFigures(
        'Chromium',
        await tellRestoreStory({ app, database, alice, profileFolder, hands, size: SIZE }),
      )
      expect([...alice.profile.pageErrors, ...alice.profile.policyViolations]).toEqual([])
    } finally {
      await alice.closeBrowser()
    }
  }, 900_000)

  test.runIf(isFull)(
    `has all of its ${MESSAGES} messages back in Firefox`,
    async () => {
      const profileFolder = path.join(folder, 'alice')
      const profile = new DrivenProfile(firefox, profileFolder)
      const alice: Driven = new PersonAt({ name: 'alice', profile, origin: app.origin })
      await alice.openBrowser()
      try {
        const hands = handsInFirefox(alice)
        expectFigures(
          'Firefox',
          await tellRestoreStory({ app, database, alice, profileFolder, hands, size: SIZE }),
        )
      } finally {
        await alice.closeBrowser()
      }
    },
    900_000,
  )
})
