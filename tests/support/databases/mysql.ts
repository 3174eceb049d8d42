/** MySQL, which Debian's stable release does not carry: unpacked from its unstable one, without installing anything. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { runStep } from '../run-step.ts'
import { type DatabaseServer, prepareServer, startServer } from './server-process.ts'

const SUITE = 'sid'
const PACKAGES = ['mysql-server-core', 'mysql-client-core']
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * @param folder absolute; is emptied first
 * @param cacheFolder absolute; where the unpacked packages stay for the next run
 */
export async function startMysql(folder: string, cacheFolder: string): Promise<DatabaseServer> {
  const packages = await unpackMysql(cacheFolder)
  const place = await prepareServer(folder)
  const command = mysqldCommand(packages)
  const [program = '', ...args] = command
  const initialOptions = place.options.filter(
    (option) => !/^--(init-file|port|socket|pid-file)=/.test(option),
  )
  await runStep(program, [...args, '--initialize-insecure', ...initialOptions])
  return startServer(place, [
    ...command,
    '--mysqlx=OFF',
    '--secure-file-priv=NULL',
    // The server writes a binary log, and a role without global rights is to create triggers all the same.
    '--log-bin-trust-function-creators=ON',
  ])
}

/** The packages bring their own C library, newer than the system's. */
function mysqldCommand(packages: string): string[] {
  const libraries = path.join(packages, 'usr/lib/x86_64-linux-gnu')
  return [
    path.join(packages, 'usr/lib64/ld-linux-x86-64.so.2'),
    '--library-path',
    libraries,
    path.join(packages, 'usr/sbin/mysqld'),
    '--no-defaults',
    `--basedir=${path.join(packages, 'usr')}`,
    `--plugin-dir=${path.join(packages, 'usr/lib/mysql/plugin')}`,
    `--lc-messages-dir=${path.join(packages, 'usr/share/mysql')}`,
    `--character-sets-dir=${path.join(packages, 'usr/share/mysql/charsets')}`,
  ]
}

/** Gives the folder with the unpacked packages; downloads about 66 MB the first time. */
async function unpackMysql(cacheFolder: string): Promise<string> {
  const finished = path.join(cacheFolder, 'packages')
  if (existsSync(path.join(finished, 'usr/sbin/mysqld'))) return finished
  await rm(cacheFolder, { recursive: true, force: true })
  const archives = await downloadPackages(path.join(cacheFolder, 'apt'))
  const unpacked = path.join(cacheFolder, 'unpacked')
  for (const archive of archives) await runStep('dpkg', ['--extract', archive, unpacked])
  await rm(path.join(cacheFolder, 'apt'), { recursive: true })
  await rename(unpacked, finished)
  return finished
}

/** Downloads the packages with all they depend on, by an apt that knows nothing of this system. */
async function downloadPackages(folder: string): Promise<string[]> {
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
  await runStep('apt-get', [...download, ...PACKAGES], environment)
  const archives = path.join(folder, 'cache/archives')
  const names = await readdir(archives)
  // Only command-line tools that no test uses want Perl.
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
async function findMirror(): Promise<string> {
  for (const file of await listSourceFiles()) {
    const text = await readFile(file, 'utf8')
    const found = /^URIs:\s*(\S+)/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(https?:\S+)/m.exec(text)
    if (found?.[1]) return found[1]
  }
  throw new Error('no Debian mirror in the sources of apt: MySQL cannot be fetched')
}

async function listSourceFiles(): Promise<string[]> {
  const folder = '/etc/apt/sources.list.d'
  const names = await readdir(folder).catch(() => [])
  const files = names.filter((name) => /\.(sources|list)$/.test(name)).map((name) => path.join(folder, name))
  return [...files, '/etc/apt/sources.list'].filter((file) => existsSync(file))
}
