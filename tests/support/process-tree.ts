/** Ends processes with all that they have started, as a crash or a power cut would. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/**
 * Kills the processes that `isMeant` tells and, because they outlive them for moments, all their children. When it resolves,
 * none of them holds a file or a lock any more. Throws when one still does after 10 s.
 */
export function killProcesses(isMeant: (process: Process) => boolean): Promise<void> {
  return untilGone(10_000, (processes) => {
    const tree = findProcessTree(processes, isMeant)
    for (const { pid } of tree) sendKill(pid)
    return tree
  })
}

/** Waits until none of the processes that `isMeant` tells holds a file or a lock. Throws after 20 s. */
export function waitForEnd(isMeant: (process: Process) => boolean): Promise<void> {
  return untilGone(20_000, (processes) => processes.filter(isMeant))
}

/** Looks until none of the processes is left that `find` has told in any look: one that is ending has no arguments to tell it by. */
async function untilGone(
  withinMs: number,
  find: (processes: readonly Process[]) => readonly Process[],
): Promise<void> {
  const deadlineMs = Date.now() + withinMs
  const seen = new Set<string>()
  while (Date.now() < deadlineMs) {
    const processes = await listProcesses()
    for (const { key } of find(processes)) seen.add(key)
    if (!processes.some(({ key }) => seen.has(key))) return
    await delay(20)
  }
  throw new Error('processes do not end')
}

function findProcessTree(
  processes: readonly Process[],
  isMeant: (process: Process) => boolean,
): readonly Process[] {
  const found = new Set(processes.filter(isMeant).map(({ pid }) => pid))
  // Parents mostly have smaller numbers, but numbers wrap: repeat until nothing is added.
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid)
  }
  return processes.filter(({ pid }) => found.has(pid))
}

export interface Process {
  /** Of this process alone: numbers are given again. */
  readonly key: string
  readonly pid: number
  readonly parent: number
  readonly args: readonly string[]
}

async function listProcesses(): Promise<Process[]> {
  const names = await readdir('/proc')
  const pids = names.filter((name) => /^[0-9]+$/.test(name)).map(Number)
  const processes = await Promise.all(pids.map(readProcess))
  return processes.filter((process) => process !== null)
}

/** Null for a process that has ended, though its parent may not have collected it yet. */
async function readProcess(pid: number): Promise<Process | null> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    // From the third field on: the name in parentheses may itself hold spaces and parentheses.
    const fields = status.slice(status.lastIndexOf(')') + 2).split(' ')
    const [state, parent] = fields
    const [threads, startedAt] = [fields[17], fields[19]]
    // A zombie may be its first thread alone: the others still hold what it had open.
    if (state === 'X' || (state === 'Z' && threads === '1')) return null
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return { key: `${pid} from ${startedAt}`, pid, parent: Number(parent), args }
  } catch {
    return null
  }
}

function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended meanwhile.
  }
}
