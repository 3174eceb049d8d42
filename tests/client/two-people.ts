/** What most tests of the client begin with: two people who can write to each other. */
import { expect } from 'vitest'
import { enrol, listSeals, startTestServer, type Person, type TestServer } from './person.ts'

export interface TwoPeople {
  readonly server: TestServer
  readonly anna: Person
  readonly ben: Person
}

/** Two people on a server of their own, for tests that move its clock. */
export async function startTwoPeople(): Promise<TwoPeople> {
  const server = await startTestServer()
  return { server, anna: await enrol(server.origin), ben: await enrol(server.origin) }
}

/** Ends what `startTwoPeople` began, and looks whether all went well. */
export async function endTwoPeople({ server, anna, ben }: TwoPeople): Promise<void> {
  closeBrowsers(anna, ben)
  await server.stop()
}

/** Closes people's tabs, and looks whether nobody had a fault or sealed twice under a key and IV. */
export function closeBrowsers(...people: readonly Person[]): void {
  for (const { browser } of people) {
    expect(browser.faults).toEqual([])
    const seals = listSeals(browser.records)
    expect(new Set(seals).size).toBe(seals.length)
    browser.closeTabs()
  }
}
