/** The short version of `npm run mutants`: the bugs of the protocol, and whether all others still fit the sources. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { applyEdits } from './mutant.ts'
import { MUTANTS } from './mutants.ts'

const mutants = Object.values(MUTANTS).flat()
const pathOf = (file: string): string => fileURLToPath(new URL(`../../${file}`, import.meta.url))
const read = (file: string): string => readFileSync(pathOf(file), 'utf8')

describe('mutants', () => {
  test('have names of their own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  })

  test.each(mutants)('fit the sources and a test: $name', ({ edits, killedBy }) => {
    const changed = applyEdits(edits, read)
    for (const [file, text] of changed) expect(text).not.toBe(read(file))
    expect(() => read(`${killedBy.file}.test.ts`)).not.toThrow()
  })

  test('of the protocol are killed, each by its test', async () => {
    // The runner that runs this test tells its own processes apart by variables that another one must not see.
    const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))
    const child = spawn(process.execPath, [pathOf('tests/mutants/main.ts'), '--group', 'protocol'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: Object.fromEntries(environment),
    })
    const output = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
    const count = MUTANTS['protocol']?.length
    const figures = `"mutants":${count},"killed":${count}`
    expect(output.flat().join('')).toContain(figures)
  }, 180_000)
})
