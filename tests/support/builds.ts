/** More than one build of the app, from the real sources, as successive releases would be. */
import { execFile } from 'node:child_process'
import { cp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from './app-process.ts'

const SOURCES = ['package.json', 'tsconfig.json', 'migrations', 'pwa', 'server', 'sw']
const DATABASE = 'pwa/client/history/database.ts'
const LAST_SCHEMA = "    this.version(3).stores({ drafts: 'conversation' })\n"
const LATER_SCHEMA = `${LAST_SCHEMA}    this.version(4).stores({ later: 'id' })\n`

/** A release of the app in a folder of its own, which a server can run from. */
export interface Build {
  readonly folder: string
  readonly version: string
  /** A script that the page loads at its start, as an address. */
  readonly script: string
}

interface BuildOptions {
  readonly folder: string
  readonly version: string
  /** With a new table in the browser's database. */
  readonly hasNewSchema?: boolean
}

/** Copies the sources, gives them `version`, and builds them. */
export async function makeBuild({ folder, version, hasNewSchema = false }: BuildOptions): Promise<Build> {
  for (const name of SOURCES) await cp(path.join(PROJECT, name), path.join(folder, name), { recursive: true })
  await symlink(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'))
  await rewrite(path.join(folder, 'package.json'), /"version": "[^"]*"/, `"version": "${version}"`)
  if (hasNewSchema) await rewrite(path.join(folder, DATABASE), LAST_SCHEMA, LATER_SCHEMA)
  // Not in the environment of the tests, which would make it a build for development.
  const { NODE_ENV: _, ...env } = process.env
  await promisify(execFile)(process.execPath, ['sw/build.ts'], { cwd: folder, env })
  const page = await readFile(path.join(folder, 'dist/index.html'), 'utf8')
  const script = /<script [^>]*src="([^"]+)"/.exec(page)?.[1]
  if (script === undefined) throw new Error('the built page loads no script')
  return { folder, version, script }
}

/** The same build as somebody deploys it who forgets a file: its worker cannot be installed. */
export async function makeBrokenBuild(build: Build, folder: string): Promise<Build> {
  await cp(build.folder, folder, { recursive: true, verbatimSymlinks: true })
  await rm(path.join(folder, 'dist', build.script))
  return { ...build, folder }
}

async function rewrite(file: string, from: string | RegExp, to: string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = before.replace(from, to)
  if (after === before) throw new Error(`${file} has no ${String(from)}`)
  await writeFile(file, after)
}
