/** Ends processes with all that they have started, as a crash or a power cut would. */
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

/** Kills the processes that `isMeant` tells and, because they outlive them for moments, all their children. */
export async function killProcesses(isMeant: (process: Process) => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while (Date.now() < deadlineMs) {
    const pids = await findProcessTree(isMeant)
    if (pids.length === 0) return
    for (const pid of pids) sendKill(pid)
    await delay(20)
  }
  throw new Error('processes that were killed do not end')
}

/** Waits until none of the processes that `isMeant` tells is left. Throws after 20 s. */
export async function waitForEnd(isMeant: (process: Process) => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000
  while ((await listProcesses()).some(isMeant)) {
    if (Date.now() > deadlineMs) throw new Error('processes do not end')
    await delay(50)
  }
}

async function findProcessTree(isMeant: (process: Process) => boolean): Promise<number[]> {
  const processes = await listProcesses()
  const found = new Set(processes.filter(isMeant).map(({ pid }) => pid))
  // Parents mostly have smaller numbers, but numbers wrap: repeat until nothing is added.
  for (let size = -1; size !== found.size;) {
    size = found.size
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

export interface Process {
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

/** Null for a process that ended meanwhile, or that is a zombie: dead, and only not yet collected by its parent. */
async function readProcess(pid: number): Promise<Process | null> {
  try {
    const status = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The name in parentheses may itself hold spaces and parentheses.
    const [state, parent] = status.slice(status.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z') return null
    const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    return { pid, parent: Number(parent), args }
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
