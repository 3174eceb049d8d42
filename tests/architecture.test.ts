import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkArchitecture } from './support/architecture/check.ts'
import { readSourceTree, type SourceTree } from './support/architecture/source-tree.ts'

const project = fileURLToPath(new URL('..', import.meta.url))
let tree: SourceTree
let packages: ReadonlySet<string>

beforeAll(async () => {
  tree = await readSourceTree(project)
  packages = await readPackages()
})

/** The complaints about the project's sources with these files put in or replaced. */
function complaintsWith(planted: Readonly<Record<string, string>>): string[] {
  return checkArchitecture(new Map([...tree, ...Object.entries(planted)]), packages)
}

describe('the project', () => {
  test('keeps to the table of allowed imports, without circles, barrels and aliases', () => {
    expect(tree.has('sw/sw.ts')).toBe(true)
    expect(tree.has('server/wire/routes.ts')).toBe(true)
    expect(complaintsWith({})).toEqual([])
  })
})

describe('checkArchitecture', () => {
  test('complains when the server imports pwa', () => {
    expect(
      complaintsWith({
        'server/planted.ts': `\nimport type { Client } from '../pwa/client/contract/client.ts'\n`,
      }),
    ).toEqual(['server/planted.ts:2 imports pwa/client/contract/client.ts: server/ may not'])
  })

  test('complains when the worker reaches the vault, however far the way', () => {
    const complaints = complaintsWith({
      'sw/drain.ts': `import { step } from '../pwa/client/sync/drain-outbox.ts'\nexport const drainAll = step\n`,
      'pwa/client/sync/drain-outbox.ts': `import { far } from './far.ts'\nexport const step = far\n`,
      'pwa/client/sync/far.ts': `export const x = 1\nexport { far } from '../vault/planted.ts'\n`,
      'pwa/client/vault/planted.ts': `export const far = () => Promise.resolve()\n`,
    })
    expect(complaints).toContainEqual(
      expect.stringMatching(/^pwa\/client\/sync\/far\.ts:2 lets the worker reach pwa\/client\/vault\//),
    )
  })

  test('lets the worker name types of the vault, of which nothing is left when it runs', () => {
    expect(
      complaintsWith({
        'pwa/client/sync/drain-outbox.ts': `import type { Far } from '../vault/planted.ts'\nexport type Near = Far\n`,
        'pwa/client/vault/planted.ts': `export interface Far { readonly x: 1 }\n`,
      }).filter((complaint) => complaint.includes('worker')),
    ).toEqual([])
  })

  test('complains when the screens reach sync', () => {
    expect(
      complaintsWith({
        'pwa/ui/planted.ts': `import { pull } from '../client/sync/planted.ts'\nexport const p = pull\n`,
        'pwa/client/sync/planted.ts': `export const pull = 1\n`,
      }),
    ).toEqual(['pwa/ui/planted.ts:1 imports pwa/client/sync/planted.ts: pwa/ui/ may not'])
  })

  test('complains of a circle, also of one of types alone', () => {
    expect(
      complaintsWith({
        'server/one.ts': `import { two } from './two.ts'\nexport const one = () => two\n`,
        'server/two.ts': `import type { one } from './one.ts'\nexport const two: typeof one | null = null\n`,
      }),
    ).toEqual(['server/two.ts:1 closes a circle (server/one.ts → server/two.ts → server/one.ts)'])
  })

  test.each([
    ['an import of tests', 'server/planted.ts', `import '../tests/support/totp.ts'`, /may not$/],
    ['a barrel', 'server/planted.ts', `export * from './wire/routes.ts'`, /only passes on/],
    ['an alias', 'pwa/ui/planted.ts', `import '@/words.ts'`, /package\.json does not list$/],
    ['an unlisted package', 'pwa/client/planted.ts', `import 'left-pad'`, /package\.json does not list$/],
    ['a package in the protocol', 'pwa/protocol/planted.ts', `import 'dexie'`, /may import only valibot$/],
    ['Node in the browser', 'pwa/client/planted.ts', `import 'node:fs'`, /does not run under Node$/],
    ['a reader that borrows', 'tests/reader/planted.ts', `import '../../pwa/protocol/bytes.ts'`, /may not$/],
    ['a reader at the server', 'tests/reader/planted.ts', `import '../../server/bytes.ts'`, /may not$/],
    ['a dynamic import', 'pwa/ui/planted.ts', `void import('../protocol/bytes.ts')`, /may not$/],
    [
      'an import inside a type',
      'pwa/ui/planted.ts',
      `export type B = import('../protocol/bytes.ts').Bytes`,
      /may not$/,
    ],
    ['a file outside all rooms', 'pwa/planted.ts', `import 'preact'`, /stands in no room/],
  ])('complains of %s', (_name, file, text, complaint) => {
    expect(complaintsWith({ [file]: `${text}\n` })).toEqual([expect.stringMatching(complaint)])
  })
})

describe('the compiler', () => {
  let copy: string

  beforeAll(async () => {
    copy = await mkdtemp(path.join(tmpdir(), 'letterlock-architecture-'))
    await symlink(path.join(project, 'node_modules'), path.join(copy, 'node_modules'))
    for (const kept of ['package.json', 'tsconfig.json', 'server/wire', 'pwa/protocol/tsconfig.json']) {
      await cp(path.join(project, kept), path.join(copy, kept), { recursive: true })
    }
  })

  afterAll(() => rm(copy, { recursive: true, force: true }))

  test('refuses the DOM in the protocol', async () => {
    const planted = path.join(copy, 'pwa/protocol/planted.ts')
    await writeFile(planted, `export const size = (bytes: Uint8Array): number => bytes.length\n`)
    expect(await compile('pwa/protocol')).toBe('')
    await writeFile(planted, `export const title = (): string => document.title\n`)
    expect(await compile('pwa/protocol')).toMatch(
      /^pwa\/protocol\/planted\.ts\(1,\d+\): error TS2584: .*'document'/,
    )
  })

  test('refuses an import across the references of a room', async () => {
    await writeFile(path.join(copy, 'pwa/outside.ts'), 'export const x = 1\n')
    await writeFile(path.join(copy, 'pwa/protocol/planted.ts'), `export { x } from '../outside.ts'\n`)
    expect(await compile('pwa/protocol')).toMatch(/error TS(6307|6059)/)
  })

  /** What `tsc -b` says of a folder of the copy; empty when all is well. */
  async function compile(folder: string): Promise<string> {
    const compiler = path.join(project, 'node_modules/.bin/tsc')
    const run = promisify(execFile)(compiler, ['-b', folder, '--pretty', 'false'], { cwd: copy })
    const { stdout } = await run.catch((error: unknown) => {
      if (error instanceof Error && 'stdout' in error) return { stdout: String(error.stdout) }
      throw error
    })
    return stdout
  }
})

async function readPackages(): Promise<ReadonlySet<string>> {
  const text = await readFile(path.join(project, 'package.json'), 'utf8')
  // Our own file, whose shape npm checks.
  const manifest = JSON.parse(text) as Record<'dependencies' | 'devDependencies', Record<string, string>>
  return new Set(Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
}
