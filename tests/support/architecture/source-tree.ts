/** The project's sources as a map from path to text, and the imports in them. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { type ParseResult, parseSync, Visitor } from 'vite'

/** Path relative to the project, with slashes, to the file's text. */
export type SourceTree = ReadonlyMap<string, string>

export interface Import {
  readonly from: string
  readonly line: number
  /** As written. */
  readonly specifier: string
  /** Path in the tree for a relative specifier, without what it asks the builder for; null for a package, a module of Node, or anything else. */
  readonly target: string | null
  /** Nothing of it is left when the program runs. */
  readonly isTypeOnly: boolean
}

export const FOLDERS = ['server', 'pwa', 'sw', 'migrations', 'tests']

/** Reads all scripts of the folders above; a folder that is not there is empty. */
export async function readSourceTree(root: string): Promise<SourceTree> {
  const tree = new Map<string, string>()
  for (const folder of FOLDERS) {
    const entries = await readdir(path.join(root, folder), { recursive: true, withFileTypes: true }).catch(
      () => [],
    )
    for (const entry of entries) {
      if (!entry.isFile() || !/\.(ts|tsx|mjs|js)$/.test(entry.name)) continue
      const file = path.join(entry.parentPath, entry.name)
      tree.set(path.relative(root, file).replaceAll(path.sep, '/'), await readFile(file, 'utf8'))
    }
  }
  return tree
}

/** What the rules ask of one file. */
export interface Source {
  /** Static, passed on, dynamic and inside types. */
  readonly imports: readonly Import[]
  /** It does nothing but pass on what other files export. */
  readonly isOnlyReExports: boolean
}

/** Reading takes most of the time, and few files differ between two checks. */
const lastRead = new Map<string, { readonly text: string; readonly source: Source }>()

/** Throws on a syntax error. */
export function readSource(file: string, text: string): Source {
  const last = lastRead.get(file)
  if (last?.text === text) return last.source
  const parsed = parse(file, text)
  const source = {
    imports: listImports(file, text, parsed),
    isOnlyReExports: passesOnOnly(parsed.program.body),
  }
  lastRead.set(file, { text, source })
  return source
}

function listImports(file: string, text: string, { module, program }: ParseResult): Import[] {
  const found: { at: number; specifier: string; isTypeOnly: boolean }[] = []
  for (const node of program.body) {
    if (!('source' in node) || !node.source) continue
    const kind = node.type === 'ImportDeclaration' ? node.importKind : node.exportKind
    found.push({ at: node.start, specifier: node.source.value, isTypeOnly: kind === 'type' })
  }
  for (const { start, moduleRequest } of module.dynamicImports) {
    const written = text.slice(moduleRequest.start, moduleRequest.end)
    found.push({ at: start, specifier: written.replace(/^(['"`])(.*)\1$/, '$2'), isTypeOnly: false })
  }
  const types = new Visitor({
    TSImportType: ({ start, source }) => found.push({ at: start, specifier: source.value, isTypeOnly: true }),
  })
  types.visit(program)
  return found.map(({ at, specifier, isTypeOnly }) => ({
    from: file,
    line: text.slice(0, at).split('\n').length,
    specifier,
    target: specifier.startsWith('.')
      ? path.posix.join(path.posix.dirname(file), specifier.replace(/\?.*$/, ''))
      : null,
    isTypeOnly,
  }))
}

const passesOnOnly = (body: ParseResult['program']['body']): boolean =>
  body.length > 0 && body.every((node) => node.type.startsWith('Export') && 'source' in node && node.source)

function parse(file: string, text: string): ParseResult {
  const result = parseSync(file, text)
  if (result.errors[0]) throw new Error(`${file}: ${result.errors[0].message}`)
  return result
}
