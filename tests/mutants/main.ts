/**
 * `npm run mutants`: plants each bug in a copy of the sources and runs the test that has to fail, and runs all these tests on the
 * sources as they are. `-- --group protocol` takes one list, `-- --name glare` those whose name holds that. Ends with a
 * line of figures in JSON.
 */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { createVitest, type TestModule, type TestSpecification, type Vitest } from 'vitest/node'
import type { Mutant } from './mutant.ts'
import { MUTANTS } from './mutants.ts'
import { makeTree, removeTrees, TREES } from './trees.ts'

const UNCHANGED = 'unchanged'

const { values } = parseArgs({
  options: { group: { type: 'string' }, name: { type: 'string', default: '' } },
})
const groups = values.group === undefined ? Object.values(MUTANTS) : [MUTANTS[values.group] ?? []]
const mutants = groups.flat().filter(({ name }) => name.includes(values.name))
if (mutants.length === 0) throw new Error('there are no such mutants')
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const beganMs = performance.now()
await removeTrees()
await makeTree(UNCHANGED, [])
for (const [index, { edits }] of mutants.entries()) await makeTree(String(index), edits)
const vitest = await createVitest({
  root: TREES,
  config: false,
  watch: false,
  reporters: [{}],
  maxWorkers: 2,
  testTimeout: 180_000,
  hookTimeout: 120_000,
})
try {
  await vitest.standalone()
  const { testModules } = await vitest.runTestSpecifications(listSpecifications(vitest))
  const faults = [...testModules.flatMap(faultsOfUnchanged), ...mutants.flatMap(survivalOf(testModules))]
  for (const fault of faults) say(fault)
  const survivors = mutants.filter((mutant) => faults.some((fault) => fault.includes(`"${mutant.name}"`)))
  const figures = { mutants: mutants.length, killed: mutants.length - survivors.length }
  say(JSON.stringify({ ...figures, seconds: Math.round((performance.now() - beganMs) / 1000) }))
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await vitest.close()
  await removeTrees()
}

/** The killers on the sources as they are, each file once, and for each mutant its own. */
function listSpecifications({ projects: [project] }: Vitest): TestSpecification[] {
  if (!project) throw new Error('vitest has no project')
  const titles = new Map<string, string[]>()
  for (const { killedBy } of mutants)
    titles.set(killedBy.file, [...(titles.get(killedBy.file) ?? []), killedBy.title])
  const specify = (tree: string, file: string, wanted: readonly string[]): TestSpecification =>
    project.createSpecification(path.join(TREES, tree, `${file}.test.ts`), {
      testNamePattern: new RegExp(wanted.map(patternOf).join('|')),
    })
  return [
    ...[...titles].map(([file, wanted]) => specify(UNCHANGED, file, wanted)),
    ...mutants.map(({ killedBy }, index) => specify(String(index), killedBy.file, [killedBy.title])),
  ]
}

/** Suite and test are parted by more than a space in a full name. */
function patternOf(title: string): string {
  return title
    .split(' ')
    .map((word) => RegExp.escape(word))
    .join('(?: > | )')
}

function treeOf({ moduleId }: TestModule): string {
  return path.relative(TREES, moduleId).split(path.sep)[0] ?? ''
}

function faultsOfUnchanged(module: TestModule): string[] {
  if (treeOf(module) !== UNCHANGED) return []
  const failed = [...module.children.allTests('failed')].map(({ fullName }) => `fails unchanged: ${fullName}`)
  return [...failed, ...module.errors().map(({ message }) => `breaks unchanged: ${message}`)]
}

/** A bug counts as found when a test of that name ran and failed: not when the sources no longer load. */
function survivalOf(modules: readonly TestModule[]) {
  return ({ name, killedBy: { file, title } }: Mutant, index: number): string[] => {
    const module = modules.find((one) => treeOf(one) === String(index))
    const found = [...(module?.children.allTests() ?? [])]
      .map((test) => test.result().state)
      .filter((state) => state !== 'skipped')
    if (found.includes('failed')) {
      say(`killed: ${name} - by ${file}, ${title.trim()}`)
      return []
    }
    const why = found.length === 0 ? 'nothing of that name ran' : 'all passed'
    const errors = module?.errors().map(({ message }) => message) ?? []
    return [`SURVIVES: "${name}" - ${file}, ${title}: ${[why, ...errors].join('; ')}`]
  }
}
