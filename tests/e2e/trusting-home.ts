/** A home folder in which Chromium trusts a CA, as certs/README.md tells people to do it. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { runStep } from '../support/run-step.ts'

/** Makes the folder `home`, and Chromium's list of certificates in it. */
export async function makeTrustingHome(home: string, ca: string): Promise<void> {
  const folder = path.join(home, '.pki/nssdb')
  await mkdir(folder, { recursive: true })
  await runStep('certutil', ['-N', '-d', `sql:${folder}`, '--empty-password'])
  await runStep('certutil', ['-A', '-d', `sql:${folder}`, '-t', 'C,,', '-n', 'letterlock', '-i', ca])
}
