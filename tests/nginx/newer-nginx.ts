/** An nginx as container images have it, newer than Debian's stable one. */
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandOf, unpackUnstable } from '../support/unstable-packages.ts'

const CACHE = fileURLToPath(new URL('../../.build/nginx', import.meta.url))
const PROGRAM = 'usr/sbin/nginx'

/** Gives a folder in which `nginx` is the newer one; downloads about 10 MB the first time. */
export async function unpackNewerNginx(): Promise<string> {
  const packages = await unpackUnstable({ cacheFolder: CACHE, names: ['nginx'], program: PROGRAM })
  const folder = path.join(CACHE, 'bin')
  const file = path.join(folder, 'nginx')
  await mkdir(folder, { recursive: true })
  await writeFile(file, `#!/bin/sh\nexec ${commandOf(packages, PROGRAM).join(' ')} "$@"\n`)
  await chmod(file, 0o755)
  return folder
}
