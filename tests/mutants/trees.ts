/**
 * Throw-away copies of the sources: files are hard links, but for those that a mutant changes. Leave the sources alone while
 * it runs: what is written in place is written in the copies.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, rm, unlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { applyEdits, type Edit } from './mutant.ts'

const TOP = fileURLToPath(new URL('../..', import.meta.url))
/** Inside the tree, so that packages are found above; outside of all that tests, build and linters look at. */
export const TREES = path.join(TOP, '.build/mutants')
const PARTS = ['server', 'pwa', 'sw', 'migrations', 'tests', 'package.json', 'tsconfig.json']

/** Makes a copy under a name, with the edits. Throws when one does not fit the sources. */
export async function makeTree(name: string, edits: readonly Edit[]): Promise<string> {
  const tree = path.join(TREES, name)
  const texts = applyEdits(edits, (file) => readFileSync(path.join(TOP, file), 'utf8'))
  await mkdir(tree, { recursive: true })
  const parts = PARTS.map((part) => path.join(TOP, part))
  await promisify(execFile)('cp', ['--archive', '--link', ...parts, tree])
  for (const [file, text] of texts) {
    // Written in place, it would change the file that it is linked to.
    await unlink(path.join(tree, file))
    await writeFile(path.join(tree, file), text)
  }
  return tree
}

export const removeTrees = (): Promise<void> => rm(TREES, { recursive: true, force: true })
