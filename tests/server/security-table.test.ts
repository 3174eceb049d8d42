import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { ASVS_IDS, NIST_IDS } from './requirement-ids.ts'

const PROJECT = fileURLToPath(new URL('../..', import.meta.url))
const REASON = /^(Not met yet|Deviation|Does not apply): .{10,}\.$/
const TEST = /^`([\w/-]+\.test\.ts)` › (.+)$/
const DOCUMENT = /^Document: ([\w/.-]+\.md) › (.+)$/

interface Row {
  readonly ids: readonly string[]
  readonly shownBy: readonly string[]
}

const read = (file: string): string => readFileSync(path.join(PROJECT, file), 'utf8')

/** The rows of all tables with four columns. */
function readRows(text: string): Row[] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'))
  return lines.flatMap((line) => {
    const [ids = '', , , shownBy = '', ...more] = line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim())
    const isRow = more.length === 0 && shownBy !== '' && !/^(id|-+)$/.test(ids)
    return isRow ? [{ ids: ids.split(', '), shownBy: shownBy.split('<br>') }] : []
  })
}

/** What is wrong with one piece of a last column; null: nothing. */
function findFault(piece: string): string | null {
  const [, file, title = ''] = TEST.exec(piece) ?? []
  if (file !== undefined) return hasTest(file, title) ? null : `there is no test "${title}" in ${file}`
  const [, document, heading = ''] = DOCUMENT.exec(piece) ?? []
  if (document !== undefined) return hasHeading(document, heading) ? null : `${document} has no "${heading}"`
  return REASON.test(piece) ? null : `neither a test nor a reason: ${piece}`
}

function hasTest(file: string, title: string): boolean {
  const place = `tests/${file}`
  if (!existsSync(path.join(PROJECT, place))) return false
  const text = read(place)
  return ["'", '`'].some(
    (quote) => text.includes(`(${quote}${title}${quote},`) || text.includes(`  ${quote}${title}${quote},\n`),
  )
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
