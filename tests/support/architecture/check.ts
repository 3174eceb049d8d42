/** The architecture as a function: a tree of sources in, complaints out. */
import { CLOSED_TO_WORKER, isIn, type Room, ROOMS, WORKER_ENTRY } from './rules.ts'
import { type Import, readSource, type SourceTree } from './source-tree.ts'

type Graph = ReadonlyMap<string, readonly Import[]>

/**
 * Everything in the tree that the architecture forbids, a sentence each, beginning with `file:line`.
 * @param packages names of the packages that package.json lists
 */
export function checkArchitecture(tree: SourceTree, packages: ReadonlySet<string>): string[] {
  const graph: Graph = new Map([...tree].map(([file, text]) => [file, readSource(file, text).imports]))
  const imports = [...graph.values()].flat()
  return [
    ...imports.flatMap((one) => checkEdge(one, graph)),
    ...imports.flatMap((one) => checkSpecifier(one, packages)),
    ...checkWorker(graph),
    ...findCircles(graph),
    ...[...tree].flatMap(([file, text]) => checkBarrel(file, text)),
  ]
}

const at = ({ from, line }: Import): string => `${from}:${line}`

function roomOf(file: string): Room | null {
  return ROOMS.find((room) => isIn(file, room.path)) ?? null
}

/** A relative import stays in its room or goes where the table lets it. */
function checkEdge(one: Import, graph: Graph): string[] {
  const room = roomOf(one.from)
  if (!room) return [`${at(one)} stands in no room of the architecture`]
  if (one.target === null) return []
  if (/\.(css|json)$/.test(one.target)) return []
  if (!graph.has(one.target)) return [`${at(one)} imports ${one.target}, which is not there`]
  if (roomOf(one.target) === room || room.mayImport.some((place) => isIn(one.target ?? '', place))) return []
  return [`${at(one)} imports ${one.target}: ${room.path} may not`]
}

/** Anything but a relative path is a module of Node or a listed package, so there are no aliases. */
function checkSpecifier(one: Import, packages: ReadonlySet<string>): string[] {
  const room = roomOf(one.from)
  if (!room || room.isForGjs === true || one.target !== null) return []
  if (one.specifier.startsWith('node:')) {
    return room.isForNode ? [] : [`${at(one)} imports ${one.specifier}: ${room.path} does not run under Node`]
  }
  const name = packageName(one.specifier)
  if (!packages.has(name)) return [`${at(one)} imports ${one.specifier}, which package.json does not list`]
  if (room.packages && !room.packages.includes(name)) {
    return [`${at(one)} imports ${one.specifier}: ${room.path} may import only ${room.packages.join(', ')}`]
  }
  return []
}

function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Follows the worker's imports as far as they go; complains of the import that leaves the permitted ground. */
function checkWorker(graph: Graph): string[] {
  const complaints: string[] = []
  const chains = new Map([[WORKER_ENTRY, [WORKER_ENTRY]]])
  for (const [file, chain] of chains) {
    for (const one of graph.get(file) ?? []) {
      if (one.isTypeOnly || one.target === null || chains.has(one.target)) continue
      const reached = [...chain, one.target]
      chains.set(one.target, reached)
      const closed = CLOSED_TO_WORKER.find((place) => isIn(one.target ?? '', place))
      if (closed) complaints.push(`${at(one)} lets the worker reach ${closed} (${reached.join(' → ')})`)
    }
  }
  return complaints
}

/** Imports that lead back to their own file, types included: such files cannot be read one after the other. */
function findCircles(graph: Graph): string[] {
  const complaints: string[] = []
  const finished = new Set<string>()
  const visit = (file: string, chain: readonly string[]): void => {
    if (finished.has(file)) return
    for (const one of graph.get(file) ?? []) {
      if (one.target === null) continue
      const start = [...chain, file].indexOf(one.target)
      if (start < 0) visit(one.target, [...chain, file])
      else
        complaints.push(
          `${at(one)} closes a circle (${[...chain, file, one.target].slice(start).join(' → ')})`,
        )
    }
    finished.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return complaints
}

/** A file that only passes on what others export hides where things are. */
function checkBarrel(file: string, text: string): string[] {
  return readSource(file, text).isOnlyReExports ? [`${file}:1 only passes on what other files export`] : []
}
