/** What a person does with files, by the ways of each driver: saves what a page offers, and hands a file to a field. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Locator } from 'playwright-core'
import { askUntil } from '../support/engines/ask-until.ts'
import type { DrivenLocator } from '../support/engines/driven-page.ts'
import { downloadsOf } from '../support/engines/firefox.ts'
import type { Driven } from './engines/company.ts'
import type { Person } from './person.ts'

export interface FileHands<L> {
  /** Does what makes the page offer a file, and gives the file's text. */
  save(act: () => Promise<void>): Promise<string>
  /** `file`: its path. */
  choose(field: L, file: string): Promise<void>
}

export const handsInChromium = (person: Person): FileHands<Locator> => ({
  async save(act) {
    const offered = person.page.waitForEvent('download')
    await act()
    return readFile(await (await offered).path(), 'utf8')
  },
  choose: (field, file) => field.setInputFiles(file),
})

export const handsInFirefox = ({ profile }: Driven): FileHands<DrivenLocator> => ({
  async save(act) {
    const folder = downloadsOf(profile.folder)
    const list = (): Promise<string[]> => readdir(folder).catch(() => [])
    const before = await list()
    await act()
    const isNew = (name: string): boolean => !before.includes(name) && name.endsWith('.txt')
    const saved = await askUntil('the file', async () => (await list()).find(isNew) ?? null)
    return askUntil('what is in it', async () => (await readFile(path.join(folder, saved), 'utf8')) || null)
  },
  // The protocol takes the path for what is typed.
  choose: (field, file) => field.fill(file),
})
