/** People in Chromium who trust the deployment's CA, and nobody else's. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Person } from '../e2e/person.ts'
import { makeTrustingHome } from '../e2e/trusting-home.ts'
import { compose, ORIGIN } from './deployment.ts'

export interface Visitors {
  /** Somebody whose browser is closed. */
  readonly person: (name: string) => Person
  readonly remove: () => Promise<void>
}

export async function openVisitors(): Promise<Visitors> {
  const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-compose-'))
  const ca = path.join(folder, 'ca.pem')
  const home = path.join(folder, 'home')
  // As README.md says to fetch it.
  await writeFile(
    ca,
    await compose('run', '-T', '--rm', '--no-deps', 'certificates', 'cat', '/certs/ca/certificate.pem'),
  )
  await makeTrustingHome(home, ca)
  return {
    person: (name) =>
      new Person({
        name,
        folder: path.join(folder, name),
        origin: ORIGIN,
        options: { environment: { HOME: home } },
      }),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
