/** Programs that Debian's stable release does not carry: unpacked from its unstable one, without installing anything. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runStep } from './run-step.ts'

const SUITE = 'sid'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

export interface Wanted {
  /** Absolute; where the unpacked packages stay for the next run. */
  readonly cacheFolder: string
  readonly names: readonly string[]
  /** Its path in the packages: where it is, everything is. */
  readonly program: string
}

/** Gives the folder with the unpacked packages and all they depend on; downloads them the first time. */
export async function unpackUnstable({ cacheFolder, names, program }: Wanted): Promise<string> {
  const finished = path.join(cacheFolder, 'packages')
  if (existsSync(path.join(finished, program))) return finished
  await rm(cacheFolder, { recursive: true, force: true })
  const archives = await downloadPackages(names, path.join(cacheFolder, 'apt'))
  const unpacked = path.join(cacheFolder, 'unpacked')
  for (const archive of archives) await runStep('dpkg', ['--extract', archive, unpacked])
  await rm(path.join(cacheFolder, 'apt'), { recursive: true })
  await rename(unpacked, finished)
  return finished
}

/** The command that runs a program of the packages: they bring their own C library, newer than the system's. */
export function commandOf(packages: string, program: string): string[] {
  return [
    path.join(packages, 'usr/lib64/ld-linux-x86-64.so.2'),
    '--library-path',
    path.join(packages, 'usr/lib/x86_64-linux-gnu'),
    path.join(packages, program),
  ]
}

/** Downloads the packages with all they depend on, by an apt that knows nothing of this system. */
async function downloadPackages(wantedNames: readonly string[], folder: string): Promise<string[]> {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc/sources', 'etc/none']) {
    await mkdir(path.join(folder, part), { recursive: true })
  }
  const sources = [
    'Types: deb',
    `URIs: ${await findMirror()}`,
    `Suites: ${SUITE}`,
    'Components: main',
    `Signed-By: ${KEYRING}`,
  ]
  await writeFile(path.join(folder, 'etc/sources/unstable.sources'), `${sources.join('\n')}\n`)
  await writeFile(path.join(folder, 'status'), '')
  await writeFile(path.join(folder, 'apt.conf'), aptConfiguration(folder))
  const environment = { ...process.env, APT_CONFIG: path.join(folder, 'apt.conf') }
  await runStep('apt-get', ['--quiet', 'update'], environment)
  const download = ['--quiet', '--yes', '--download-only', '--no-install-recommends', 'install']
  await runStep('apt-get', [...download, ...wantedNames], environment)
  const archives = path.join(folder, 'cache/archives')
  const names = await readdir(archives)
  // Only scripts that no test uses want Perl.
  const wanted = names.filter((name) => name.endsWith('.deb') && !name.includes('perl'))
  return wanted.map((name) => path.join(archives, name))
}

function aptConfiguration(folder: string): string {
  const settings = {
    Dir: folder,
    'Dir::Etc': path.join(folder, 'etc'),
    'Dir::Etc::sourcelist': '/dev/null',
    'Dir::Etc::sourceparts': path.join(folder, 'etc/sources'),
    'Dir::Etc::parts': path.join(folder, 'etc/none'),
    'Dir::Etc::preferencesparts': path.join(folder, 'etc/none'),
    'Dir::State': path.join(folder, 'state'),
    'Dir::State::status': path.join(folder, 'status'),
    'Dir::Cache': path.join(folder, 'cache'),
    'Acquire::Languages': 'none',
    // The mirror may be a snapshot of an earlier day: signed all the same, only not fresh.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Check-Date': 'false',
    'APT::Sandbox::User': 'root',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name} "${value}";\n`)
    .join('')
}

/** The mirror that this system's apt uses already. */
export async function findMirror(): Promise<string> {
  for (const file of await listSourceFiles()) {
    const text = await readFile(file, 'utf8')
    const found = /^URIs:\s*(\S+)/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(https?:\S+)/m.exec(text)
    if (found?.[1]) return found[1]
  }
  throw new Error('no Debian mirror in the sources of apt: nothing can be fetched')
}

async function listSourceFiles(): Promise<string[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => path.join(folder, name))
  return [...files, '/etc/apt/sources.list'].filter((file) => existsSync(file))
}
