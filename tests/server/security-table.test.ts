import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findNotPassed, type NamedTest, readRows, readTest } from '../support/security-table.ts'
import { ASVS_IDS, NIST_IDS } from './requirement-ids.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const REASON = /^(Not met yet|Deviation|Does not apply): .{10,}\.$/
const DOCUMENT = /^Document: ([\w/.-]+\.md) › (.+)$/

const read = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8')

/** What is wrong with one piece of a last column; null: nothing. */
function findFault(piece: string): string | null {
  const test = readTest(piece)
  if (test !== null) return hasTest(test) ? null : `there is no test "${test.title}" in ${test.file}`
  const [, document, heading = ''] = DOCUMENT.exec(piece) ?? []
  if (document !== undefined) return hasHeading(document, heading) ? null : `${document} has no "${heading}"`
  return REASON.test(piece) ? null : `neither a test nor a reason: ${piece}`
}

function hasTest({ file, title }: NamedTest): boolean {
  const place = `tests/${file}`
  if (!existsSync(path.join(PROJECT, place))) return false
  const text = readWithImports(place)
  return ["'", '`'].some(
    (quote) => text.includes(`(${quote}${title}${quote},`) || text.includes(`  ${quote}${title}${quote},\n`),
  )
}

/** A test may be declared by what its file imports; whether it ran there is looked at when all have run. */
function readWithImports(place: string): string {
  const text = read(place)
  const imported = Array.from(text.matchAll(/ from '(\.{1,2}\/[^']+\.ts)'/g), ([, file = '']) =>
    path.join(path.dirname(place), file),
  )
  return [text, ...imported.filter((file) => existsSync(path.join(PROJECT, file))).map(read)].join('\n')
}

const hasHeading = (file: string, heading: string): boolean =>
  existsSync(path.join(PROJECT, file)) && new RegExp(`^#+ ${heading}$`, 'm').test(read(file))

const rows = readRows(read('server/SECURITY.md'))

describe('SECURITY.md', () => {
  test('has one row for each requirement, and for nothing else', () => {
    expect(rows.flatMap(({ ids }) => ids)).toEqual([...NIST_IDS, ...ASVS_IDS])
  })

  test.each(rows)('says of $ids what shows it, or why nothing does', ({ shownBy }) => {
    expect(shownBy.map(findFault).filter((fault) => fault !== null)).toEqual([])
  })
})

describe('the check itself', () => {
  test.each([
    '',
    'Yes.',
    'Not met yet:',
    '`server/gone.test.ts` › signs nobody in',
    '`server/login.test.ts` › signs everybody in',
    'Document: server/README.md › What is not there',
  ])('complains of "%s"', (piece) => {
    expect(findFault(piece)).not.toBeNull()
  })

  test('passes over a row whose last column is empty, so that its requirement is missing', () => {
    expect(readRows('| 4-a | asks | how |  |')).toEqual([])
  })
})

describe('the check at the end of a run', () => {
  const piece = '`server/login.test.ts` › refuses %s'
  const rowsOf = (...shownBy: string[]) => [{ ids: ['4-a'], shownBy }]
  const report = (...statuses: string[]) => ({
    testResults: [
      {
        name: '/anywhere/tests/server/login.test.ts',
        assertionResults: statuses.map((status, index) => ({ title: `refuses case (${index})`, status })),
      },
    ],
  })

  test('has nothing against a test that passed in all its cases, nor against a reason', () => {
    const reason = 'Does not apply: there is nothing of the kind here.'
    expect(findNotPassed(rowsOf(piece, reason), report('passed', 'passed'))).toEqual([])
  })

  test.each([
    ['did not run', report()],
    ['did not run', { testResults: [] }],
    ['failed', report('passed', 'failed')],
    ['skipped', report('skipped')],
    ['todo', report('passed', 'todo')],
  ])('complains of a test that %s', (state, planted) => {
    expect(findNotPassed(rowsOf(piece), planted)).toEqual([`${state}: ${piece}`])
  })

  test.each(['`server/login.test.ts` › refuses', '`server/logins.test.ts` › refuses %s'])(
    'takes no other test for %s',
    (other) => {
      expect(findNotPassed(rowsOf(other), report('passed'))).toEqual([`did not run: ${other}`])
    },
  )
})
