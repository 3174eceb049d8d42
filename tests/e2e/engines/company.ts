/** Alice and Bob in browsers of one engine, and Carol in Chromium: three accounts of one server. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AppProcess } from '../../support/app-process.ts'
import { createDatabase, type TestDatabase } from '../../support/database.ts'
import type { DrivenLocator, DrivenPage } from '../../support/engines/driven-page.ts'
import { DrivenProfile, type Engine } from '../../support/engines/driven-profile.ts'
import { Person, PersonAt } from '../person.ts'

export type Driven = PersonAt<DrivenLocator, DrivenPage, DrivenProfile>

export interface Company {
  readonly app: AppProcess
  readonly database: TestDatabase
  readonly alice: Driven
  readonly bob: Driven
  readonly carol: Person
  remove(): Promise<void>
}

/** Starts the server; no browser is open yet. */
export async function gather(engine: Engine): Promise<Company> {
  const folder = await mkdtemp(path.join(tmpdir(), `letterlock-${engine.name}-`))
  const database = await createDatabase('sqlite')
  const app = await AppProcess.start({ dataDir: database.dataDir })
  const { origin } = app
  const [alice, bob] = ['alice', 'bob'].map(
    (name) => new PersonAt({ name, profile: new DrivenProfile(engine, path.join(folder, name)), origin }),
  ) as [Driven, Driven] // two names
  const carol = new Person({ name: 'carol', folder: path.join(folder, 'carol'), origin })
  return {
    app,
    database,
    alice,
    bob,
    carol,
    async remove() {
      await Promise.allSettled([alice, bob, carol].map((person) => person.closeBrowser()))
      await app.remove()
      await database.remove()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
